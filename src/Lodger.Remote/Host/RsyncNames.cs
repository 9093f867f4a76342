using System.Text;

namespace Lodger.Remote.Host;

/// <summary>
/// Names as rsync prints them in the C locale: every byte that is not printable ASCII as <c>\#ooo</c>, octal, and a backslash that could be taken for the begin of
/// such a one, too. A line of its output is therefore one name, whatever the name is.
/// </summary>
internal static class RsyncNames
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Null when the name's bytes are no UTF-8: nothing here can name it.</summary>
    public static string? Read(string printed) => Text(Bytes(printed));

    /// <summary>The name's own bytes.</summary>
    public static byte[] Bytes(string printed)
    {
        var bytes = new List<byte>(printed.Length);
        for (var i = 0; i < printed.Length; i++)
        {
            if (printed[i] == '\\' && i + 4 < printed.Length && printed[i + 1] == '#' && IsOctal(printed.AsSpan(i + 2, 3)))
            {
                bytes.Add((byte)(((printed[i + 2] - '0') << 6) | ((printed[i + 3] - '0') << 3) | (printed[i + 4] - '0')));
                i += 4;
            }
            else
            {
                bytes.Add((byte)printed[i]);
            }
        }

        return [.. bytes];
    }

    /// <summary>Null when they are no UTF-8.</summary>
    public static string? Text(byte[] name)
    {
        try
        {
            return Strict.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool IsOctal(ReadOnlySpan<char> digits) => digits[0] is >= '0' and <= '3' && digits[1] is >= '0' and <= '7' && digits[2] is >= '0' and <= '7';
}
