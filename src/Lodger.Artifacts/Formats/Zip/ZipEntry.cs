using System.Text;

namespace Lodger.Artifacts.Formats.Zip;

/// <summary>One entry as the central directory has it.</summary>
internal sealed record ZipEntry(ReadOnlyMemory<byte> NameBytes, ushort Flags, ushort Method, uint Crc32, long CompressedBytes, long Bytes, long HeaderOffset)
{
    internal const ushort Stored = 0;
    internal const ushort Deflated = 8;

    /// <summary>The name: UTF-8 when the entry says so, else the single-byte code it was written in, shown as Latin-1.</summary>
    internal string Name { get; } = (Flags & 0x800) != 0 ? Encoding.UTF8.GetString(NameBytes.Span) : Encoding.Latin1.GetString(NameBytes.Span);

    internal bool IsEncrypted => (Flags & 1) != 0;

    /// <summary>True when unpacking the entry by its name could write outside the directory it is unpacked into.</summary>
    internal bool LeadsOut => Name.StartsWith('/') || Name.Contains('\\') || Name.Contains(':') || Name.Contains('\0') || Name.Split('/').Contains("..");
}
