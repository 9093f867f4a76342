using System.Text.RegularExpressions;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Checkpoints;

/// <summary>
/// Which of the copies that lie here the next machine gets. The files of a checkpoint are all of one place: of a machine that was killed while it wrote, some are of the newer state and some of the older, and a program that
/// loads both goes on from what never was.
/// </summary>
internal static class RestoreChoice
{
    private static readonly Regex Digits = new("[0-9]+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <param name="found">Of each place what it has, and what it has not whole.</param>
    public static List<FoundCopy> Newest(JobSpec spec, IReadOnlyList<FoundCopy> found)
    {
        List<FoundCopy> chosen = [];
        var byPath = found.ToLookup(c => c.Path, StringComparer.Ordinal);
        foreach (var set in MirrorChoice.Together(spec, [.. byPath.Select(p => p.Key)]))
        {
            // A file that has its step in its name is a checkpoint of its own, whatever lies beside it.
            var parts = set.Count == 1 ? [] : set.Where(path => !byPath[path].Any(c => c.IsWhole && IsNamedForStep(c))).ToList();
            foreach (var path in set.Except(parts, StringComparer.Ordinal))
            {
                if (byPath[path].Where(c => c.IsWhole).Aggregate((FoundCopy?)null, (best, next) => best is null || next.Age.IsNewerThan(best.Age) ? next : best) is { } newest)
                    chosen.Add(newest);
            }

            chosen.AddRange(OfOnePlace([.. parts.SelectMany(path => byPath[path])]));
        }

        return chosen;
    }

    private static IReadOnlyList<FoundCopy> OfOnePlace(IReadOnlyList<FoundCopy> found)
    {
        var places = found.GroupBy(c => c.Place).Select(g => new Part([.. g])).Where(p => p.Whole.Count > 0).ToList();
        var sound = places.FindAll(p => !places.Exists(other => p.IsMixedBeside(other) || p.Lacks(other)));
        // Where none has all of it, the newest is no worse than another, and nothing is mixed.
        return (sound.Count > 0 ? sound : places).Aggregate((Part?)null, (best, next) => best is null || next.Age.IsNewerThan(best.Age) ? next : best)?.Whole ?? [];
    }

    private static bool IsNamedForStep(FoundCopy copy) => copy.Age.Step is { } step && Digits.Matches(Path.GetFileName(copy.Path)).Any(m => long.TryParse(m.Value, out var number) && number == step);

    /// <summary>What one place has of a checkpoint.</summary>
    private sealed class Part(IReadOnlyList<FoundCopy> all)
    {
        private readonly HashSet<string> paths = [.. all.Select(c => c.Path)];

        public IReadOnlyList<FoundCopy> Whole { get; } = [.. all.Where(c => c.IsWhole)];

        public CopyAge Age => new(Whole.Max(c => c.Age.Step), Whole.Max(c => c.Age.Attempt), Whole.Max(c => c.Age.WrittenAt));

        /// <summary>
        /// Shards have names that differ in their numbers alone, and one step; the newest beside the best one differs in words. Where one was written over, the other place has it of another step; checkpoints that
        /// follow one another under names of their own have theirs everywhere.
        /// </summary>
        public bool IsMixedBeside(Part other) => Whole.GroupBy(c => Digits.Replace(c.Path, "#"), StringComparer.Ordinal)
            .Any(g => g.Select(c => c.Age.Step).OfType<long>().Distinct().Skip(1).Any()
                && g.Any(mine => other.Whole.Any(c => c.Path == mine.Path && c.Age.Step is { } step && mine.Age.Step is { } own && step != own)));

        /// <summary>The other has whole what this one has not whole, or has all that this one has and more.</summary>
        public bool Lacks(Part other) =>
            other.Whole.Any(c => paths.Contains(c.Path) && Whole.All(mine => mine.Path != c.Path)) || paths.IsProperSubsetOf(other.Whole.Select(c => c.Path));
    }
}

/// <param name="Place">The directory that it was found in.</param>
/// <param name="File">Where it lies.</param>
/// <param name="IsWhole">It is there, and loads as far as that can be told.</param>
internal sealed record FoundCopy(string Place, string Path, string File, string? Sha256, bool IsWhole, CopyAge Age);

/// <param name="Attempt">Whose machine made it.</param>
internal sealed record CopyAge(long? Step, int Attempt, DateTime WrittenAt)
{
    /// <summary>Two machines' clocks are never compared: by the step, where both say one, else by which attempt came later; by time only what one machine wrote.</summary>
    public bool IsNewerThan(CopyAge other) =>
        Step is { } step && other.Step is { } otherStep && step != otherStep ? step > otherStep
        : Attempt != other.Attempt ? Attempt > other.Attempt
        : WrittenAt > other.WrittenAt;
}
