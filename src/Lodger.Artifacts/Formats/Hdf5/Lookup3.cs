using System.Buffers.Binary;
using System.Numerics;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>Bob Jenkins' lookup3 hash, which HDF5's newer structures end with as a checksum.</summary>
internal static class Lookup3
{
    /// <summary>Compares the checksum that follows a structure, and leaves the reader behind it.</summary>
    /// <exception cref="InvalidDataException">It does not fit.</exception>
    internal static void Expect(FieldReader fields, long start, long bytes, string what)
    {
        if (bytes > FieldReader.MaxTakeBytes - 4)
        {
            throw new InvalidDataException($"{what} claims {bytes} bytes, more than such a structure has.");
        }

        fields.Seek(start);
        var structure = fields.Take((int)bytes + 4);
        if (Of(structure[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(structure[^4..]))
        {
            throw new InvalidDataException($"{what} at byte {start} does not fit its checksum: bytes were altered.");
        }
    }

    internal static uint Of(ReadOnlySpan<byte> key)
    {
        var a = 0xDEADBEEF + (uint)key.Length;
        var (b, c) = (a, a);
        while (key.Length > 12)
        {
            a += BinaryPrimitives.ReadUInt32LittleEndian(key);
            b += BinaryPrimitives.ReadUInt32LittleEndian(key[4..]);
            c += BinaryPrimitives.ReadUInt32LittleEndian(key[8..]);
            a = (a - c) ^ BitOperations.RotateLeft(c, 4);
            c += b;
            b = (b - a) ^ BitOperations.RotateLeft(a, 6);
            a += c;
            c = (c - b) ^ BitOperations.RotateLeft(b, 8);
            b += a;
            a = (a - c) ^ BitOperations.RotateLeft(c, 16);
            c += b;
            b = (b - a) ^ BitOperations.RotateLeft(a, 19);
            a += c;
            c = (c - b) ^ BitOperations.RotateLeft(b, 4);
            b += a;
            key = key[12..];
        }

        return key.IsEmpty ? c : Final(key, a, b, c);
    }

    private static uint Final(ReadOnlySpan<byte> key, uint a, uint b, uint c)
    {
        Span<byte> last = stackalloc byte[12];
        last.Clear();
        key.CopyTo(last);
        a += BinaryPrimitives.ReadUInt32LittleEndian(last);
        b += BinaryPrimitives.ReadUInt32LittleEndian(last[4..]);
        c += BinaryPrimitives.ReadUInt32LittleEndian(last[8..]);
        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        return (c ^ b) - BitOperations.RotateLeft(b, 24);
    }
}
