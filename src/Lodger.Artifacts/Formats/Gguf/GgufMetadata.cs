using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Gguf;

/// <summary>Steps over the key-value pairs of a GGUF header and keeps the few that matter here.</summary>
internal sealed class GgufMetadata(FieldReader fields)
{
    private const int MaxKeyBytes = 65535; // the specification's limit
    private const uint Text = 8;
    private const uint Array = 9;
    private const int MaxArrayDepth = 8;

    /// <summary>general.alignment: what tensors' offsets are multiples of.</summary>
    internal long Alignment { get; private set; } = 32;

    /// <summary>general.architecture; null when it is not said.</summary>
    internal string? Architecture { get; private set; }

    /// <summary>The number of optimizer steps that llama.cpp's training writes; null when it is not said.</summary>
    internal long? Step { get; private set; }

    /// <exception cref="InvalidDataException">A pair is not whole.</exception>
    internal void ReadPair()
    {
        var keyBytes = fields.U64();
        if (keyBytes is 0 or > MaxKeyBytes)
        {
            throw new InvalidDataException($"a metadata key claims {keyBytes} bytes, and 1 to {MaxKeyBytes} are allowed.");
        }

        var key = fields.Text(keyBytes);
        try
        {
            ReadValue(key, fields.U32());
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"metadata \"{PrintableText.Of(key, 60)}\": {e.Message}", e);
        }
    }

    private void ReadValue(string key, uint type)
    {
        switch (key)
        {
            case "general.alignment" when type == 4:
                Alignment = fields.U32();
                if (Alignment is 0 or > 1 << 20 || (Alignment & (Alignment - 1)) != 0)
                {
                    throw new InvalidDataException($"{Alignment} is no alignment.");
                }

                break;
            case "general.architecture" when type == Text && fields.U64() is var bytes:
                Architecture = bytes <= 100 ? fields.Text(bytes) : throw new InvalidDataException($"an architecture's name of {bytes} bytes.");
                break;
            case "training.iteration_count" or "optimizer.iteration_count" when type is 4 or 5:
                Step = fields.U32();
                break;
            default:
                Skip(type, depth: 0);
                break;
        }
    }

    private void Skip(uint type, int depth)
    {
        if (FixedBytes(type) is { } bytes)
        {
            fields.Skip(bytes);
        }
        else if (type == Text)
        {
            fields.Skip(Count(fields.U64(), 1));
        }
        else if (type == Array && depth < MaxArrayDepth)
        {
            var itemType = fields.U32();
            var items = fields.U64();
            if (FixedBytes(itemType) is { } itemBytes)
            {
                fields.Skip(Count(items, itemBytes));
                return;
            }

            // each item takes its length field at least, so the file's size bounds the loop
            for (var left = Count(items, 8) / 8; left > 0; left--)
            {
                Skip(itemType, depth + 1);
            }
        }
        else
        {
            throw new InvalidDataException($"{type} is no type of value, or arrays are nested deeper than {MaxArrayDepth}.");
        }
    }

    private long Count(ulong items, int itemBytes) =>
        items <= (ulong)(fields.Remaining / itemBytes) ? (long)items * itemBytes
        : throw new InvalidDataException($"it claims {items} items, and {fields.Remaining} bytes are left: it was cut short, or the count is wrong.");

    private static int? FixedBytes(uint type) => type switch
    {
        0 or 1 or 7 => 1,
        2 or 3 => 2,
        4 or 5 or 6 => 4,
        10 or 11 or 12 => 8,
        _ => null,
    };
}
