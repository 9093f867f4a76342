using System.Buffers.Binary;

namespace Lodger.Artifacts.Formats.Numpy;

/// <summary>
/// Steps over a pickle's opcodes (Python's pickletools.py, protocols 0 to 5) without executing one, to see that it is whole: from its first byte
/// to a STOP that is the last.
/// </summary>
internal sealed class PickleWalk
{
    private const byte Stop = (byte)'.';

    private readonly Stream _input;
    private long _left;

    private PickleWalk(Stream input, long bytes)
    {
        _input = input;
        _left = bytes;
    }

    /// <summary>What is wrong with the pickle that takes the next <paramref name="bytes"/> bytes; null when it is whole.</summary>
    internal static string? Wrong(Stream stream, long bytes, CancellationToken cancellation)
    {
        // the buffer may read ahead: the pickle takes all there is, so nobody reads after it; not disposed, as the stream is the caller's
        var input = new BufferedStream(stream, 64 * 1024);
        try
        {
            return new PickleWalk(input, bytes).Walk(cancellation);
        }
        catch (EndOfStreamException)
        {
            return "its pickle stops before its end mark: it was cut short.";
        }
    }

    private string? Walk(CancellationToken cancellation)
    {
        for (long opcodes = 0; ; opcodes++)
        {
            if (opcodes % 65536 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            var opcode = Next();
            if (opcode == Stop)
            {
                return _left == 0 ? null : $"its pickle ends {_left} bytes before the file does.";
            }

            if (!SkipArgument(opcode))
            {
                return $"its pickle has a byte 0x{opcode:X2} where an opcode should be.";
            }
        }
    }

    private bool SkipArgument(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(' or (byte)'0' or (byte)'1' or (byte)'2' or (byte)'N' or (byte)'R' or (byte)'Q' or (byte)'a' or (byte)'b' or (byte)'d' or (byte)'}'
                or (byte)'e' or (byte)'l' or (byte)']' or (byte)'o' or (byte)'s' or (byte)'t' or (byte)')' or (byte)'u'
                or 0x81 or (>= 0x85 and <= 0x89) or (>= 0x8F and <= 0x94) or 0x97 or 0x98:
                return true;
            case (byte)'K' or (byte)'h' or (byte)'q' or 0x80 or 0x82:
                Skip(1);
                return true;
            case (byte)'M' or 0x83:
                Skip(2);
                return true;
            case (byte)'J' or (byte)'j' or (byte)'r' or 0x84:
                Skip(4);
                return true;
            case (byte)'G' or 0x95:
                Skip(8);
                return true;
            case (byte)'U' or (byte)'C' or 0x8A or 0x8C:
                Skip(Count(1));
                return true;
            case (byte)'T' or (byte)'B' or (byte)'X' or 0x8B:
                Skip(Count(4));
                return true;
            case 0x8D or 0x8E or 0x96:
                Skip(Count(8));
                return true;
            case (byte)'F' or (byte)'I' or (byte)'L' or (byte)'P' or (byte)'S' or (byte)'V' or (byte)'g' or (byte)'p':
                SkipLine();
                return true;
            case (byte)'c' or (byte)'i':
                SkipLine();
                SkipLine();
                return true;
            default:
                return false;
        }
    }

    private byte Next()
    {
        var value = _left > 0 ? _input.ReadByte() : -1;
        _left--;
        return value < 0 ? throw new EndOfStreamException() : (byte)value;
    }

    private ulong Count(int bytes)
    {
        Span<byte> count = stackalloc byte[8];
        count.Clear();
        for (var i = 0; i < bytes; i++)
        {
            count[i] = Next();
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(count);
    }

    private void Skip(ulong bytes)
    {
        if (bytes > (ulong)Math.Max(_left, 0))
        {
            throw new EndOfStreamException();
        }

        Span<byte> skipped = stackalloc byte[4096];
        for (var due = (long)bytes; due > 0;)
        {
            var part = skipped[..(int)Math.Min(due, skipped.Length)];
            _input.ReadExactly(part);
            due -= part.Length;
        }

        _left -= (long)bytes;
    }

    private void SkipLine()
    {
        while (Next() != '\n')
        {
        }
    }
}
