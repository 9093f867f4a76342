using System.Buffers;

namespace Lodger.Artifacts.Formats.Binary;

/// <summary>Looks for a few bytes in a stream of any length.</summary>
internal static class ByteSearch
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Reads on until they were found, or to the end.</summary>
    internal static bool Holds(Stream content, ReadOnlySpan<byte> sought)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (int kept = 0, read; (read = content.Read(buffer, kept, buffer.Length - kept)) > 0;)
            {
                var there = buffer.AsSpan(0, kept + read);
                if (there.IndexOf(sought) >= 0)
                {
                    return true;
                }

                // what is sought may begin in these bytes and end in the next
                kept = Math.Min(there.Length, sought.Length - 1);
                there[^kept..].CopyTo(buffer);
            }

            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
