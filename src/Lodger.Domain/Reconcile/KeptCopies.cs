using Lodger.Domain.Box;
using Lodger.Domain.Jobs;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// Which of the copies that were ever made off a job's machines its <c>mirror:</c> still keeps: the journal does not say when one is dropped. Reckoned by the rule that drops them, but for the times of the files: those of one
/// machine count as newer the larger their step.
/// </summary>
internal static class KeptCopies
{
    public static IReadOnlyList<CheckpointMirrored> Of(JobState job)
    {
        var spec = job.Submission.Spec;
        List<CheckpointMirrored> all = [.. job.Mirrors.Values];
        HashSet<string> kept = [.. job.OnlyCopies];
        kept.UnionWith(all.Select(m => m.Path).Where(path => spec.Mirror.Pin.Any(p => Names(p, path)) || !spec.Checkpoints.Any(p => Names(p, path))));
        foreach (var pattern in spec.Checkpoints)
        {
            var sets = CheckpointSets.Of(pattern, all.FindAll(m => Names(pattern, m.Path)), m => m.Path)
                .OrderByDescending(s => s.Max(m => m.Attempt)).ThenByDescending(s => s.Max(m => m.Step) ?? -1).ThenByDescending(s => s.Key, StringComparer.Ordinal).ToList();
            var furthest = sets.Where(s => s.Any(m => m.Step is not null)).MaxBy(s => s.Max(m => m.Step));
            kept.UnionWith(sets.Take(Math.Max(1, spec.Mirror.Keep)).Concat(furthest is null ? [] : [furthest]).SelectMany(s => s).Select(m => m.Path));
        }

        return all.FindAll(m => kept.Contains(m.Path));
    }

    /// <summary>By what the pattern begins and ends with. It may name more than the pattern does, and what it does not name is counted: too much is reckoned rather than too little.</summary>
    private static bool Names(string pattern, string path)
    {
        var plain = (pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern).TrimEnd('/');
        var first = plain.AsSpan().IndexOfAny('*', '?');
        if (first < 0)
            return plain is "" or "." || path == plain || path.StartsWith(plain + "/", StringComparison.Ordinal);
        var end = plain[(plain.AsSpan().LastIndexOfAny('*', '?') + 1)..];
        return path.Length >= first + end.Length && path.AsSpan().StartsWith(plain.AsSpan(0, first), StringComparison.Ordinal) && path.EndsWith(end, StringComparison.Ordinal);
    }
}
