using System.IO.Compression;
using System.Text;

namespace Lodger.Artifacts.Tests.Zip;

/// <summary>One member as it is written: what its two headers say can differ from what it is.</summary>
internal sealed class ZipMember
{
    internal ZipMember(string name, byte[] content, ushort method)
    {
        (Name, Method, Crc, Size, Packed) = (name, method, ZipBytes.Crc(content), (uint)content.Length, content);
        if (method == 8)
        {
            using var packed = new MemoryStream();
            using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            {
                deflate.Write(content);
            }

            Packed = packed.ToArray();
        }

        PackedSize = (uint)Packed.Length;
    }

    internal string Name { get; }

    internal byte[] Packed { get; set; }

    internal ushort Method { get; set; }

    internal ushort Flags { get; set; }

    internal uint Crc { get; set; }

    internal uint Size { get; set; }

    internal uint PackedSize { get; set; }

    internal byte[] Extra { get; set; } = [];

    internal string Comment { get; set; } = string.Empty;

    internal string LocalMark { get; set; } = "PK\x03\x04";

    internal string? LocalName { get; set; }

    internal ushort? LocalMethod { get; set; }

    internal byte[] LocalExtra { get; set; } = [];

    /// <summary>Bytes after its content that belong to no member, such as a data descriptor.</summary>
    internal byte[] After { get; set; } = [];

    /// <summary>What the directory says instead of where it is.</summary>
    internal uint? Offset { get; set; }
}

/// <summary>Writes zips by PKWARE's APPNOTE, right ones and wrong ones.</summary>
internal sealed class ZipBytes
{
    private readonly List<ZipMember> _members = [];

    internal string Before { get; set; } = string.Empty;

    internal string AfterDirectory { get; set; } = string.Empty;

    internal string Comment { get; set; } = string.Empty;

    internal ushort? CommentLength { get; set; }

    internal uint? Count { get; set; }

    internal uint? DirectorySize { get; set; }

    internal uint? DirectoryOffset { get; set; }

    /// <summary>With a zip64 end record and its locator, of these values instead of the right ones where they are not null.</summary>
    internal (long? Count, long? Size, long? Offset, long? LocatorOffset)? Wide { get; set; }

    /// <summary>Bytes of the zip64 end record that later versions may add.</summary>
    internal byte[] WideMore { get; set; } = [];

    internal bool IsDirectoryBackwards { get; set; }

    internal ZipBytes With(string name, byte[] content, ushort method = 0, Action<ZipMember>? change = null)
    {
        var member = new ZipMember(name, content, method);
        change?.Invoke(member);
        _members.Add(member);
        return this;
    }

    internal ZipBytes With(string name, string content, ushort method = 0, Action<ZipMember>? change = null) => With(name, Encoding.UTF8.GetBytes(content), method, change);

    internal byte[] Bytes()
    {
        var file = new MemoryStream();
        file.Write(Encoding.Latin1.GetBytes(Before));
        var entries = new List<byte[]>();
        foreach (var member in _members)
        {
            var offset = member.Offset ?? (uint)file.Position;
            var name = Encoding.UTF8.GetBytes(member.Name);
            var localName = member.LocalName is null ? name : Encoding.UTF8.GetBytes(member.LocalName);
            file.Write([
                .. Encoding.Latin1.GetBytes(member.LocalMark), .. U16(20), .. U16(member.Flags), .. U16(member.LocalMethod ?? member.Method), .. new byte[4], .. U32(member.Crc), .. U32(member.PackedSize),
                .. U32(member.Size), .. U16((ushort)localName.Length), .. U16((ushort)member.LocalExtra.Length), .. localName, .. member.LocalExtra, .. member.Packed, .. member.After]);
            entries.Add([
                .. "PK\x01\x02"u8, .. U16(20), .. U16(20), .. U16(member.Flags), .. U16(member.Method), .. new byte[4], .. U32(member.Crc), .. U32(member.PackedSize), .. U32(member.Size),
                .. U16((ushort)name.Length), .. U16((ushort)member.Extra.Length), .. U16((ushort)member.Comment.Length), .. new byte[8], .. U32(offset), .. name, .. member.Extra,
                .. Encoding.Latin1.GetBytes(member.Comment)]);
        }

        if (IsDirectoryBackwards)
        {
            entries.Reverse();
        }

        var directory = file.Position;
        entries.ForEach(entry => file.Write(entry));
        file.Write(Encoding.Latin1.GetBytes(AfterDirectory));
        var size = file.Position - directory;
        if (Wide is { } wide)
        {
            var wideOffset = file.Position;
            file.Write([.. "PK\x06\x06"u8, .. U64(44 + WideMore.Length), .. U16(45), .. U16(45), .. new byte[8], .. U64(wide.Count ?? entries.Count), .. U64(wide.Count ?? entries.Count), .. U64(wide.Size ?? size), .. U64(wide.Offset ?? directory), .. WideMore]);
            file.Write([.. "PK\x06\x07"u8, .. new byte[4], .. U64(wide.LocatorOffset ?? wideOffset), .. U32(1)]);
        }

        var count = (ushort)(Count ?? (uint)entries.Count);
        file.Write([
            .. "PK\x05\x06"u8, .. new byte[4], .. U16(count), .. U16(count), .. U32(DirectorySize ?? (uint)size), .. U32(DirectoryOffset ?? (uint)directory), .. U16(CommentLength ?? (ushort)Comment.Length),
            .. Encoding.Latin1.GetBytes(Comment)]);
        return file.ToArray();
    }

    /// <summary>An extra field with zip64 values.</summary>
    internal static byte[] Zip64(params long[] values) => [.. U16(1), .. U16((ushort)(8 * values.Length)), .. values.SelectMany(U64)];

    internal static byte[] U16(ushort value) => BitConverter.GetBytes(value);

    internal static byte[] U32(uint value) => BitConverter.GetBytes(value);

    internal static byte[] U64(long value) => BitConverter.GetBytes(value);

    internal static uint Crc(ReadOnlySpan<byte> bytes) => FileBytes.Crc(bytes.ToArray());
}
