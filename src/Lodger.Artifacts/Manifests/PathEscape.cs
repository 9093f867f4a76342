using System.Globalization;
using System.Text;

namespace Lodger.Artifacts.Manifests;

/// <summary>
/// The manifest's one spelling of a byte string: 0x21 to 0x7E stand for themselves, except '%'; every other byte is %HH in upper case
/// (docs/formats/manifest.md).
/// </summary>
public static class PathEscape
{
    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The escaped form of a file name's bytes.</summary>
    public static string Escape(ReadOnlySpan<byte> name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (var value in name)
        {
            if (StandsForItself(value))
            {
                escaped.Append((char)value);
            }
            else
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        return escaped.ToString();
    }

    /// <summary>The escaped form of a name given as text (its UTF-8 bytes).</summary>
    public static string Escape(string name) => Escape(Encoding.UTF8.GetBytes(name));

    /// <summary>The bytes an escaped form stands for; false when it is not the one correct spelling of anything.</summary>
    public static bool TryUnescape(ReadOnlySpan<byte> escaped, out byte[] name)
    {
        name = [];
        var bytes = new byte[escaped.Length];
        var count = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (StandsForItself(escaped[i]))
            {
                bytes[count++] = escaped[i];
                continue;
            }

            if (escaped[i] != '%' || i + 2 >= escaped.Length
                || UpperHex(escaped[i + 1]) is not { } high || UpperHex(escaped[i + 2]) is not { } low)
            {
                return false;
            }

            var value = (byte)((high << 4) | low);
            if (value == 0 || StandsForItself(value))
            {
                return false;
            }

            bytes[count++] = value;
            i += 2;
        }

        name = bytes[..count];
        return true;
    }

    /// <summary>The bytes as text when they are valid UTF-8, null otherwise.</summary>
    internal static string? Utf8OrNull(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _strictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool StandsForItself(byte value) => value is >= 0x21 and <= 0x7E and not (byte)'%';

    private static int? UpperHex(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => null,
    };
}
