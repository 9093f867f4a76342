using System.Text.Json;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Policy.Deadlines;

/// <summary>One zone's availability of spot, tick by tick.</summary>
/// <param name="Zone">What the trace is called.</param>
/// <param name="Available">One entry a tick.</param>
/// <param name="UsdPerHour">Price of spot by tick, USD per hour; null: not recorded. What is recorded while spot is away says nothing.</param>
public sealed record SpotTrace(string Zone, double TickHours, bool[] Available, double[]? UsdPerHour = null)
{
    /// <summary>Nineteen years of minutes.</summary>
    private const int TicksMost = 10_000_000;

    /// <summary>
    /// Reads the format in which spot traces are published: <c>{"metadata": {"gap_seconds": 195}, "data": [0, 1, ...], "prices": [0.9, ...]}</c>, prices being optional. What is wrong names
    /// file and field.
    /// </summary>
    /// <param name="file">As the person named it; the zone is its name without directory and ending.</param>
    /// <param name="availableWhen">The value of <c>data</c> that means available: published sets differ.</param>
    public static Outcome<SpotTrace> Read(string file, ReadOnlyMemory<byte> json, int availableWhen)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(file, document.RootElement, availableWhen);
        }
        catch (JsonException e)
        {
            return Wrong(file, $"is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})");
        }
    }

    private static Outcome<SpotTrace> Read(string file, JsonElement root, int availableWhen)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return Wrong(file, "is not a JSON object");
        if (!root.TryGetProperty("metadata", out var metadata) || metadata.ValueKind != JsonValueKind.Object || !metadata.TryGetProperty("gap_seconds", out var gap))
            return Wrong(file, "has no metadata.gap_seconds");
        if (Number(gap) is not (>= 1 and <= 86_400))
            return Wrong(file, "has a metadata.gap_seconds that is not a number from 1 to 86400");
        if (!root.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
            return Wrong(file, "has no data, or it is not an array");
        if (data.GetArrayLength() is 0 or > TicksMost)
            return Wrong(file, $"has {data.GetArrayLength()} entries in data");
        var available = new bool[data.GetArrayLength()];
        var i = 0;
        foreach (var entry in data.EnumerateArray())
        {
            if (Number(entry) is not { } value || (value != 0 && value != 1))
                return Wrong(file, $"has a data[{i}] that is neither 0 nor 1");
            available[i++] = value == availableWhen;
        }

        if (!root.TryGetProperty("prices", out var prices) || prices.ValueKind == JsonValueKind.Null)
            return new SpotTrace(Path.GetFileNameWithoutExtension(file), gap.GetDouble() / 3600, available);
        if (prices.ValueKind != JsonValueKind.Array || prices.GetArrayLength() != available.Length)
            return Wrong(file, $"has prices that are not one number for each of the {available.Length} entries of data");
        var usd = new double[available.Length];
        i = 0;
        foreach (var entry in prices.EnumerateArray())
        {
            // While spot is away there may be no price.
            var price = entry.ValueKind == JsonValueKind.Null && !available[i] ? 0 : Number(entry);
            if (price is not (>= 0 and < 1e6))
                return Wrong(file, $"has a prices[{i}] that is no price in USD per hour");
            usd[i++] = price.Value;
        }

        return new SpotTrace(Path.GetFileNameWithoutExtension(file), gap.GetDouble() / 3600, available, usd);
    }

    private static double? Number(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var value) ? value : null;

    private static Problem Wrong(string file, string what) => new(
        "trace-wrong", $"{file} {what}.", "A trace is  {\"metadata\": {\"gap_seconds\": 195}, \"data\": [0, 1, 1]}  with, if known,  \"prices\": [0.9, 0.9, 0.8]  in USD per hour.", ExitCode.BadInput);
}
