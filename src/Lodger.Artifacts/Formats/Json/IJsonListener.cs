namespace Lodger.Artifacts.Formats.Json;

/// <summary>Wants to know what stands at the top of a document: short keys with a number, a short text, or true and false.</summary>
internal interface IJsonListener
{
    void Number(ReadOnlySpan<byte> key, double value);

    /// <param name="key">The key, as it is written: escapes are not resolved.</param>
    /// <param name="value">The text, likewise.</param>
    void Text(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    void Truth(ReadOnlySpan<byte> key, bool value);
}
