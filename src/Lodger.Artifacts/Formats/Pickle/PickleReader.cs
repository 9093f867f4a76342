using System.Buffers.Binary;
using System.Text;

namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>Reads a pickle's bytes in order from a stream that may hold more after it, and knows where it is.</summary>
internal sealed class PickleReader(Stream input, CancellationToken cancellation)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _at;
    private int _end;
    private long _bufferOffset;

    /// <summary>Bytes taken so far.</summary>
    internal long Position => _bufferOffset + _at;

    /// <summary>Whether no byte follows.</summary>
    internal bool IsAtEnd => _at == _end && !Fill();

    /// <exception cref="EndOfStreamException">There is none.</exception>
    internal byte Next() => _at < _end || Fill() ? _buffer[_at++] : throw new EndOfStreamException();

    internal ulong Number(int bytes)
    {
        ulong value = 0;
        for (var i = 0; i < bytes; i++)
        {
            value |= (ulong)Next() << (8 * i);
        }

        return value;
    }

    internal double BigEndianDouble() => BitConverter.UInt64BitsToDouble(BinaryPrimitives.ReverseEndianness(Number(8)));

    /// <summary>Reads a few bytes; the caller bounds how many.</summary>
    internal byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = Next();
        }

        return bytes;
    }

    /// <summary>Steps over bytes and counts those that begin a UTF-8 character.</summary>
    internal long SkipText(ulong bytes)
    {
        long characters = 0;
        while (bytes > 0)
        {
            if (_at == _end && !Fill())
            {
                throw new EndOfStreamException();
            }

            var part = _buffer.AsSpan(_at, (int)Math.Min((ulong)(_end - _at), bytes));
            foreach (var value in part)
            {
                characters += (value & 0xC0) != 0x80 ? 1 : 0;
            }

            _at += part.Length;
            bytes -= (ulong)part.Length;
        }

        return characters;
    }

    /// <summary>Text up to a newline, without it, in UTF-8 or another encoding.</summary>
    internal string Line(Encoding? encoding = null)
    {
        var line = new List<byte>();
        for (var next = Next(); next != '\n'; next = Next())
        {
            line.Add(next);
            if (line.Count > PickleLimits.MaxLineBytes)
            {
                throw new PickleException("pickle-line", $"it has a line of more than {PickleLimits.MaxLineBytes} bytes at byte {Position}, where Python writes short ones.");
            }
        }

        return (encoding ?? Encoding.UTF8).GetString([.. line]);
    }

    private bool Fill()
    {
        cancellation.ThrowIfCancellationRequested();
        _bufferOffset += _end;
        _at = 0;
        _end = input.Read(_buffer);
        return _end > 0;
    }
}
