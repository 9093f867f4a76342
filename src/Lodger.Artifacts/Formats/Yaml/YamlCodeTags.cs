using System.Globalization;
using System.Text;

namespace Lodger.Artifacts.Formats.Yaml;

/// <summary>
/// Finds the tags of which PyYAML makes Python objects, however they are written: in full, by a handle of %TAG, with characters as %xx. They are looked for
/// everywhere, in comments and texts too: where one can begin is what a reader of block texts and quotes may be misled about.
/// </summary>
internal sealed class YamlCodeTags
{
    // by handle a bit for each count of characters, of those looked for, that it stands for
    private readonly Dictionary<string, uint> _handles = new(StringComparer.Ordinal) { ["!!"] = 1u << "tag:yaml.org,2002:".Length };

    private static ReadOnlySpan<byte> Code => "tag:yaml.org,2002:python/"u8;

    private static ReadOnlySpan<byte> Directive => "%TAG"u8;

    /// <summary>The line of the first; null when there is none.</summary>
    internal static int? FirstLine(ReadOnlySpan<byte> text)
    {
        var tags = new YamlCodeTags();
        tags.ReadDirectives(text);
        for (var at = 0; text[at..].IndexOf((byte)'!') is >= 0 and var next; at++)
        {
            at += next;
            if (tags.IsCode(text[at..]))
            {
                return text[..at].Count((byte)'\n') + 1;
            }
        }

        return null;
    }

    /// <summary>Keeps the handles whose prefix is a beginning of what is looked for.</summary>
    private void ReadDirectives(ReadOnlySpan<byte> text)
    {
        for (var at = 0; text[at..].IndexOf(Directive) is >= 0 and var next; at++)
        {
            at += next;
            var handle = text[(at + Directive.Length)..].TrimStart(" \t"u8);
            var prefix = handle[HandleBytes(handle)..].TrimStart(" \t"u8);
            var (known, bytes) = Follow(prefix, 0);
            if (known == Code.Length || bytes == prefix.Length || prefix[bytes] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or >= 0x80)
            {
                var name = Encoding.Latin1.GetString(handle[..HandleBytes(handle)]);
                _handles[name] = _handles.GetValueOrDefault(name) | (1u << known);
            }
        }
    }

    private bool IsCode(ReadOnlySpan<byte> tag) =>
        (tag.StartsWith("!<"u8) && Follow(tag[2..], 0).Known == Code.Length) || IsCode(tag, 1) || IsCode(tag, HandleBytes(tag));

    private bool IsCode(ReadOnlySpan<byte> tag, int handleBytes)
    {
        var standsFor = _handles.GetValueOrDefault(Encoding.Latin1.GetString(tag[..handleBytes]));
        for (var known = 0; known <= Code.Length; known++)
        {
            if ((standsFor & (1u << known)) != 0 && Follow(tag[handleBytes..], known).Known == Code.Length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>!</c>, <c>!!</c> or <c>!word!</c>; nothing where there is no mark.</summary>
    private static int HandleBytes(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("!"u8))
        {
            return 0;
        }

        var end = 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit((char)text[end]) || text[end] is (byte)'-' or (byte)'_'))
        {
            end++;
        }

        return end < text.Length && text[end] == '!' ? end + 1 : 1;
    }

    /// <summary>How far a text goes on with what is looked for, of which so much is known, and the bytes it takes for that.</summary>
    private static (int Known, int Bytes) Follow(ReadOnlySpan<byte> text, int known)
    {
        var at = 0;
        while (known < Code.Length && at < text.Length)
        {
            byte decoded = 0;
            var isEscaped = text[at] == '%' && at + 2 < text.Length && byte.TryParse(text.Slice(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out decoded);
            if ((isEscaped ? decoded : text[at]) != Code[known])
            {
                break;
            }

            known++;
            at += isEscaped ? 3 : 1;
        }

        return (known, at);
    }
}
