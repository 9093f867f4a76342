namespace Lodger.Artifacts.Formats.Torch;

/// <summary>Whether two chunks of a tensor share an element.</summary>
internal static class DistcpOverlap
{
    // tensors are cut along one dimension or two: those that one chunk meets in the sweep are few
    private const long MaxCompared = 100_000_000;

    /// <summary>Null when there are too many to compare.</summary>
    internal static bool? IsIn(DistcpTensor tensor)
    {
        var chunks = tensor.Chunks.Where(chunk => chunk.At.Length == tensor.Shape.Length && chunk.Shape.Length == chunk.At.Length && !chunk.Shape.Contains(0)).ToList();
        if (chunks.Count < 2)
        {
            return false;
        }

        if (tensor.Shape.Length == 0)
        {
            return true;
        }

        // along the dimension that is cut most, a chunk can only meet those that have begun and not ended
        var along = Enumerable.Range(0, tensor.Shape.Length).MaxBy(d => chunks.Select(chunk => chunk.At[d]).Distinct().Count());
        chunks.Sort((a, b) => a.At[along].CompareTo(b.At[along]));
        var open = new List<(long[] At, long[] Shape)>();
        long compared = 0;
        foreach (var chunk in chunks)
        {
            compared += open.Count;
            if (compared > MaxCompared)
            {
                return null;
            }

            open.RemoveAll(other => (Int128)other.At[along] + other.Shape[along] <= chunk.At[along]);
            if (open.Exists(other => Meet(other, chunk)))
            {
                return true;
            }

            open.Add(chunk);
        }

        return false;
    }

    private static bool Meet((long[] At, long[] Shape) a, (long[] At, long[] Shape) b)
    {
        for (var d = 0; d < a.At.Length; d++)
        {
            if (a.At[d] >= (Int128)b.At[d] + b.Shape[d] || b.At[d] >= (Int128)a.At[d] + a.Shape[d])
            {
                return false;
            }
        }

        return true;
    }
}
