namespace Lodger.Artifacts.Formats.Binary;

/// <summary>Several parts of a file as one forward-only stream.</summary>
internal sealed class SlicesStream(HashedFile file, IReadOnlyList<(long Offset, long Bytes)> slices) : ForwardStream
{
    private int _slice;
    private long _within;

    public override int Read(Span<byte> buffer)
    {
        while (_slice < slices.Count && buffer.Length > 0)
        {
            var (offset, bytes) = slices[_slice];
            var read = file.Read(offset + _within, buffer[..(int)Math.Min(buffer.Length, bytes - _within)]);
            _within += read;
            if (read > 0)
            {
                return read;
            }

            (_slice, _within) = (_slice + 1, 0);
        }

        return 0;
    }
}
