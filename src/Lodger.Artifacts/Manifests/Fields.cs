namespace Lodger.Artifacts.Manifests;

/// <summary>Fields of a manifest line: separated by exactly one space, none empty.</summary>
internal static class Fields
{
    /// <summary>Finds up to four fields; returns how many there are, 0 when one is empty or there are more than four.</summary>
    internal static int Split4(this ReadOnlySpan<byte> line, Span<Range> fields)
    {
        var count = 0;
        foreach (var field in line.Split((byte)' '))
        {
            if (count == 4 || line[field].IsEmpty)
            {
                return 0;
            }

            fields[count++] = field;
        }

        return count;
    }
}
