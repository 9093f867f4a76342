using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>The chunks of a dataset: each must lie in the file. What is in them is not unpacked.</summary>
internal static class Hdf5Chunks
{
    private const int MaxDimensions = 33; // 32, and the element
    private const int MaxTreeDepth = 32;

    /// <summary>Walks the index of the layout message that the reader stands in. Gives why it was not walked, null when it was.</summary>
    internal static string? Walk(Hdf5File file, string name, int version) => version == 3 ? WalkTree(file, name) : WalkNewer(file, name);

    private static string? WalkTree(Hdf5File file, string name)
    {
        var fields = file.Fields;
        var dimensions = fields.U8();
        var address = fields.U64();
        if (dimensions is 0 or > MaxDimensions)
        {
            throw new InvalidDataException($"its chunks claim {dimensions} dimensions.");
        }

        if (address != Hdf5File.Undefined)
        {
            Node(file, $"{name}, a chunk", address, dimensions, MaxTreeDepth);
        }

        return null;
    }

    private static void Node(Hdf5File file, string name, ulong address, int dimensions, int depth)
    {
        file.Seek(address, "TREE"u8);
        var fields = file.Fields;
        var (type, level, entries) = (fields.U8(), fields.U8(), fields.U16());
        if (type != 1 || level >= depth)
        {
            throw new InvalidDataException($"the tree node at address {address} is of another kind or level than it must be.");
        }

        var entryBytes = 8 + (8L * dimensions) + 8;
        var first = fields.Position + 16;
        for (var i = 0; i < entries; i++)
        {
            file.Step();
            fields.Seek(first + (i * entryBytes));
            var bytes = fields.U32();
            fields.Skip(4 + (8L * dimensions));
            var child = fields.U64();
            if (level > 0)
            {
                Node(file, name, child, dimensions, level); // a child's level must be lower: no loop
            }
            else
            {
                file.Claim(name, child, bytes);
            }
        }
    }

    /// <summary>Layout version 4: a single chunk and chunks in a row are looked at; of the other indexes only that they are inside the file.</summary>
    private static string? WalkNewer(Hdf5File file, string name)
    {
        var fields = file.Fields;
        var (flags, dimensions, sizeBytes) = (fields.U8(), fields.U8(), fields.U8());
        if (dimensions is 0 or > MaxDimensions || sizeBytes is 0 or > 8)
        {
            throw new InvalidDataException($"its chunks claim {dimensions} dimensions of {sizeBytes}-byte sizes.");
        }

        var sizes = Enumerable.Range(0, dimensions).Select(_ => Number(fields, sizeBytes)).ToList(); // the last is the element's
        var chunkBytes = Shape.Elements(sizes) ?? throw new InvalidDataException("its chunks are larger than any file.");
        var index = fields.U8();
        long? packed = null;
        if (index == 1 && (flags & 2) != 0)
        {
            packed = (long)Math.Min(fields.U64(), long.MaxValue);
            fields.Skip(4);
        }

        fields.Skip(index switch
        {
            3 => 1,
            4 => 5,
            5 => 6,
            _ => 0,
        });
        var address = fields.U64();
        if (address == Hdf5File.Undefined)
        {
            return null; // nothing was written
        }

        if (index != 1)
        {
            _ = file.Offset(address);
            return "its chunks are listed in a newer kind of index";
        }

        file.Claim(name, address, packed ?? chunkBytes);
        return null;
    }

    private static long Number(FieldReader fields, int bytes)
    {
        long value = 0;
        for (var i = 0; i < bytes; i++)
        {
            value |= (long)fields.U8() << (8 * i);
        }

        return value;
    }
}
