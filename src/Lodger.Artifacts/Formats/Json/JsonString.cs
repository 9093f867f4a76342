namespace Lodger.Artifacts.Formats.Json;

/// <summary>A JSON string behind its opening quote, byte by byte: UTF-8, escapes, no control character.</summary>
internal sealed class JsonString
{
    private readonly Utf8Sequence _utf8 = new();
    private bool _escaped;
    private int _hexDigitsDue;

    internal enum Part
    {
        Content,
        End,
        Wrong,
    }

    /// <summary>Why the last byte was wrong.</summary>
    internal string? Failure { get; private set; }

    /// <summary>True where a run of ordinary characters may be stepped over at once.</summary>
    internal bool IsPlain => !_utf8.IsOpen && !_escaped && _hexDigitsDue == 0;

    internal void Start() => (_escaped, _hexDigitsDue) = (false, 0);

    internal Part Take(byte value)
    {
        if (_hexDigitsDue > 0)
        {
            _hexDigitsDue--;
            return char.IsAsciiHexDigit((char)value) ? Part.Content : Wrong("it has a \\u in a string without four hex digits.");
        }

        if (_escaped)
        {
            (_escaped, _hexDigitsDue) = (false, value == 'u' ? 4 : 0);
            return "\"\\/bfnrtu"u8.Contains(value) ? Part.Content : Wrong("it has a backslash in a string that escapes nothing.");
        }

        if (_utf8.IsOpen || value >= 0x80)
        {
            return _utf8.Take(value) ? Part.Content : Wrong("it has a string that is not UTF-8.");
        }

        if (value < 0x20)
        {
            return Wrong("it has a line break or control character inside a string.");
        }

        _escaped = value == '\\';
        return value == '"' ? Part.End : Part.Content;
    }

    private Part Wrong(string what)
    {
        Failure = what;
        return Part.Wrong;
    }
}
