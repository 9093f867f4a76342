using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Protobuf;

/// <summary>
/// Walks the fields of one protobuf message (protobuf.dev/programming-guides/encoding) in a stretch of a file. A message inside it is another walk over the same
/// fields; this one goes on after it, wherever the other stopped.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly FieldReader _fields;
    private readonly long _end;
    private long _next;

    /// <param name="fields">What is read from.</param>
    /// <param name="start">The message's first byte.</param>
    /// <param name="end">Where it ends.</param>
    internal ProtoMessage(FieldReader fields, long start, long end) => (_fields, _next, _end) = (fields, start, end);

    /// <summary>The field's number.</summary>
    internal int Field { get; private set; }

    /// <summary>Whether the field has a length: text, bytes, a message, packed numbers.</summary>
    internal bool HasLength { get; private set; }

    /// <summary>A number's bits, when the field is one.</summary>
    internal ulong Number { get; private set; }

    /// <summary>Where the content of a field with a length begins.</summary>
    internal long Start { get; private set; }

    /// <summary>Its length.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Goes to the next field; false at the message's end.</summary>
    /// <exception cref="InvalidDataException">The bytes are no field, or the field reaches past the message's end.</exception>
    internal bool Next()
    {
        if (_next >= _end)
        {
            return false;
        }

        _fields.Seek(_next);
        Bytes = 0;
        var tag = Varint();
        if (tag >> 3 is 0 or > (1 << 29) - 1)
        {
            throw new InvalidDataException($"at byte {_next} there is no field where one should be.");
        }

        Field = (int)(tag >> 3);
        HasLength = (tag & 7) == 2;
        Number = (tag & 7) switch
        {
            0 => Varint(),
            1 => _fields.U64(),
            2 => Length(),
            5 => _fields.U32(),
            _ => throw new InvalidDataException($"at byte {_next} field {Field} is of a kind that is not written any more."),
        };
        if (_fields.Position > _end)
        {
            throw new InvalidDataException($"at byte {_next} field {Field} goes past its message's end.");
        }

        _next = _fields.Position + Bytes;
        return true;
    }

    /// <summary>The message that the field holds.</summary>
    internal ProtoMessage Message() => HasLength ? new ProtoMessage(_fields, Start, Start + Bytes) : throw new InvalidDataException($"field {Field} should be a message, and is a number.");

    /// <summary>The text that the field holds.</summary>
    internal string Text(int maxBytes = 4096)
    {
        if (!HasLength || Bytes > maxBytes)
        {
            throw new InvalidDataException($"field {Field} should be a text of at most {maxBytes} bytes, and has {Bytes}.");
        }

        _fields.Seek(Start);
        return _fields.Text((ulong)Bytes);
    }

    /// <summary>The whole numbers that the field holds: one, or several packed.</summary>
    internal IEnumerable<long> Numbers()
    {
        if (!HasLength)
        {
            yield return (long)Number;
            yield break;
        }

        var end = Start + Bytes;
        for (var at = Start; at < end; at = _fields.Position)
        {
            _fields.Seek(at);
            yield return (long)Varint();
        }

        if (_fields.Position > end)
        {
            throw new InvalidDataException($"the numbers of field {Field} go past its end.");
        }
    }

    private ulong Length()
    {
        var bytes = Varint();
        (Start, Bytes) = (_fields.Position, (long)Math.Min(bytes, long.MaxValue));
        if (Bytes > _end - Start)
        {
            throw new InvalidDataException($"at byte {_next} field {Field} claims {bytes} bytes, and {Math.Max(0, _end - Start)} are there: it was cut short, or a length is wrong.");
        }

        return bytes;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = _fields.U8();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException($"a number before byte {_fields.Position} is longer than 64 bits.");
    }
}
