using Lodger.Domain.Jobs;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>An input that could not be had.</summary>
internal sealed class DataNotFetched : IRule
{
    public string Id => "data";

    public Gotcha Own => Examination.Gotcha(
        Id, "An input could not be fetched", "The job ends before its command begins.",
        "The address has expired or needs a login, the file is another one than its hash says, or the server does not answer this host.", "Try the address here: curl -I URL");

    public string Sees => "The machine refused the attempt with the name of an input of  data: .";

    public string? Does => "Fetches resumably, six times, with growing pauses, and compares the SHA-256 where the job gives one.";

    public IReadOnlyList<Moment> Moments => [Moment.PostMortem];

    public Sighting? Look(Facts facts) =>
        facts.Attempt?.Ended is { Reason: EndReason.Refused } ended && ended.Detail.StartsWith("data: ", StringComparison.Ordinal)
            ? new(Severity.Error, ended.Detail, $"curl -fI {Address(facts, ended.Detail)}   here; then mend  data:  in job.yaml")
            : null;

    /// <summary>Of the input that is named; what comes after a question mark may be a key.</summary>
    private static string Address(Facts facts, string detail) =>
        facts.Spec.Data.FirstOrDefault(d => detail.StartsWith($"data: {d.Path}: ", StringComparison.Ordinal)) is { } source && !source.Url.Contains('?', StringComparison.Ordinal) ? $"'{source.Url}'" : "URL";
}
