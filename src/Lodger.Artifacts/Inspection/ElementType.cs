namespace Lodger.Artifacts.Inspection;

/// <summary>The element types by the names that PyTorch gives them (torch.dtype), which all formats here are told in.</summary>
public static class ElementType
{
    /// <summary>Bytes of one element; null for a name that is not one of PyTorch's, or whose elements are packed smaller than a byte.</summary>
    public static int? BytesOf(string type) => type switch
    {
        "bool" or "uint8" or "int8" or "quint8" or "qint8" or "float8_e4m3fn" or "float8_e5m2" or "float8_e4m3fnuz" or "float8_e5m2fnuz" or "float8_e8m0fnu" => 1,
        "int16" or "uint16" or "float16" or "bfloat16" => 2,
        "int32" or "uint32" or "float32" or "qint32" or "complex32" => 4,
        "int64" or "uint64" or "float64" or "complex64" => 8,
        "complex128" => 16,
        _ => null,
    };
}
