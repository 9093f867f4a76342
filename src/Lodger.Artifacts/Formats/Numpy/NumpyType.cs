using System.Globalization;

namespace Lodger.Artifacts.Formats.Numpy;

/// <summary>A NumPy element type: its size, and whether it holds Python objects.</summary>
/// <param name="Bytes">Bytes of one element.</param>
/// <param name="HasObjects">True when elements are stored as a pickle, which runs code when loaded.</param>
/// <param name="Simple">The type string of an unstructured type, such as <c>&lt;f8</c>; null for a structured one.</param>
internal sealed record NumpyType(Int128 Bytes, bool HasObjects, string? Simple)
{
    /// <summary>The type in PyTorch's words; NumPy's own where PyTorch has none.</summary>
    internal string Name => Simple is null ? "structured" : Simple.TrimStart('<', '>', '|', '=') switch
    {
        "b1" or "?" => "bool",
        "i1" => "int8",
        "u1" => "uint8",
        "i2" => "int16",
        "u2" => "uint16",
        "i4" => "int32",
        "u4" => "uint32",
        "i8" => "int64",
        "u8" => "uint64",
        "f2" => "float16",
        "f4" => "float32",
        "f8" => "float64",
        "c8" => "complex64",
        "c16" => "complex128",
        _ => Simple,
    };

    /// <summary>Whether plain numbers lie most significant byte first.</summary>
    internal bool IsBigEndian => Simple?.StartsWith('>') == true;

    /// <summary>Reads a <c>descr</c>: a type string, or a list of (name, descr[, shape]) fields.</summary>
    /// <exception cref="FormatException">It describes no type.</exception>
    internal static NumpyType Of(object? descr) => descr switch
    {
        string simple => OfString(simple),
        List<object?> { Count: 2 } pair when pair[1] is List<object?> shape && shape.All(size => size is long) => OfArray(Of(pair[0]), shape),
        List<object?> fields => OfFields(fields),
        _ => throw new FormatException("the type is neither a string nor a list of fields"),
    };

    private static NumpyType OfString(string text)
    {
        var kinds = text.AsSpan().TrimStart("<>|=");
        if (text.Length - kinds.Length > 1 || kinds.Length == 0)
        {
            throw new FormatException("the type string is malformed");
        }

        var kind = kinds[0];
        var rest = kinds[1..];
        if (kind is 'O')
        {
            return new NumpyType(0, HasObjects: true, text);
        }

        if (kind is '?' && rest.IsEmpty)
        {
            return new NumpyType(1, HasObjects: false, text);
        }

        var unit = rest.IndexOf('[');
        var digits = unit >= 0 && kind is 'M' or 'm' && rest[^1] == ']' ? rest[..unit] : rest;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var size) || !IsSizeOf(kind, size))
        {
            throw new FormatException($"the type \"{PrintableText.Of(text, 40)}\" is not one NumPy has");
        }

        return new NumpyType(kind == 'U' ? (Int128)size * 4 : size, HasObjects: false, text);
    }

    private static bool IsSizeOf(char kind, int size) => kind switch
    {
        'b' => size == 1,
        'i' or 'u' => size is 1 or 2 or 4 or 8,
        'f' => size is 2 or 4 or 8 or 12 or 16,
        'c' => size is 8 or 16 or 24 or 32,
        'M' or 'm' => size == 8,
        'S' or 'a' or 'U' or 'V' => true,
        _ => false,
    };

    private static NumpyType OfFields(List<object?> fields)
    {
        Int128 bytes = 0;
        var hasObjects = false;
        foreach (var field in fields)
        {
            if (field is not List<object?> { Count: 2 or 3 } parts)
            {
                throw new FormatException("a field of the type is not (name, type) or (name, type, shape)");
            }

            var type = Of(parts[1]);
            type = parts.Count == 3 ? OfArray(type, parts[2] as List<object?> ?? [parts[2]]) : type;
            bytes += type.Bytes;
            hasObjects |= type.HasObjects;
            if (bytes > long.MaxValue)
            {
                throw new FormatException("the type is larger than any file");
            }
        }

        return new NumpyType(bytes, hasObjects, Simple: null);
    }

    private static NumpyType OfArray(NumpyType item, List<object?> shape) =>
        NumpyShape.Elements(shape) is { } elements && item.Bytes * elements <= long.MaxValue
            ? new NumpyType(item.Bytes * elements, item.HasObjects, Simple: null)
            : throw new FormatException("a field's shape is impossible");
}
