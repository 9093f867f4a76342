using System.Buffers;

namespace Lodger.Artifacts.Formats.Zip;

/// <summary>An entry's content, forward only, never more than its claimed size, with its CRC so far.</summary>
internal sealed class CheckedStream(Stream inner, long length) : Stream
{
    private long _position;

    internal uint Crc { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer[..(int)Math.Min(buffer.Length, length - _position)]);
        Crc = Crc32.Append(Crc, buffer[..read]);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="InvalidDataException">It ends before its claimed size.</exception>
    internal void ReadToEnd()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            while (Read(buffer) > 0)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (_position < length)
        {
            throw new InvalidDataException($"it unpacks to {_position} bytes, and {length} were promised.");
        }
    }

    /// <summary>Whether content goes on past its claimed size.</summary>
    internal bool HasMore() => inner.ReadByte() >= 0;

    public override void Flush()
    {
        // nothing is ever written
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
