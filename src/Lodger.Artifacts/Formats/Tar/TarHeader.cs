using System.Buffers.Binary;
using System.Text;

namespace Lodger.Artifacts.Formats.Tar;

/// <summary>One 512-byte header: ustar, GNU or the old one (POSIX pax, "ustar Interchange Format"; GNU tar's manual, "Basic Tar Format").</summary>
/// <param name="Name">The member's name as the header has it; a pax or GNU header before it may have a longer one.</param>
/// <param name="Bytes">The content's length as the header has it.</param>
/// <param name="Type">The type flag.</param>
/// <param name="LinkName">Where a link leads.</param>
/// <param name="SparseGoesOn">Old GNU sparse member whose map continues in blocks of its own.</param>
public sealed record TarHeader(string Name, long Bytes, char Type, string LinkName, bool SparseGoesOn)
{
    /// <summary>A header, and what contents are filled up to.</summary>
    public const int BlockBytes = 512;

    internal bool HasContent => Type is not ('1' or '2' or '3' or '4' or '5' or '6');

    internal static bool HasMagic(ReadOnlySpan<byte> head) => head.Length >= 263 && head.Slice(257, 5).SequenceEqual("ustar"u8) && head[262] is 0 or (byte)' ';

    /// <summary>Reads one block of <see cref="BlockBytes"/>.</summary>
    /// <exception cref="InvalidDataException">It is no header: its checksum or a number in it is wrong.</exception>
    public static TarHeader Of(ReadOnlySpan<byte> block)
    {
        var promised = Number(block.Slice(148, 8), "checksum");
        var (unsigned, signed) = Sums(block);
        if (promised != unsigned && promised != signed)
        {
            throw new InvalidDataException($"the header does not fit its checksum ({promised} promised, {unsigned} found).");
        }

        var type = block[156] == 0 ? '0' : (char)block[156];
        var hasPrefix = block.Slice(257, 6).SequenceEqual("ustar\0"u8) && type is not ('L' or 'K' or 'S'); // GNU's types have other things there
        var (name, prefix) = (Text(block[..100]), hasPrefix ? Text(block.Slice(345, 155)) : string.Empty);
        return new TarHeader(
            prefix.Length > 0 ? $"{prefix}/{name}" : name, Number(block.Slice(124, 12), "size"), type, Text(block.Slice(157, 100)),
            type == 'S' && block[482] != 0);
    }

    /// <summary>Whether a lenient reader, such as Python's, takes a file's first block for a header whatever marks it has: its sum is in its place, among other characters perhaps.</summary>
    internal static bool MayBegin(ReadOnlySpan<byte> block)
    {
        if (block.Length < BlockBytes)
        {
            return false;
        }

        var field = block.Slice(148, 8);
        var end = field.IndexOf((byte)0);
        long octal = 0;
        foreach (var digit in end < 0 ? field : field[..end])
        {
            octal = digit is >= (byte)'0' and <= (byte)'7' ? (octal << 3) | (long)(digit - '0') : octal;
        }

        var promised = field[0] == 0x80 ? BinaryPrimitives.ReadInt64BigEndian(field) & (long.MaxValue >> 7) : octal;
        var (unsigned, signed) = Sums(block);
        return promised == unsigned || promised == signed;
    }

    /// <summary>The sums of all bytes, the checksum's own counted as spaces: some old writers summed signed bytes.</summary>
    private static (long Unsigned, long Signed) Sums(ReadOnlySpan<byte> block)
    {
        long unsigned = 8 * ' ';
        long signed = 8 * ' ';
        for (var i = 0; i < BlockBytes; i++)
        {
            if (i is < 148 or >= 156)
            {
                unsigned += block[i];
                signed += (sbyte)block[i];
            }
        }

        return (unsigned, signed);
    }

    /// <summary>Octal digits, or GNU's binary form: the first bit set, then 95 bits.</summary>
    private static long Number(ReadOnlySpan<byte> field, string what)
    {
        if ((field[0] & 0x80) != 0)
        {
            Int128 wide = field[0] & 0x7F;
            foreach (var value in field[1..])
            {
                wide = (wide << 8) | value;
            }

            return wide <= long.MaxValue ? (long)wide : throw new InvalidDataException($"the header's {what} is beyond 2^63.");
        }

        long number = 0;
        var text = field.Trim(" \0"u8);
        foreach (var digit in text)
        {
            number = digit is >= (byte)'0' and <= (byte)'7' ? (number << 3) | (long)(digit - '0') : throw new InvalidDataException($"the header's {what} is no octal number.");
        }

        return number;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }
}
