using System.Globalization;

namespace Lodger.Artifacts.Formats.Onnx;

/// <summary>Where a tensor's values are in a file beside the model (onnx's docs/ExternalData.md).</summary>
/// <param name="Location">Path from the model's directory, forward slashes.</param>
/// <param name="Offset">Its first byte there.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record OnnxExternal(string Location, long Offset, long Bytes)
{
    /// <exception cref="InvalidDataException">It leads out of the directory, or contradicts the tensor.</exception>
    internal static OnnxExternal Of(Dictionary<string, string> entries, long due, string shown)
    {
        var location = entries.GetValueOrDefault("location", string.Empty);
        if (location.Length == 0 || !IsConfined(location))
        {
            throw new InvalidDataException($"tensor \"{shown}\" has its values in \"{PrintableText.Of(location, 100)}\", which is no file under the model's directory.");
        }

        var offset = Number(entries, "offset", 0, shown);
        var bytes = Number(entries, "length", due, shown);
        return bytes == due
            ? new OnnxExternal(location, offset, bytes)
            : throw new InvalidDataException($"tensor \"{shown}\": {due} bytes promised by its shape and type, and {bytes} named in \"{PrintableText.Of(location, 60)}\".");
    }

    private static bool IsConfined(string location) =>
        !location.StartsWith('/') && !location.Contains('\\') && !location.Contains(':') && !location.Contains('\0') && !location.Split('/').Any(part => part is ".." or "");

    private static long Number(Dictionary<string, string> entries, string key, long otherwise, string shown) =>
        !entries.TryGetValue(key, out var text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new InvalidDataException($"tensor \"{shown}\" has the {key} \"{PrintableText.Of(text, 40)}\", which is no count.");
}
