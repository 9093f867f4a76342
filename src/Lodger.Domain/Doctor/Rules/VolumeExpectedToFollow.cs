using System.Text.RegularExpressions;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A job that counts on storage which is not there after a move.</summary>
internal sealed partial class VolumeExpectedToFollow : IRule
{
    public string Id => "VAST12";

    public string Sees => "run, setup, env or workdir names a place of network volumes (/runpod-volume, /network-volume, /mnt/...), or mounts one.";

    public string? Does => "Takes everything that must last off the machine: checkpoints as they are finished, results at the end.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight];

    public Sighting? Look(Facts facts)
    {
        foreach (var (field, text) in Texts(facts.Spec))
        {
            if (text is not null && Place().Match(text) is { Success: true } match)
            {
                return new(
                    Severity.Warning,
                    $"{field} names {match.Groups["place"].Value}",
                    $"Write what must last below {facts.Profile.Overrides.DataDir} and list it under  results: or checkpoints: ; name inputs under  data:");
            }
        }

        return null;
    }

    private static IEnumerable<(string Field, string? Text)> Texts(JobSpec spec) =>
        [("run", spec.Run), ("setup", spec.Setup), ("workdir", spec.Workdir), .. spec.Env.Select(e => ($"env.{e.Key}", (string?)e.Value))];

    [GeneratedRegex(@"(?<place>/(runpod-volume|network-volume|network_volume|autodl-fs|lambda_stor)\b[^\s'"";]*|(?<![\w/.])/mnt/[\w.-]+[^\s'"";]*|\bmount\s+-t\s+(nfs4?|cifs|ceph|lustre)\b)", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Place();
}
