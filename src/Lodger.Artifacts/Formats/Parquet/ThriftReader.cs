namespace Lodger.Artifacts.Formats.Parquet;

/// <summary>
/// Thrift's compact protocol (apache/thrift, doc/specs/thrift-compact-protocol.md), as Parquet's footer and page headers use it. Fields are walked, not bound to a schema;
/// nesting is bounded.
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> text)
{
    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Bytes read.</summary>
    internal int Position { get; private set; }

    internal readonly int Remaining => _text.Length - Position;

    /// <summary>The next field of a struct; false at its end.</summary>
    /// <param name="id">The id of the field before it, 0 at the start; the field's own afterwards.</param>
    /// <param name="type">The field's type.</param>
    internal bool NextField(ref int id, out int type)
    {
        var head = Byte();
        type = head & 0x0F;
        if (type == 0)
        {
            return false;
        }

        var delta = head >> 4;
        id = delta == 0 ? (int)Math.Clamp(ZigZag(), short.MinValue, short.MaxValue) : id + delta;
        return true;
    }

    internal long ZigZag()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A list's length and the type of its items. Every item takes a byte at least, so the length is held to what is left.</summary>
    internal int List(out int type)
    {
        var head = Byte();
        type = head & 0x0F;
        var count = head >> 4 == 15 ? Varint() : (ulong)(head >> 4);
        return count <= (ulong)Remaining ? (int)count : throw new InvalidDataException($"a list claims {count} items, and {Remaining} bytes are left.");
    }

    internal ReadOnlySpan<byte> Binary() => Take(Varint());

    internal void Skip(int type) => Skip(type, depth: 0);

    private void Skip(int type, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"structures are nested deeper than {MaxDepth}.");
        }

        switch (type)
        {
            case 1 or 2:
                return; // true, false: the type is the value
            case 3:
                Take(1);
                return;
            case 4 or 5 or 6:
                Varint();
                return;
            case 7:
                Take(8);
                return;
            case 8:
                Binary();
                return;
            case 9 or 10:
                SkipItems(List(out var itemType), itemType, depth);
                return;
            case 11:
                SkipMap(depth);
                return;
            case 12:
                for (var id = 0; NextField(ref id, out var fieldType);)
                {
                    Skip(fieldType, depth + 1);
                }

                return;
            case 13:
                Take(16);
                return;
            default:
                throw new InvalidDataException($"at byte {Position} of its metadata there is no field.");
        }
    }

    private void SkipItems(int count, int type, int depth)
    {
        for (var i = 0; i < count; i++)
        {
            // in a list a truth value has a byte of its own
            Skip(type is 1 or 2 ? 3 : type, depth + 1);
        }
    }

    private void SkipMap(int depth)
    {
        var count = Varint();
        if (count == 0)
        {
            return;
        }

        var types = Byte();
        if (count > (ulong)Remaining)
        {
            throw new InvalidDataException($"a map claims {count} entries, and {Remaining} bytes are left.");
        }

        for (ulong i = 0; i < count; i++)
        {
            SkipItems(1, types >> 4, depth);
            SkipItems(1, types & 0x0F, depth);
        }
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number in its metadata is longer than 64 bits.");
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(ulong bytes)
    {
        if (bytes > (ulong)Remaining)
        {
            throw new InvalidDataException($"its metadata ends at byte {_text.Length} in the middle of a value.");
        }

        var taken = _text.Slice(Position, (int)bytes);
        Position += (int)bytes;
        return taken;
    }
}
