namespace Lodger.Artifacts.Formats.Text;

/// <summary>What any text is looked at for: UTF-8, NUL bytes, lines, how it ends.</summary>
internal sealed class TextCheck
{
    private readonly Utf8Check _utf8 = new();
    private long _bytes;
    private long? _firstNul;

    /// <summary>Line ends seen.</summary>
    internal long Lines { get; private set; }

    internal long Nuls { get; private set; }

    /// <summary>True when the last byte was a line end.</summary>
    internal bool EndsInNewline { get; private set; }

    internal static bool IsUtf16(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]);

    internal void Feed(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        _utf8.Feed(bytes);
        Lines += bytes.Count((byte)'\n');
        if (bytes.Count((byte)0) is > 0 and var nuls)
        {
            _firstNul ??= _bytes + bytes.IndexOf((byte)0);
            Nuls += nuls;
        }

        _bytes += bytes.Length;
        EndsInNewline = bytes[^1] == '\n';
    }

    /// <summary>Says what was found, once all was fed.</summary>
    internal void Say(FormatReport report)
    {
        if (_firstNul is { } first)
        {
            report.Warn("text-nul", $"it has {Nuls} NUL bytes, the first at byte {first}: a machine that lost power leaves such holes.", "Look at what stands around them.");
        }

        if (_utf8.FirstWrong is { } wrong)
        {
            report.Warn("text-not-utf8", $"it is not UTF-8 from byte {wrong} on.", "If it should be text, look there: it was altered, or written in another encoding.");
        }
        else if (_utf8.IsOpen)
        {
            report.Warn("text-cut", "it ends in the middle of a character: it was cut short.", "Compare it with the manifest's hash.");
        }
    }
}
