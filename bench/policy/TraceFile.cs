using System.Text.Json;

namespace Lodger.Bench.Policy;

/// <summary>One zone's availability: <c>{"metadata": {"gap_seconds": 195}, "data": [0, 1, ...]}</c>.</summary>
internal sealed record TraceFile(string Zone, double TickHours, bool[] Available)
{
    /// <param name="availableWhen">The value of data that means available: published sets differ.</param>
    public static TraceFile Read(string path, int availableWhen)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var gap = document.RootElement.GetProperty("metadata").GetProperty("gap_seconds").GetDouble();
        var data = document.RootElement.GetProperty("data").EnumerateArray().Select(e => e.GetInt32() == availableWhen).ToArray();
        return new(Path.GetFileNameWithoutExtension(path), gap / 3600, data);
    }
}
