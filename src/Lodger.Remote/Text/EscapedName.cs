using System.Globalization;
using System.Text;

namespace Lodger.Remote.Text;

/// <summary>File names of a machine, which are any bytes, in the manifest's spelling (docs/formats/manifest.md), and back.</summary>
internal static class EscapedName
{
    public static string Of(ReadOnlySpan<byte> name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (var value in name)
        {
            if (value is > 0x20 and < 0x7f and not (byte)'%')
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

    /// <param name="escaped">As <see cref="Of"/> made it.</param>
    public static byte[] Bytes(string escaped)
    {
        var bytes = new List<byte>(escaped.Length);
        for (var i = 0; i < escaped.Length; i++)
        {
            bytes.Add(escaped[i] == '%' ? byte.Parse(escaped.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : (byte)escaped[i]);
            i += escaped[i] == '%' ? 2 : 0;
        }

        return [.. bytes];
    }
}
