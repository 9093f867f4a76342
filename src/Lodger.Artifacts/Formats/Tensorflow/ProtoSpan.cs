using System.Buffers.Binary;

namespace Lodger.Artifacts.Formats.Tensorflow;

/// <summary>The fields of a small protobuf message that is in memory already.</summary>
internal static class ProtoSpan
{
    /// <summary>Takes the next field off the message; false at its end.</summary>
    internal static bool Next(ref ReadOnlySpan<byte> message, out int field, out ulong number, out ReadOnlySpan<byte> content)
    {
        (field, number) = (0, 0);
        content = default;
        if (message.IsEmpty)
        {
            return false;
        }

        var tag = TableBlock.Varint(ref message);
        field = (int)Math.Min(tag >> 3, int.MaxValue);
        switch (tag & 7)
        {
            case 0:
                number = TableBlock.Varint(ref message);
                return true;
            case 1:
                number = BinaryPrimitives.ReadUInt64LittleEndian(Take(ref message, 8));
                return true;
            case 2:
                content = Take(ref message, TableBlock.Varint(ref message));
                return true;
            case 5:
                number = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref message, 4));
                return true;
            default:
                throw new InvalidDataException("a message in the index has a field of a kind that is not written any more.");
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> message, ulong bytes)
    {
        if (bytes > (ulong)message.Length)
        {
            throw new InvalidDataException("a message in the index is shorter than its fields say.");
        }

        var taken = message[..(int)bytes];
        message = message[(int)bytes..];
        return taken;
    }
}
