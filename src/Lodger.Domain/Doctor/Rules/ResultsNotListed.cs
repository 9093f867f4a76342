using System.Text.RegularExpressions;
using Lodger.Domain.Profile;

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
        var workdir = spec.Workdir?.TrimEnd('/') ?? $"{facts.Profile.Overrides.DataDir.TrimEnd('/')}/{spec.Name}";
        foreach (var match in Option().Matches(spec.Run).Cast<Match>())
        {
            var (option, path) = (match.Groups["option"].Value, match.Groups["path"].Value);
            var below = Below(path, workdir);
            // The workdir itself: what is a result among the code there, only the patterns can say.
            if (path.Contains('$', StringComparison.Ordinal) || below is "" || (below is not null && spec.Results.Concat(spec.Checkpoints).Any(p => Covers(p, below))))
                continue;
            var name = path.Split('/').LastOrDefault(s => s is not ("" or "." or ".." or "~")) ?? "out";
            return new(Severity.Warning, $"run has  {option} {path} , and results: {string.Join(", ", spec.Results)}", below is null
                ? $"{path} is outside of {workdir}, from which alone files come home. Write:  {option} {name}   and into job.yaml:  results: ['{name}/**']"
                : $"Write into job.yaml:  results: ['{below}/**']");
        }

        return null;
    }

    /// <summary>By the first directory: a pattern below it is meant to pick, and is taken at its word.</summary>
    private static bool Covers(string pattern, string below)
    {
        var named = (pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern).Split('/')[0];
        return named.Contains('*', StringComparison.Ordinal) || named == below.Split('/')[0];
    }

    /// <summary>A path as it is written from the workdir on, empty for that itself; null: it leads elsewhere.</summary>
    private static string? Below(string path, string workdir)
    {
        var rest = (path + "/").StartsWith(workdir + "/", StringComparison.Ordinal) ? path[workdir.Length..].TrimStart('/') : path;
        if (rest.StartsWith('/') || rest.StartsWith('~'))
            return null;
        List<string> parts = [];
        foreach (var part in rest.Split('/').Where(p => p is not ("" or ".")))
        {
            if (part != "..")
                parts.Add(part);
            else if (parts.Count == 0)
                return null;
            else
                parts.RemoveAt(parts.Count - 1);
        }

        return string.Join('/', parts);
    }

    [GeneratedRegex(@"(?<option>--(output|out|save|result|results|checkpoint|ckpt)([-_](dir|path|directory|folder))?)(=|\s+)['""]?(?<path>[^\s'"";|&]+)", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Option();
}
