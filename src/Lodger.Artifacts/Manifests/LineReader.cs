namespace Lodger.Artifacts.Manifests;

/// <summary>How reading one line ended.</summary>
internal enum LineEnd
{
    /// <summary>A whole line that ended in a newline.</summary>
    Whole,

    /// <summary>Bytes without a newline at the end of the text.</summary>
    Cut,

    /// <summary>No bytes are left.</summary>
    None,

    /// <summary>The line is longer than the buffer allows.</summary>
    TooLong,
}

/// <summary>Lines as byte spans out of one fixed buffer; what it hands out is valid until the next call.</summary>
internal sealed class LineReader(Stream text, int maxLineBytes, Action<ReadOnlySpan<byte>> seen)
{
    private readonly byte[] _buffer = new byte[Math.Max(64 * 1024, maxLineBytes + 1)];
    private int _start;
    private int _end;

    internal LineEnd Next(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var unread = _buffer.AsSpan(_start, _end - _start);
            var newline = unread.IndexOf((byte)'\n');
            if (newline > maxLineBytes || (newline < 0 && unread.Length > maxLineBytes))
            {
                line = default;
                return LineEnd.TooLong;
            }

            if (newline >= 0)
            {
                line = unread[..newline];
                _start += newline + 1;
                return LineEnd.Whole;
            }

            if (!Fill())
            {
                line = unread;
                return unread.Length == 0 ? LineEnd.None : LineEnd.Cut;
            }
        }
    }

    private bool Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        var read = text.Read(_buffer, _end, _buffer.Length - _end);
        seen(_buffer.AsSpan(_end, read));
        _end += read;
        return read > 0;
    }
}
