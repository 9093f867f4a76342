using System.Numerics;
using System.Text;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Puts an HDF5 file together by the HDF5 File Format Specification 3.0, one structure behind another.</summary>
/// <param name="version">The superblock's.</param>
/// <param name="userBlock">Bytes that are not HDF5's before it; addresses count from its end.</param>
internal sealed class Hdf5Bytes(int version = 0, int userBlock = 0)
{
    internal const long Undefined = -1;

    private readonly List<byte> _content = [.. new byte[version switch { 0 => 96, 1 => 100, _ => 48 }]];

    internal long Next => _content.Count;

    /// <summary>Adds a structure; gives its address.</summary>
    internal long Put(byte[] bytes)
    {
        var address = Next;
        _content.AddRange([.. bytes, .. new byte[(8 - (bytes.Length % 8)) % 8]]);
        return address;
    }

    /// <summary>A group in the old form: a tree of one symbol node, a heap of names. A negative address is a symbolic link's.</summary>
    internal long Group(params (string Name, long Address)[] links)
    {
        var (heap, offsets) = (new List<byte>(new byte[8]), new List<long>());
        foreach (var (name, _) in links)
        {
            offsets.Add(heap.Count);
            heap.AddRange([.. Encoding.UTF8.GetBytes(name), 0]);
        }

        var node = Put(Symbols([.. links.Select((link, i) => (offsets[i], link.Address))]));
        return Put(Old(Table(Put(Tree(0, 0, node)), Put(Heap(heap.Count, Put([.. heap]))))));
    }

    internal byte[] File(long root)
    {
        var end = _content.Count + userBlock;
        byte[] block = [0x89, .. "HDF\r\n\x1A\n"u8, (byte)version];
        block = version <= 1
            ? [.. block, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0, .. new byte[version * 4], .. U64(userBlock), .. U64(Undefined), .. U64(end), .. U64(Undefined), .. U64(0), .. U64(root)]
            : Summed([.. block, 8, 8, 0, .. U64(userBlock), .. U64(Undefined), .. U64(end), .. U64(root)]);
        return [.. new byte[userBlock], .. block, .. _content[block.Length..]];
    }

    internal static byte[] Summed(byte[] structure) => [.. structure, .. U32(Hash(structure))];

    internal static byte[] Symbols(params (long Name, long Address)[] links) =>
        [.. "SNOD"u8, 1, 0, .. U16(links.Length), .. Join(links.Select(link => (byte[])[.. U64(link.Name), .. U64(link.Address), .. U32(link.Address < 0 ? 2 : 0), .. new byte[20]]))];

    /// <summary>A node of a group's tree.</summary>
    internal static byte[] Tree(byte type, byte level, params long[] children) =>
        [.. "TREE"u8, type, level, .. U16(children.Length), .. U64(Undefined), .. U64(Undefined), .. U64(0), .. Join(children.Select(child => (byte[])[.. U64(child), .. U64(0)]))];

    /// <summary>A node of a tree of chunks.</summary>
    /// <param name="dimensions">The element's too.</param>
    internal static byte[] Chunks(byte level, int dimensions, params (long Bytes, long Address)[] chunks) =>
        [.. "TREE"u8, 1, level, .. U16(chunks.Length), .. U64(Undefined), .. U64(Undefined), .. Join(chunks.Select(chunk => (byte[])[.. U32(chunk.Bytes), .. U32(0), .. new byte[8 * dimensions], .. U64(chunk.Address)]))];

    internal static byte[] Heap(long bytes, long address) => [.. "HEAP"u8, 0, 0, 0, 0, .. U64(bytes), .. U64(Undefined), .. U64(address)];

    internal static (int Type, byte[] Content) Table(long tree, long heap) => (0x11, [.. U64(tree), .. U64(heap)]);

    internal static (int Type, byte[] Content) Continues(long address, long bytes) => (0x10, [.. U64(address), .. U64(bytes)]);

    internal static (int Type, byte[] Content) Space(params long[] sizes) => (1, [1, (byte)sizes.Length, 0, 0, 0, 0, 0, 0, .. Join(sizes.Select(U64))]);

    /// <param name="kind">0 for a single value, 1 for sizes, 2 for nothing at all.</param>
    internal static (int Type, byte[] Content) NewSpace(byte kind, params long[] sizes) => (1, [2, (byte)sizes.Length, 0, kind, .. Join(sizes.Select(U64))]);

    internal static (int Type, byte[] Content) OfType(int kind, int bytes, int bits = 0, params byte[] more) => (3, [(byte)(0x10 | kind), .. U32(bits)[..3], .. U32(bytes), .. more]);

    internal static (int Type, byte[] Content) Float32 { get; } = OfType(1, 4);

    internal static (int Type, byte[] Content) Compact(params byte[] values) => (8, [3, 0, .. U16(values.Length), .. values]);

    internal static (int Type, byte[] Content) Contiguous(long address, long bytes, byte version = 3) => (8, [version, 1, .. U64(address), .. U64(bytes)]);

    /// <param name="dimensions">The element's too.</param>
    internal static (int Type, byte[] Content) Chunked(int dimensions, long tree) => (8, [3, 2, (byte)dimensions, .. U64(tree), .. new byte[4 * dimensions]]);

    /// <summary>A layout of version 4 with chunks.</summary>
    internal static (int Type, byte[] Content) NewChunked(byte flags, byte sizeBytes, int[] sizes, byte index, byte[] settings, long address) =>
        (8, [4, 2, flags, (byte)sizes.Length, sizeBytes, .. Join(sizes.Select(size => U64(size)[..sizeBytes])), index, .. settings, .. U64(address)]);

    /// <summary>A hard link in the new form; the flags say which parts it has.</summary>
    internal static (int Type, byte[] Content) Link(string name, long address, byte flags = 0, byte type = 0)
    {
        byte[] head = [1, flags, .. (flags & 8) != 0 ? new[] { type } : [], .. (flags & 4) != 0 ? U64(7) : [], .. (flags & 16) != 0 ? new byte[1] : []];
        return (6, [.. head, .. U64(Encoding.UTF8.GetByteCount(name))[..(1 << (flags & 3))], .. Encoding.UTF8.GetBytes(name), .. U64(address)]);
    }

    internal static (int Type, byte[] Content) LinkInfo(long dense, byte flags = 0) => (2, [0, flags, .. (flags & 1) != 0 ? U64(3) : [], .. U64(dense), .. U64(Undefined)]);

    internal static byte[] OldMessages(params (int Type, byte[] Content)[] messages) =>
        Join(messages.Select(message => (byte[])[.. U16(message.Type & 0xFF), .. U16(message.Content.Length), (byte)(message.Type >> 8), 0, 0, 0, .. message.Content]));

    /// <summary>An object header of version 1. A message's flags are its type's second byte.</summary>
    internal static byte[] Old(params (int Type, byte[] Content)[] messages)
    {
        var content = OldMessages(messages);
        return [1, 0, .. U16(messages.Length), .. U32(1), .. U32(content.Length), 0, 0, 0, 0, .. content];
    }

    internal static byte[] NewMessages(int flags, params (int Type, byte[] Content)[] messages) => Join(messages.Select(
        message => (byte[])[(byte)message.Type, .. U16(message.Content.Length), (byte)(message.Type >> 8), .. (flags & 4) != 0 ? U16(0) : [], .. message.Content]));

    /// <summary>An object header of version 2.</summary>
    internal static byte[] New(int flags, params (int Type, byte[] Content)[] messages)
    {
        var content = NewMessages(flags, messages);
        byte[] head = [.. "OHDR"u8, 2, (byte)flags, .. new byte[((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0)], .. U64(content.Length)[..(1 << (flags & 3))]];
        return Summed([.. head, .. content]);
    }

    /// <summary>Bob Jenkins' lookup3, hashlittle() with 0 to begin with.</summary>
    internal static uint Hash(byte[] key)
    {
        uint a, b, c;
        a = b = c = 0xDEADBEEF + (uint)key.Length;
        var words = new uint[((Math.Max(key.Length, 1) + 11) / 12) * 3];
        for (var i = 0; i < key.Length; i++)
        {
            words[i / 4] |= (uint)key[i] << (8 * (i % 4));
        }

        if (key.Length == 0)
        {
            return c;
        }

        for (var at = 0; ; at += 3)
        {
            (a, b, c) = (a + words[at], b + words[at + 1], c + words[at + 2]);
            if (at + 3 == words.Length)
            {
                break;
            }

            foreach (var turn in (int[])[4, 6, 8, 16, 19, 4])
            {
                // mix(): a, b and c change places after each step
                a = (a - c) ^ BitOperations.RotateLeft(c, turn);
                c += b;
                (a, b, c) = (b, c, a);
            }
        }

        foreach (var turn in (int[])[14, 11, 25, 16, 4, 14, 24])
        {
            // final()
            c = (c ^ b) - BitOperations.RotateLeft(b, turn);
            (a, b, c) = (b, c, a);
        }

        return b;
    }
}
