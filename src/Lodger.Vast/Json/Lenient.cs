using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lodger.Vast.Json;

/// <summary>
/// Reads a value in whatever form the platform happens to send it: a number as text, a flag as 0 or 1, a count as 24576.0.
/// What cannot be read as the type at all is null, which means "not stated"; it never spoils the rest of the answer.
/// </summary>
internal static class Lenient
{
    public static decimal? Decimal(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                // 1e-9 and such fit a decimal; 1e400 does not and is not a price.
                return reader.TryGetDecimal(out var number) ? number : null;
            case JsonTokenType.String:
                return decimal.TryParse(Text(ref reader), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
            case JsonTokenType.True:
                return 1;
            case JsonTokenType.False:
                return 0;
            default:
                reader.Skip();
                return null;
        }
    }

    public static double? Double(ref Utf8JsonReader reader)
    {
        double? value = reader.TokenType == JsonTokenType.Number
            ? reader.TryGetDouble(out var number) ? number : null
            : (double?)Decimal(ref reader);
        return value is { } finite && double.IsFinite(finite) ? finite : null;
    }

    public static long? Long(ref Utf8JsonReader reader) =>
        Decimal(ref reader) is { } number && number is >= long.MinValue and <= long.MaxValue ? (long)decimal.Truncate(number) : null;

    public static bool? Bool(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            case JsonTokenType.Number:
                return reader.TryGetDecimal(out var number) ? number != 0 : null;
            case JsonTokenType.String:
                return Text(ref reader)?.Trim().ToLowerInvariant() switch
                {
                    "true" or "1" or "yes" => true,
                    "false" or "0" or "no" => false,
                    _ => null,
                };
            default:
                reader.Skip();
                return null;
        }
    }

    /// <summary>Text, or a number or flag as it is written.</summary>
    public static string? Text(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                try
                {
                    return reader.GetString();
                }
                catch (InvalidOperationException)
                {
                    return null; // Half of a surrogate pair: valid JSON, no valid text.
                }

            case JsonTokenType.Number:
                return System.Text.Encoding.ASCII.GetString(reader.ValueSpan);
            case JsonTokenType.True:
                return "true";
            case JsonTokenType.False:
                return "false";
            default:
                reader.Skip();
                return null;
        }
    }
}

internal sealed class LenientDecimal : JsonConverter<decimal?>
{
    public override decimal? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Lenient.Decimal(ref reader);

    public override void Write(Utf8JsonWriter writer, decimal? value, JsonSerializerOptions options)
    {
        if (value is { } number) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}

internal sealed class LenientDouble : JsonConverter<double?>
{
    public override double? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Lenient.Double(ref reader);

    public override void Write(Utf8JsonWriter writer, double? value, JsonSerializerOptions options)
    {
        if (value is { } number) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}

internal sealed class LenientLong : JsonConverter<long?>
{
    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Lenient.Long(ref reader);

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options)
    {
        if (value is { } number) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}

internal sealed class LenientBool : JsonConverter<bool?>
{
    public override bool? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Lenient.Bool(ref reader);

    public override void Write(Utf8JsonWriter writer, bool? value, JsonSerializerOptions options)
    {
        if (value is { } flag) writer.WriteBooleanValue(flag);
        else writer.WriteNullValue();
    }
}

internal sealed class LenientText : JsonConverter<string?>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Lenient.Text(ref reader);

    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
