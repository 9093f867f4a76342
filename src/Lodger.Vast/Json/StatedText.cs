using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lodger.Vast.Json;

/// <summary>A text for which it matters whether the platform left it out, said null, or said something that is no text.</summary>
/// <param name="IsStated">The field was there and was null or a text.</param>
/// <param name="Value">The text; null when the platform said null.</param>
[JsonConverter(typeof(StatedTextConverter))]
public readonly record struct StatedText(bool IsStated, string? Value)
{
    public static StatedText Of(string? value) => new(true, value);

    public override string ToString() => IsStated ? Value ?? "null" : "(not stated)";
}

internal sealed class StatedTextConverter : JsonConverter<StatedText>
{
    public override bool HandleNull => true;

    public override StatedText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return StatedText.Of(null);
        if (reader.TokenType == JsonTokenType.String) return Lenient.Text(ref reader) is { } text ? StatedText.Of(text) : default;
        reader.Skip();
        return default;
    }

    public override void Write(Utf8JsonWriter writer, StatedText value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
