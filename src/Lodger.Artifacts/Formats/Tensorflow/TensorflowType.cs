namespace Lodger.Artifacts.Formats.Tensorflow;

/// <summary>TensorFlow's element types (tensorflow/core/framework/types.proto) in PyTorch's words, with their sizes.</summary>
internal static class TensorflowType
{
    private const int Text = 7;
    private const int Resource = 20;
    private const int Variant = 21;

    /// <summary>Values of these have no fixed size, and their checksum is not that of their bytes.</summary>
    internal static bool IsVariable(long number) => number is Text or Resource or Variant;

    /// <summary>The name, and bytes of one element (0 when it has no fixed size); null for a number this version does not know.</summary>
    internal static (string Name, int Bytes)? Of(long number) => number switch
    {
        1 => ("float32", 4),
        2 => ("float64", 8),
        3 => ("int32", 4),
        4 => ("uint8", 1),
        5 => ("int16", 2),
        6 => ("int8", 1),
        Text => ("string", 0),
        8 => ("complex64", 8),
        9 => ("int64", 8),
        10 => ("bool", 1),
        11 => ("qint8", 1),
        12 => ("quint8", 1),
        13 => ("qint32", 4),
        14 => ("bfloat16", 2),
        15 or 16 => ("qint16", 2),
        17 => ("uint16", 2),
        18 => ("complex128", 16),
        19 => ("float16", 2),
        Resource => ("resource", 0),
        Variant => ("variant", 0),
        22 => ("uint32", 4),
        23 => ("uint64", 8),
        24 => ("float8_e5m2", 1),
        25 => ("float8_e4m3fn", 1),
        _ => null,
    };
}
