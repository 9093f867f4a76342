namespace Lodger.Artifacts.Formats.Json;

/// <summary>Checks a UTF-8 character byte by byte (Unicode, table 3-7: no overlong form, no surrogate, nothing above U+10FFFF).</summary>
internal sealed class Utf8Sequence
{
    private int _due;
    private byte _lowest;
    private byte _highest;

    /// <summary>True in the middle of a character.</summary>
    internal bool IsOpen => _due > 0;

    internal bool Take(byte value)
    {
        if (_due > 0)
        {
            var fits = value >= _lowest && value <= _highest;
            (_due, _lowest, _highest) = (fits ? _due - 1 : 0, 0x80, 0xBF);
            return fits;
        }

        (_due, _lowest, _highest) = value switch
        {
            >= 0xC2 and <= 0xDF => (1, (byte)0x80, (byte)0xBF),
            0xE0 => (2, (byte)0xA0, (byte)0xBF),
            0xED => (2, (byte)0x80, (byte)0x9F),
            >= 0xE1 and <= 0xEF => (2, (byte)0x80, (byte)0xBF),
            0xF0 => (3, (byte)0x90, (byte)0xBF),
            >= 0xF1 and <= 0xF3 => (3, (byte)0x80, (byte)0xBF),
            0xF4 => (3, (byte)0x80, (byte)0x8F),
            _ => (0, (byte)0, (byte)0),
        };
        return _due > 0;
    }
}
