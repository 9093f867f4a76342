using Lodger.Domain.Problems;

namespace Lodger.Domain.Policy.Deadlines;

/// <summary>The policies there are, by the name that a person types.</summary>
public static class DeadlinePolicies
{
    /// <summary>Judged on each trace by what the others teach.</summary>
    private const string LearnedWord = "learned";

    private static readonly (string Word, Func<IDeadlinePolicy> Make)[] Known =
    [
        ("on-demand", () => new OnDemandOnly()),
        ("greedy", () => new GreedySpot()),
        ("uniform-progress", () => new UniformProgress()),
        ("rule", () => new DeadlinePolicy()),
        ("lodger", () => new ExpectedCostPolicy("Lodger", SpotLaws.Usual)),
    ];

    public static IReadOnlyList<string> Words { get; } = [.. Known.Select(k => k.Word), LearnedWord];

    /// <param name="words"><c>all</c>, or names with commas between them.</param>
    /// <param name="traces">What is learned from, and judged on.</param>
    /// <returns>Each policy by the place of the trace that it is judged on.</returns>
    public static Outcome<IReadOnlyList<Func<int, IDeadlinePolicy>>> Named(string words, IReadOnlyList<SpotTrace> traces)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(traces);
        string[] wanted = words.Trim() == "all"
            ? [.. Words.Where(w => w != LearnedWord || traces.Count > 1)]
            : [.. words.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
        if (wanted.Length == 0)
            return new Problem("policy-unknown", "No policy is named.", $"Policies: all, {string.Join(", ", Words)}.", ExitCode.BadInput);
        var chosen = new List<Func<int, IDeadlinePolicy>>();
        foreach (var word in wanted)
        {
            if (word == LearnedWord && traces.Count < 2)
                return new Problem("policy-unknown", "The policy 'learned' learns from other traces, and there is only one.", "Name more traces, or the policy lodger.", ExitCode.BadInput);
            var found = Array.Find(Known, k => k.Word == word);
            if (found.Make is null && word != LearnedWord)
                return new Problem("policy-unknown", $"There is no policy '{word}'.", $"Policies: all, {string.Join(", ", Words)}.", ExitCode.BadInput);
            chosen.Add(found.Make is null ? Learned("Lodger, learned", traces) : Always(found.Make()));
        }

        return Outcome<IReadOnlyList<Func<int, IDeadlinePolicy>>>.Ok(chosen);
    }

    /// <param name="finestHours">As for <see cref="SpotLaws.Learn"/>.</param>
    public static Func<int, IDeadlinePolicy> Learned(string name, IReadOnlyList<SpotTrace> traces, double? finestHours = null)
    {
        var each = Enumerable.Range(0, traces.Count).Select(z => new ExpectedCostPolicy(name, SpotLaws.Learn([.. traces.Where((_, i) => i != z)], finestHours))).ToArray();
        return z => each[z];
    }

    private static Func<int, IDeadlinePolicy> Always(IDeadlinePolicy policy) => _ => policy;
}
