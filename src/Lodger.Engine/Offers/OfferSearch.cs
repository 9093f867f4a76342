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
        if (spec.Gpu.Names.Count == 1)
            parts.Add($"gpu_name={Word(spec.Gpu.Names[0])}");
        else if (spec.Gpu.Names.Count > 1)
            parts.Add($"gpu_name in [{string.Join(',', spec.Gpu.Names.Select(Word))}]");
        if (spec.Gpu.MinMemoryGb is { } gb)
            parts.Add($"gpu_ram>={gb}");
        if (spec.Ports.Count > 0)
            parts.Add($"direct_port_count>={spec.Ports.Count + 1}");
        return string.Join(' ', [.. parts, .. spec.Offers is { } own ? [own] : Array.Empty<string>()]);
    }

    private static string Word(string name) => name.Replace(' ', '_');
}
