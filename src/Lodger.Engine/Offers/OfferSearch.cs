using Lodger.Domain.Spec;

namespace Lodger.Engine.Offers;

/// <summary>What a job needs, as a question to the market.</summary>
public static class OfferSearch
{
    /// <summary>The job's needs in the query grammar; the user's own conditions last, so that they win.</summary>
    public static string QueryOf(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        List<string> parts = [$"num_gpus={spec.Gpu.Count}", $"disk_space>={spec.DiskGb}"];
        if (NameCondition(spec.Gpu.Names) is { } named)
            parts.Add(named);
        if (spec.Gpu.MinMemoryGb is { } gb)
            parts.Add($"gpu_ram>={gb}");
        if (spec.Ports.Count > 0)
            parts.Add($"direct_port_count>={spec.Ports.Count + 1}");
        return string.Join(' ', [.. parts, .. spec.Offers is { } own ? [own] : Array.Empty<string>()]);
    }

    /// <summary>That the GPU is one of those named; null: any will do.</summary>
    internal static string? NameCondition(IReadOnlyList<string> names) => names.Count switch
    {
        0 => null,
        1 => $"gpu_name={Word(names[0])}",
        _ => $"gpu_name in [{string.Join(',', names.Select(Word))}]",
    };

    private static string Word(string name) => name.Replace(' ', '_');
}
