using System.Text.Json;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Safetensors;

/// <summary>One tensor as the header describes it. Offsets are bytes from the start of the data.</summary>
internal sealed record SafetensorsTensor(string Name, string Type, int Bits, IReadOnlyList<long> Shape, long Elements, long Begin, long End);

/// <summary>Reads the JSON header. Says what is wrong in the report and gives null when no layout can be made of it.</summary>
internal static class SafetensorsHeader
{
    // PyTorch's and NumPy's own limit
    private const int MaxDimensions = 64;

    private static readonly JsonReaderOptions _options = new() { MaxDepth = 4, AllowTrailingCommas = false, CommentHandling = JsonCommentHandling.Disallow };

    internal static List<SafetensorsTensor>? Read(ReadOnlySpan<byte> text, FormatReport report)
    {
        try
        {
            return ReadObject(text, report);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // JsonException: not JSON. InvalidOperationException: a string that is not UTF-8, or a value of another kind.
            report.Damaged("safetensors-header", "its header is not the JSON it should be: " + PrintableText.Of(e.Message, 200));
            return null;
        }
    }

    private static List<SafetensorsTensor>? ReadObject(ReadOnlySpan<byte> text, FormatReport report)
    {
        var json = new Utf8JsonReader(text, _options);
        Expect(ref json, JsonTokenType.StartObject);
        var tensors = new List<SafetensorsTensor>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (!names.Add(name))
            {
                report.Damaged("safetensors-duplicate", $"the name \"{PrintableText.Of(name, 100)}\" occurs twice in its header.");
                return null;
            }

            if (name == "__metadata__")
            {
                ReadMetadata(ref json, report);
            }
            else if (ReadTensor(ref json, name, report) is { } tensor)
            {
                tensors.Add(tensor);
            }
            else
            {
                return null;
            }
        }

        if (json.TokenType != JsonTokenType.EndObject || json.Read())
        {
            throw new JsonException("something follows the header's closing brace.");
        }

        return tensors;
    }

    private static void ReadMetadata(ref Utf8JsonReader json, FormatReport report)
    {
        Expect(ref json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            Expect(ref json, JsonTokenType.String);
            TrainingProgress.Take(name, json.GetString()!, report);
        }
    }

    private static SafetensorsTensor? ReadTensor(ref Utf8JsonReader json, string name, FormatReport report)
    {
        string? type = null;
        List<long>? shape = null;
        (long Begin, long End)? offsets = null;
        var shown = PrintableText.Of(name, 100);
        Expect(ref json, JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            switch (json.GetString())
            {
                case "dtype" when type is null:
                    Expect(ref json, JsonTokenType.String);
                    type = json.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadShape(ref json);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadOffsets(ref json);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    report.Damaged("safetensors-header", $"tensor \"{shown}\" has a field that is given twice.");
                    return null;
                default:
                    json.Skip(); // the reference reader ignores fields it does not know
                    break;
            }
        }

        if (type is null || shape is null || offsets is null || Shape.Elements(shape) is not { } elements)
        {
            report.Damaged("safetensors-header", $"tensor \"{shown}\" lacks its type, its offsets, or a shape that can exist.");
            return null;
        }

        if (SafetensorsType.BitsOf(type) is not { } bits)
        {
            report.CannotJudge("safetensors-type", $"tensor \"{shown}\" has the type \"{PrintableText.Of(type, 40)}\", which this version does not know.");
            bits = 0;
        }

        return new SafetensorsTensor(name, type, bits, shape, elements, offsets.Value.Begin, offsets.Value.End);
    }

    private static List<long> ReadShape(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartArray);
        var shape = new List<long>();
        while (json.Read() && json.TokenType == JsonTokenType.Number)
        {
            if (!json.TryGetInt64(out var size) || size < 0)
            {
                throw new JsonException("a shape has a size that is not a whole number from 0 to 2^63-1.");
            }

            if (shape.Count == MaxDimensions)
            {
                throw new JsonException($"a shape has more than {MaxDimensions} sizes.");
            }

            shape.Add(size);
        }

        return json.TokenType == JsonTokenType.EndArray ? shape : throw new JsonException("a shape is not a list of numbers.");
    }

    private static (long Begin, long End) ReadOffsets(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.StartArray);
        var begin = ReadOffset(ref json);
        var end = ReadOffset(ref json);
        Expect(ref json, JsonTokenType.EndArray);
        return (begin, end);
    }

    private static long ReadOffset(ref Utf8JsonReader json)
    {
        Expect(ref json, JsonTokenType.Number);
        return json.TryGetInt64(out var offset) && offset >= 0 ? offset : throw new JsonException("an offset is not a whole number from 0 to 2^63-1.");
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (!json.Read() || json.TokenType != type)
        {
            throw new JsonException($"{type} was expected at byte {json.TokenStartIndex}.");
        }
    }
}
