using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>The superblock (HDF5 File Format Specification, II.A): versions 0 to 3.</summary>
/// <param name="Base">Offset in the file that addresses count from.</param>
/// <param name="EndOfFile">The address past the last byte in use.</param>
/// <param name="RootHeader">Address of the root group's object header.</param>
/// <param name="Version">Which version.</param>
internal sealed record Hdf5Superblock(long Base, long EndOfFile, long RootHeader, int Version)
{
    // where a superblock may lie: 0, then 512 and its doublings, behind what the user put first
    private static readonly long[] _places = [0, 512, 1024, 2048];

    internal static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Offset of the superblock in a file's first bytes; null when there is none.</summary>
    internal static long? Find(ReadOnlySpan<byte> head)
    {
        foreach (var place in _places)
        {
            if (head.Length > place + Signature.Length && head[(int)place..].StartsWith(Signature))
            {
                return place;
            }
        }

        return null;
    }

    /// <summary>Reads it; null, said in the report, when it is of a kind that is not read here.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static Hdf5Superblock? Read(FieldReader fields, long place, FormatReport report)
    {
        fields.Seek(place + Signature.Length);
        var version = fields.U8();
        var isOld = version <= 1;
        fields.Skip(isOld ? 4 : 0); // versions of parts that never changed
        var (offsetBytes, lengthBytes) = (fields.U8(), fields.U8());
        if (version > 3 || offsetBytes != 8 || lengthBytes != 8)
        {
            report.CannotJudge("hdf5-version", $"its superblock is version {version} with {offsetBytes}-byte offsets; versions 0 to 3 with 8 are read here.");
            return null;
        }

        if (!isOld)
        {
            fields.Skip(1);
            var start = Address(fields);
            fields.Skip(8); // the superblock's extension
            var (end, root) = (Address(fields), Address(fields));
            Lookup3.Expect(fields, place, 8 + 4 + 32, "its superblock");
            return new Hdf5Superblock(start, end, root, version);
        }

        fields.Skip(version == 0 ? 1 + 2 + 2 + 4 : 1 + 2 + 2 + 4 + 4);
        var baseAddress = Address(fields);
        fields.Skip(8);
        var endOfFile = Address(fields);
        fields.Skip(8 + 8); // driver information; the root entry's name
        return new Hdf5Superblock(baseAddress, endOfFile, Address(fields), version);
    }

    private static long Address(FieldReader fields) =>
        fields.U64() is var address && address <= long.MaxValue ? (long)address : throw new InvalidDataException("its superblock has an address beyond 2^63.");
}
