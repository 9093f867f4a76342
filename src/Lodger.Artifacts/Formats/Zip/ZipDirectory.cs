using System.Buffers.Binary;

namespace Lodger.Artifacts.Formats.Zip;

/// <summary>
/// A zip's central directory (PKWARE APPNOTE 4.3), with zip64. Strict where readers disagree: there is one end record and it ends at the file's last byte, the wide
/// one says the same and lies right before it, names are unique, entries lie in order without overlap before the directory.
/// </summary>
internal static class ZipDirectory
{
    private const int MaxEntries = 100_000;
    private const int MaxDirectoryBytes = 64 * 1024 * 1024;
    private const int EndBytes = 22;
    private const int End64LocatorBytes = 20;
    private const int End64Bytes = 56;
    private const int HeaderBytes = 46;

    private static ReadOnlySpan<byte> EndMark => "PK\x05\x06"u8;

    /// <summary>The entries in the order they lie in the file, where the directory begins, and the entry that it names first, which need not lie first.</summary>
    /// <exception cref="InvalidDataException">The sentence says what is wrong.</exception>
    internal static (IReadOnlyList<ZipEntry> Entries, long Offset, ZipEntry? First) Read(FilePart file)
    {
        var (count, bytes, offset) = ReadEnd(file);
        if (count > MaxEntries || bytes > MaxDirectoryBytes)
        {
            throw new InvalidDataException($"it claims {count} entries in a directory of {bytes} bytes, more than this check takes.");
        }

        if (bytes > file.Length || offset > file.Length - bytes)
        {
            throw new InvalidDataException("its directory lies outside the file: the file was cut or joined.");
        }

        var text = new byte[bytes];
        if (file.Read(offset, text) < text.Length)
        {
            throw new InvalidDataException("the file shrank while its directory was read.");
        }

        var entries = new List<ZipEntry>();
        ReadOnlySpan<byte> rest = text;
        while (entries.Count < count)
        {
            entries.Add(ReadEntry(ref rest));
        }

        if (rest.Length > 0)
        {
            throw new InvalidDataException("its directory is longer than its entries.");
        }

        var first = entries.FirstOrDefault();
        entries.Sort(static (a, b) => a.HeaderOffset.CompareTo(b.HeaderOffset));
        return (entries, offset, first);
    }

    private static (long Count, long Bytes, long Offset) ReadEnd(FilePart file)
    {
        // the end record is followed by a comment of up to 65535 bytes whose length it states
        var tail = new byte[(int)Math.Min(file.Length, EndBytes + ushort.MaxValue)];
        var tailOffset = file.Length - tail.Length;
        tail = tail[..file.Read(tailOffset, tail)];
        for (var at = tail.Length - EndBytes; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (!end.StartsWith(EndMark) || U16(end, 20) != end.Length - EndBytes)
            {
                continue;
            }

            // with a comment, Python and miniz take the last mark there is, be it inside this record, and whatever comment length it states
            if (end.Length > EndBytes && end[1..].IndexOf(EndMark) >= 0)
            {
                throw new InvalidDataException("its comment holds a second end record: readers disagree about which of the two counts.");
            }

            var (count, bytes, offset) = ((long)U16(end, 10), (long)U32(end, 12), (long)U32(end, 16));
            var endOffset = tailOffset + at;
            // some writers, PyTorch's among them, put the wide record before the narrow one even where nothing is wide
            if (count == ushort.MaxValue || bytes == uint.MaxValue || offset == uint.MaxValue || HasLocator(file, endOffset))
            {
                var wide = ReadEnd64(file, endOffset);
                if ((count != ushort.MaxValue && count != wide.Count) || (bytes != uint.MaxValue && bytes != wide.Bytes) || (offset != uint.MaxValue && offset != wide.Offset))
                {
                    throw new InvalidDataException("its two end records disagree about its directory.");
                }

                (count, bytes, offset, endOffset) = wide;
            }

            return bytes > endOffset || offset != endOffset - bytes
                ? throw new InvalidDataException("its directory does not lie where its end record says: bytes were lost or added.")
                : (count, bytes, offset);
        }

        throw new InvalidDataException("it has no end record at its end: it was cut short, or is no zip.");
    }

    private static bool HasLocator(FilePart file, long endOffset)
    {
        Span<byte> mark = stackalloc byte[4];
        return endOffset >= End64LocatorBytes + End64Bytes && file.Read(endOffset - End64LocatorBytes, mark) == mark.Length && mark.SequenceEqual("PK\x06\x07"u8);
    }

    private static (long Count, long Bytes, long Offset, long EndOffset) ReadEnd64(FilePart file, long endOffset)
    {
        var locator = new byte[End64LocatorBytes];
        var end = new byte[End64Bytes];
        if (endOffset < End64LocatorBytes + End64Bytes
            || file.Read(endOffset - End64LocatorBytes, locator) < locator.Length || !locator.AsSpan().StartsWith("PK\x06\x07"u8))
        {
            throw new InvalidDataException("its zip64 end record is not there.");
        }

        // Python looks for it right before the locator, miniz where that leads
        var offset = S64(locator, 8);
        if (offset != endOffset - End64LocatorBytes - End64Bytes || file.Read(offset, end) < end.Length || !end.AsSpan().StartsWith("PK\x06\x06"u8))
        {
            throw new InvalidDataException("its zip64 end record is not where it should be.");
        }

        return (S64(end, 32), S64(end, 40), S64(end, 48), offset);
    }

    private static ZipEntry ReadEntry(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < HeaderBytes || !rest.StartsWith("PK\x01\x02"u8))
        {
            throw new InvalidDataException("its directory has fewer entries than it claims.");
        }

        var (nameBytes, extraBytes, commentBytes) = (U16(rest, 28), U16(rest, 30), U16(rest, 32));
        if (rest.Length < HeaderBytes + nameBytes + extraBytes + commentBytes)
        {
            throw new InvalidDataException("its directory stops inside an entry.");
        }

        var sizes = Zip64Sizes.Of(U32(rest, 24), U32(rest, 20), U32(rest, 42), rest.Slice(HeaderBytes + nameBytes, extraBytes));
        var entry = new ZipEntry(
            rest.Slice(HeaderBytes, nameBytes).ToArray(), U16(rest, 8), U16(rest, 10), U32(rest, 16), sizes.CompressedBytes, sizes.Bytes, sizes.HeaderOffset);
        rest = rest[(HeaderBytes + nameBytes + extraBytes + commentBytes)..];
        return entry;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long S64(ReadOnlySpan<byte> bytes, int at)
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
        return value >= 0 ? value : throw new InvalidDataException("it has a size or offset beyond 2^63.");
    }
}
