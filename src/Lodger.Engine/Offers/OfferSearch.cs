using System.Text.RegularExpressions;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Offers;

/// <summary>One condition of a question to the market.</summary>
/// <param name="Query">In the platform's grammar.</param>
/// <param name="Said">As its author wrote it; null: it is what is looked for, and would not be left out.</param>
public sealed record OfferCondition(string Query, string? Said);

/// <summary>What a job needs, as a question to the market.</summary>
public static partial class OfferSearch
{
    /// <summary>The job's needs in the query grammar; the user's own conditions last, so that they win.</summary>
    public static string QueryOf(JobSpec spec) => QueryOf(ConditionsOf(spec));

    /// <inheritdoc cref="QueryOf(JobSpec)"/>
    public static IReadOnlyList<OfferCondition> ConditionsOf(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        List<OfferCondition> conditions = [new($"num_gpus={spec.Gpu.Count}", spec.Gpu.Names.Count == 0 ? $"gpu: count: {spec.Gpu.Count}" : null), new($"disk_space>={spec.DiskGb}", $"disk: {spec.DiskGb}GB")];
        if (NameCondition(spec.Gpu.Names) is { } named)
            conditions.Add(new(named, null));
        if (spec.Gpu.MinMemoryGb is { } gb)
            conditions.Add(new($"gpu_ram>={gb}", $"gpu: memory: {gb}GB"));
        if (spec.Ports.Count > 0)
            conditions.Add(new($"direct_port_count>={spec.Ports.Count + 1}", "ports:"));
        return [.. conditions, .. ConditionsIn(spec.Offers ?? "").Select(own => own with { Said = $"offers: {own.Query}" })];
    }

    /// <param name="query">As the user wrote it. Where its conditions cannot be told apart, it is one.</param>
    public static IReadOnlyList<OfferCondition> ConditionsIn(string query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var text = query.Trim();
        if (text.Length == 0)
            return [];
        var found = Conditions().Matches(text);
        return found.Sum(m => m.Length) == text.Length
            ? [.. found.Select(m => m.Groups["condition"].Value).Select(c => new OfferCondition(c, c.StartsWith("gpu_name", StringComparison.Ordinal) ? null : c))]
            : [new(text, text)];
    }

    internal static string QueryOf(IEnumerable<OfferCondition> conditions) => string.Join(' ', conditions.Select(c => c.Query));

    /// <summary>That the GPU is one of those named; null: any will do.</summary>
    internal static string? NameCondition(IReadOnlyList<string> names) => names.Count switch
    {
        0 => null,
        1 => $"gpu_name={Word(names[0])}",
        _ => $"gpu_name in [{string.Join(',', names.Select(Word))}]",
    };

    private static string Word(string name) => name.Replace(' ', '_');

    [GeneratedRegex("""\G(?<condition>\w+(\s*[<>=!]=?\s*("[^"]*"|'[^']*'|[^\s\[\]"',<>=!]+)|\s+(not\s?)?in\s*(\[[^\]]*\]|[^\s\[\]"']+)))(\s+|$)""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex Conditions();
}
