using System.Text.RegularExpressions;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A command that writes where nobody looks for results.</summary>
internal sealed partial class ResultsNotListed : IRule
{
    public string Id => "results-not-listed";

    public Gotcha Own => Examination.Gotcha(
        Id, "The command writes results that are not in the roster", "The job is done and verified, and a directory that you expected is not at home.",
        "Only what  results: and checkpoints:  name is brought home and proven; the rest goes with the disk.", "Name the directory under  results: ");

    public string Sees => "run has an option for an output directory (--output_dir, --save-path, ...) whose value no pattern of results or checkpoints covers.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight];

    public Sighting? Look(Facts facts)
    {
        var spec = facts.Spec;
        foreach (var match in Option().Matches(spec.Run).Cast<Match>())
        {
            var path = match.Groups["path"].Value;
            if (path.Contains('$', StringComparison.Ordinal) || spec.Results.Concat(spec.Checkpoints).Any(p => Covers(p, path, spec, facts.Profile)))
                continue;
            return new(Severity.Warning, $"run has  {match.Groups["option"].Value} {path} , and results: {string.Join(", ", spec.Results)}", $"Write into job.yaml:  results: ['{path.TrimStart('.', '/').TrimEnd('/')}/**']");
        }

        return null;
    }

    /// <summary>By the first directory: a pattern below it is meant to pick, and is taken at its word.</summary>
    private static bool Covers(string pattern, string path, JobSpec spec, PlatformProfile profile)
    {
        var workdir = spec.Workdir ?? $"{profile.Overrides.DataDir.TrimEnd('/')}/{spec.Name}";
        var below = path.StartsWith(workdir + "/", StringComparison.Ordinal) ? path[(workdir.Length + 1)..] : path;
        if (below.StartsWith('/'))
            return false;
        var first = Normal(below).Split('/')[0];
        var named = Normal(pattern).Split('/')[0];
        return first.Length == 0 || named.Contains('*', StringComparison.Ordinal) || named == first;
    }

    private static string Normal(string path) => path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;

    [GeneratedRegex(@"(?<option>--(output|out|save|result|results|checkpoint|ckpt)([-_](dir|path|directory|folder))?)(=|\s+)['""]?(?<path>[^\s'"";|&]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Option();
}
