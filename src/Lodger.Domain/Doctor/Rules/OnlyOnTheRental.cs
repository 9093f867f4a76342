namespace Lodger.Domain.Doctor.Rules;

/// <summary>Results of which no verified copy is anywhere else.</summary>
internal sealed class OnlyOnTheRental : IRule
{
    public string Id => "VAST2";

    public string Sees => "The command is over and what it made is not home and verified, or its rental is gone without a receipt; or a rental that was taken over is gone, or not all that was named of it is home.";

    public string? Does => "Destroys nothing without a receipt: every file pulled, its size and SHA-256 as on the machine, every checkpoint loaded.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        // Of a command that runs nothing is expected to be home; what was taken over has none.
        if (facts is { Moment: Moment.Watch, Job: not { IsAdopted: true } })
            return null;
        // On a rental that somebody else made the work may have gone on after the receipt.
        if (facts.Attempt is not { PayloadIntended: true, Released: null } attempt || (attempt.Receipt is not null && !(attempt.Vanished && facts.Job is { IsAdopted: true })))
            return null;
        if (attempt is { IsAbandoned: true })
            return new(Severity.Warning, $"a person gave up what is only on {attempt.RentalId}", $"lodger events {facts.Spec.Name}") { Cause = "It was destroyed, or is to be, on a person's word and without a receipt." };
        if (attempt.Vanished)
        {
            return new(
                Severity.Error, $"{attempt.RentalId} no longer exists, Lodger did not destroy it, and nothing proves that all of it came home{(attempt.Receipt is { } receipt ? $": what was written there since {receipt.At:yyyy-MM-dd HH:mm} UTC is lost" : "")}", $"lodger storage {facts.Spec.Name}");
        }

        if (facts.Job is not { IsAdopted: true } && attempt.Failure?.IsUnmade(facts.Spec) is true)
        {
            var name = facts.Spec.Name;
            return new(
                Severity.Error, $"no file on {attempt.RentalId} fits {string.Join(", ", attempt.Failure.Findings.Take(3).Select(f => f.Path))} of  results:",
                $"lodger exec {name} -- ls -R   shows what there is. When the files are where they belong: lodger pull {name}   To end it without them: lodger down {name} --abandon-data")
            {
                Title = "The command made nothing that its results: name",
                Cause = "It ended with 0, and wrote elsewhere or nothing. Pulling again changes nothing until the files are there; the rental stays, and bills, until then.",
            };
        }

        return attempt.Failure is { } failure
            ? new(Severity.Error, $"{Words.Count(failure.Findings.Count, "file")} not as they should be: {string.Join("; ", failure.Findings.Take(3).Select(f => $"{f.Path}: {f.Message}"))}", $"lodger pull {facts.Spec.Name}")
            {
                Title = "Results are not proven, and are only on the rental",
                Cause = "What came home differs from what the machine holds, or does not load. The rental stays until it does.",
            }
            : null;
    }
}
