using System.Text;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>What a group links to: a symbol table (B-tree, heap) or link messages. Links in the dense form of newer files are not walked.</summary>
internal static class Hdf5Groups
{
    private const int MaxTreeDepth = 32;
    private const int MaxNameBytes = 4096;
    private const int SymbolBytes = 40;

    /// <summary>Gives each hard link's name and the address it leads to. False when the group keeps its links in the dense form.</summary>
    internal static bool Each(Hdf5File file, IReadOnlyList<Hdf5Message> messages, Action<string, ulong> take)
    {
        var fields = file.Fields;
        var walked = true;
        foreach (var message in messages)
        {
            fields.Seek(message.Start);
            switch (message.Type)
            {
                case 0x11: // symbol table
                    var (tree, heap) = (fields.U64(), fields.U64());
                    Tree(file, tree, HeapData(file, heap), MaxTreeDepth, take);
                    break;
                case 0x06:
                    Link(fields, take);
                    break;
                case 0x02: // link info: where the dense form is, if there is one
                    fields.Skip(1);
                    fields.Skip((fields.U8() & 1) != 0 ? 8 : 0);
                    walked &= fields.U64() == Hdf5File.Undefined;
                    break;
                default:
                    break;
            }
        }

        return walked;
    }

    internal static bool IsGroup(Hdf5Message message) => message.Type is 0x11 or 0x02 or 0x06;

    private static (long Offset, long Bytes) HeapData(Hdf5File file, ulong address)
    {
        file.Seek(address, "HEAP"u8);
        var fields = file.Fields;
        fields.Skip(4);
        var bytes = fields.U64();
        fields.Skip(8);
        var offset = file.Offset(fields.U64());
        return bytes <= (ulong)(fields.End - offset) ? (offset, (long)bytes) : throw new InvalidDataException($"a heap of names claims {bytes} bytes at byte {offset}, past the file's end.");
    }

    private static void Tree(Hdf5File file, ulong address, (long Offset, long Bytes) names, int depth, Action<string, ulong> take)
    {
        file.Seek(address, "TREE"u8);
        var fields = file.Fields;
        var (type, level, entries) = (fields.U8(), fields.U8(), fields.U16());
        if (type != 0 || level >= depth)
        {
            throw new InvalidDataException($"the tree node at address {address} is of another kind or level than it must be.");
        }

        var children = fields.Position + 16 + 8;
        for (var i = 0; i < entries; i++)
        {
            file.Step();
            fields.Seek(children + (i * 16L));
            var child = fields.U64();
            if (level > 0)
            {
                Tree(file, child, names, level, take); // a child's level must be lower: no loop
            }
            else
            {
                Symbols(file, child, names, take);
            }
        }
    }

    private static void Symbols(Hdf5File file, ulong address, (long Offset, long Bytes) names, Action<string, ulong> take)
    {
        file.Seek(address, "SNOD"u8);
        var fields = file.Fields;
        fields.Skip(2);
        var count = fields.U16();
        var first = fields.Position;
        for (var i = 0; i < count; i++)
        {
            file.Step();
            fields.Seek(first + ((long)i * SymbolBytes));
            var (name, header, cache) = (fields.U64(), fields.U64(), fields.U32());
            if (cache == 2)
            {
                continue; // a symbolic link
            }

            take(NameAt(file, names, name), header);
        }
    }

    private static string NameAt(Hdf5File file, (long Offset, long Bytes) names, ulong at)
    {
        if (at >= (ulong)names.Bytes)
        {
            throw new InvalidDataException($"a name lies at {at} in a heap of {names.Bytes} bytes.");
        }

        var fields = file.Fields;
        fields.Seek(names.Offset + (long)at);
        var text = fields.Take((int)Math.Min(names.Bytes - (long)at, MaxNameBytes));
        var end = text.IndexOf((byte)0);
        if (end < 0)
        {
            throw new InvalidDataException("a name has no end.");
        }

        file.Step(end / 8);
        return Encoding.UTF8.GetString(text[..end]);
    }

    private static void Link(FieldReader fields, Action<string, ulong> take)
    {
        fields.Skip(1);
        var flags = fields.U8();
        var type = (flags & 8) != 0 ? fields.U8() : 0;
        fields.Skip(((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0));
        var bytes = (flags & 3) switch
        {
            0 => fields.U8(),
            1 => fields.U16(),
            2 => fields.U32(),
            _ => fields.U64(),
        };
        var name = bytes <= MaxNameBytes ? fields.Text(bytes) : throw new InvalidDataException($"a link's name claims {bytes} bytes.");
        if (type == 0)
        {
            take(name, fields.U64());
        }
    }
}
