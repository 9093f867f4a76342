using System.Buffers.Binary;
using System.Text;
using Lodger.Artifacts.Formats.Zip;

namespace Lodger.Artifacts.Tests;

/// <summary>Ways to damage a file on purpose.</summary>
internal static class Damage
{
    internal static byte[] Flip(byte[] file, int at)
    {
        file[at < 0 ? file.Length + at : at] ^= 0x10;
        return file;
    }

    internal static byte[] Number(byte[] file, int at, long value, int bytes = 8)
    {
        for (var i = 0; i < bytes; i++)
        {
            file[at + i] = (byte)(value >> (8 * i));
        }

        return file;
    }

    /// <summary>Puts other bytes of the same length in the place of the first that match.</summary>
    internal static byte[] Replace(byte[] file, ReadOnlySpan<byte> old, ReadOnlySpan<byte> with)
    {
        old.Length.ShouldBe(with.Length);
        with.CopyTo(file.AsSpan(At(file, old)));
        return file;
    }

    /// <summary>Where bytes first are; the test's own mistake when they are not.</summary>
    internal static int At(byte[] file, ReadOnlySpan<byte> wanted, int from = 0)
    {
        var at = file.AsSpan(from).IndexOf(wanted);
        at.ShouldBeGreaterThanOrEqualTo(0, Convert.ToHexString(wanted));
        return from + at;
    }

    /// <summary>A PNG chunk whose CRC is right.</summary>
    internal static byte[] PngChunk(string type, byte[] data)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. data];
        var chunk = new byte[typed.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        typed.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(typed.Length + 4), Crc32.Append(0, typed));
        return chunk;
    }

    /// <summary>Makes a tar header's checksum right again.</summary>
    internal static byte[] TarSum(byte[] file, int header)
    {
        file.AsSpan(header + 148, 8).Fill((byte)' ');
        var sum = file.AsSpan(header, 512).ToArray().Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(file, header + 148);
        return file;
    }

    /// <summary>A protobuf field with a length.</summary>
    internal static byte[] ProtoField(int number, byte[] content) => [.. Varint((ulong)number << 3 | 2), .. Varint((ulong)content.Length), .. content];

    internal static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 127; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }

        return [.. bytes, (byte)value];
    }
}
