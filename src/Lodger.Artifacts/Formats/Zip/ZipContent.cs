using System.Buffers.Binary;
using System.IO.Compression;

namespace Lodger.Artifacts.Formats.Zip;

/// <summary>The content of entries, in file order, each checked against its local header, its size and its CRC.</summary>
internal static class ZipContent
{
    private const int LocalHeaderBytes = 30;

    // DEFLATE cannot make more than 1032 bytes out of one (zlib.net/zlib_tech.html)
    private const int MaxDeflateRatio = 1032;

    /// <summary>Gives an entry's content to a reader, then reads what the reader left, and compares length and CRC.</summary>
    /// <param name="end">Where the next entry, or the directory, begins.</param>
    /// <exception cref="InvalidDataException">The sentence says what is wrong.</exception>
    internal static void Read(FilePart file, ZipEntry entry, long end, Action<Stream> reader)
    {
        var offset = ContentOffset(file, entry);
        if (offset > end || entry.CompressedBytes > end - offset)
        {
            throw new InvalidDataException($"its {entry.CompressedBytes} bytes reach into what follows.");
        }

        if (entry.Method == ZipEntry.Stored ? entry.Bytes != entry.CompressedBytes : entry.Bytes / MaxDeflateRatio > entry.CompressedBytes)
        {
            throw new InvalidDataException($"{entry.CompressedBytes} bytes cannot hold the {entry.Bytes} it claims.");
        }

        var slice = new FileSlice(file, offset, entry.CompressedBytes);
        using var inflated = entry.Method == ZipEntry.Deflated ? new DeflateStream(slice, CompressionMode.Decompress, leaveOpen: true) : null;
        var content = new CheckedStream((Stream?)inflated ?? slice, entry.Bytes);
        reader(content);
        content.ReadToEnd();
        if (content.HasMore())
        {
            throw new InvalidDataException($"it unpacks to more than the {entry.Bytes} bytes it claims.");
        }

        if (content.Crc != entry.Crc32)
        {
            throw new InvalidDataException($"its CRC is {content.Crc:x8}, and {entry.Crc32:x8} was promised: bytes were altered.");
        }
    }

    /// <summary>Where an entry's content begins, after its own header.</summary>
    /// <exception cref="InvalidDataException">Header and directory disagree.</exception>
    internal static long ContentOffset(FilePart file, ZipEntry entry)
    {
        Span<byte> header = stackalloc byte[LocalHeaderBytes];
        if (entry.HeaderOffset > file.Length - LocalHeaderBytes || file.Read(entry.HeaderOffset, header) < LocalHeaderBytes || !header.StartsWith("PK\x03\x04"u8))
        {
            throw new InvalidDataException("it is not where the directory says.");
        }

        var method = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        var nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        var extraBytes = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var name = new byte[nameBytes];
        if (method != entry.Method || file.Read(entry.HeaderOffset + LocalHeaderBytes, name) < nameBytes || !name.AsSpan().SequenceEqual(entry.NameBytes.Span))
        {
            throw new InvalidDataException("its own header and the directory disagree about what it is.");
        }

        return entry.HeaderOffset + LocalHeaderBytes + nameBytes + extraBytes;
    }
}
