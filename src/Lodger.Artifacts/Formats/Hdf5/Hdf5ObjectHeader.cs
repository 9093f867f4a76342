namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>A message of an object header.</summary>
/// <param name="Type">Its number in the specification, IV.A.2.</param>
/// <param name="Start">Offset of its content in the file.</param>
/// <param name="Bytes">The content's length.</param>
/// <param name="IsShared">The content is a reference to a message elsewhere.</param>
internal readonly record struct Hdf5Message(int Type, long Start, int Bytes, bool IsShared);

/// <summary>Reads an object's header, versions 1 and 2, with its continuations (specification, IV.A.1).</summary>
internal static class Hdf5ObjectHeader
{
    private const int MaxMessages = 100_000;
    private const int MaxBlocks = 1000;
    private const int Continuation = 0x10;

    /// <exception cref="InvalidDataException">It is no header, or reaches where it cannot.</exception>
    internal static List<Hdf5Message> Read(Hdf5File file, ulong address)
    {
        var fields = file.Fields;
        fields.Seek(file.Offset(address));
        var first = fields.U8();
        if (first == 1)
        {
            return ReadOld(file);
        }

        fields.Seek(file.Offset(address));
        return fields.Take(4).SequenceEqual("OHDR"u8) ? ReadNew(file, file.Offset(address)) : throw new InvalidDataException($"at address {address} there is no object header.");
    }

    private static List<Hdf5Message> ReadOld(Hdf5File file)
    {
        var fields = file.Fields;
        fields.Skip(1 + 2 + 4); // reserved, message count, reference count
        var bytes = fields.U32();
        fields.Skip(4);
        var messages = new List<Hdf5Message>();
        var blocks = new Queue<(long Start, long Bytes)>([(fields.Position, bytes)]);
        for (var read = 0; blocks.TryDequeue(out var block); read++)
        {
            Limit(read, messages);
            for (var at = block.Start; at + 8 <= block.Start + block.Bytes;)
            {
                fields.Seek(at);
                var (type, length, flags) = (fields.U16(), fields.U16(), fields.U8());
                Take(file, messages, blocks, new Hdf5Message(type, at + 8, length, (flags & 2) != 0), block.Start + block.Bytes);
                at += 8 + length;
            }
        }

        return messages;
    }

    private static List<Hdf5Message> ReadNew(Hdf5File file, long start)
    {
        var fields = file.Fields;
        var version = fields.U8();
        var flags = fields.U8();
        if (version != 2)
        {
            throw new InvalidDataException($"an object header of version {version} at byte {start}.");
        }

        fields.Skip(((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0));
        long bytes = (flags & 3) switch
        {
            0 => fields.U8(),
            1 => fields.U16(),
            2 => fields.U32(),
            _ => (long)Math.Min(fields.U64(), long.MaxValue),
        };
        var content = fields.Position;
        Lookup3.Expect(fields, start, content - start + Math.Min(bytes, int.MaxValue), "an object header");
        var messages = new List<Hdf5Message>();
        var blocks = new Queue<(long Start, long Bytes)>();
        TakeNew(file, messages, blocks, content, bytes, flags);
        for (var read = 1; blocks.TryDequeue(out var block); read++)
        {
            Limit(read, messages);
            fields.Seek(block.Start);
            if (block.Bytes < 8 || !fields.Take(4).SequenceEqual("OCHK"u8))
            {
                throw new InvalidDataException($"at byte {block.Start} an object header should go on, and does not.");
            }

            Lookup3.Expect(fields, block.Start, block.Bytes - 4, "an object header's continuation");
            TakeNew(file, messages, blocks, block.Start + 4, block.Bytes - 8, flags);
        }

        return messages;
    }

    private static void TakeNew(Hdf5File file, List<Hdf5Message> messages, Queue<(long Start, long Bytes)> blocks, long start, long bytes, byte headerFlags)
    {
        var fields = file.Fields;
        var frame = (headerFlags & 4) != 0 ? 6 : 4;
        for (var at = start; at + frame <= start + bytes;)
        {
            fields.Seek(at);
            var (type, length, flags) = (fields.U8(), fields.U16(), fields.U8());
            Take(file, messages, blocks, new Hdf5Message(type, at + frame, length, (flags & 2) != 0), start + bytes);
            at += frame + length;
        }
    }

    private static void Take(Hdf5File file, List<Hdf5Message> messages, Queue<(long Start, long Bytes)> blocks, Hdf5Message message, long end)
    {
        file.Step();
        Limit(blocks.Count, messages);
        if (message.Start + message.Bytes > end)
        {
            throw new InvalidDataException($"a message of {message.Bytes} bytes at byte {message.Start} reaches past its header's end at {end}.");
        }

        if (message.Type != Continuation)
        {
            messages.Add(message);
            return;
        }

        file.Fields.Seek(message.Start);
        var (address, bytes) = (file.Fields.U64(), file.Fields.U64());
        var offset = file.Offset(address);
        if (bytes > (ulong)(file.Fields.End - offset))
        {
            throw new InvalidDataException($"an object header goes on at byte {offset} for {bytes} bytes, past the file's end.");
        }

        blocks.Enqueue((offset, (long)bytes));
    }

    private static void Limit(int blocks, List<Hdf5Message> messages)
    {
        if (blocks > MaxBlocks || messages.Count > MaxMessages)
        {
            throw new InvalidDataException($"an object header has more than {MaxBlocks} parts or {MaxMessages} messages.");
        }
    }
}
