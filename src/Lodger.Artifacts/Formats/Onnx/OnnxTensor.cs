using Lodger.Artifacts.Formats.Protobuf;

namespace Lodger.Artifacts.Formats.Onnx;

/// <summary>One TensorProto, as far as it must be known to see that its values are all there.</summary>
internal sealed class OnnxTensor
{
    // ONNX names none; NumPy's limit
    private const int MaxDimensions = 64;

    private readonly List<long> _shape = [];
    private readonly Dictionary<string, string> _external = new(StringComparer.Ordinal);
    private long _type;
    private long? _typedValues;
    private bool _isExternal;

    private OnnxTensor()
    {
    }

    internal string Name { get; private set; } = string.Empty;

    internal string Shown => PrintableText.Of(Name.Length == 0 ? "(without a name)" : Name, 100);

    internal IReadOnlyList<long> Shape => _shape;

    /// <summary>Null when this version does not know it.</summary>
    internal OnnxType? Type => OnnxType.Of(_type);

    internal long TypeNumber => _type;

    /// <summary>Where its raw values begin in this file; null when they are elsewhere or typed.</summary>
    internal long? RawStart { get; private set; }

    internal long RawBytes { get; private set; }

    internal long Elements { get; private set; }

    /// <summary>Where its values are in another file; null when they are in this one.</summary>
    internal OnnxExternal? External { get; private set; }

    /// <exception cref="InvalidDataException">It is not whole, or contradicts itself.</exception>
    internal static OnnxTensor Read(ProtoMessage message)
    {
        var tensor = new OnnxTensor();
        while (message.Next())
        {
            tensor.Take(message);
        }

        tensor.Check();
        return tensor;
    }

    private void Take(ProtoMessage message)
    {
        switch (message.Field)
        {
            case 1:
                _shape.AddRange(message.Numbers().Take(MaxDimensions + 1));
                break;
            case 2:
                _type = (long)message.Number;
                break;
            case 4 or 10:
                CountValues(message.HasLength ? message.Bytes / (message.Field == 4 ? 4 : 8) : 1);
                break;
            case 5 or 7 or 11:
                CountValues(message.Numbers().LongCount());
                break;
            case 6:
                CountValues(1);
                break;
            case 8:
                Name = message.Text();
                break;
            case 9 when message.HasLength:
                (RawStart, RawBytes) = (message.Start, message.Bytes);
                break;
            case 13:
                TakeExternal(message.Message());
                break;
            case 14:
                _isExternal = message.Number == 1;
                break;
            default:
                break; // documentation, and what later versions add
        }
    }

    private void CountValues(long more) => _typedValues = _typedValues.GetValueOrDefault() + more;

    private void TakeExternal(ProtoMessage entry)
    {
        var (key, value) = (string.Empty, string.Empty);
        while (entry.Next())
        {
            if (entry.Field == 1)
            {
                key = entry.Text();
            }
            else if (entry.Field == 2)
            {
                value = entry.Text();
            }
        }

        if (_external.Count < 16)
        {
            _external[key] = value;
        }
    }

    private void Check()
    {
        if (_shape.Count > MaxDimensions || Binary.Shape.Elements(_shape) is not { } elements)
        {
            throw new InvalidDataException($"tensor \"{Shown}\" has a shape that cannot exist.");
        }

        Elements = elements;
        if (Type is not { } type)
        {
            return;
        }

        var due = type.BytesOf(elements) ?? throw new InvalidDataException($"tensor \"{Shown}\" is larger than any file.");
        if (_isExternal)
        {
            External = OnnxExternal.Of(_external, due, Shown);
        }
        else if (RawStart is not null)
        {
            ExpectBytes(due);
        }
        else if (ValuesDue(type, elements) is { } values && values != _typedValues.GetValueOrDefault())
        {
            throw new InvalidDataException($"tensor \"{Shown}\": its shape makes {values} values, and {_typedValues.GetValueOrDefault()} are there.");
        }
    }

    private void ExpectBytes(long due)
    {
        if (due != RawBytes)
        {
            throw new InvalidDataException($"tensor \"{Shown}\": {due} bytes promised by its shape and type, {RawBytes} there.");
        }
    }

    /// <summary>Entries of the typed lists; null where two readings of the format exist (several small values in one number).</summary>
    private static long? ValuesDue(OnnxType type, long elements) => type.Bits switch
    {
        4 => null,
        _ when type.Name.StartsWith("complex", StringComparison.Ordinal) => (long)Int128.Min((Int128)elements * 2, long.MaxValue),
        _ => elements,
    };
}
