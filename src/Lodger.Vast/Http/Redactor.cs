using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Lodger.Vast.Http;

/// <summary>
/// Makes the platform's words fit to be shown, journaled and logged: known secrets and anything that looks like one are struck out,
/// control characters (terminal escapes) removed, length bounded. Every text of the platform that leaves this library as words went through here.
/// </summary>
internal sealed partial class Redactor
{
    private const int LengthMax = 400;

    // A shorter "secret" would strike out half the message and protect nothing.
    private const int SecretLengthMin = 4;

    private ImmutableHashSet<string> secrets = [];

    public void Remember(string? secret)
    {
        if (secret is null || secret.Trim().Length < SecretLengthMin) return;
        ImmutableInterlocked.Update(ref secrets, (known, value) => known.Add(value), secret.Trim());
    }

    public string Clean(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "";
        // Longest first: a secret that contains another must not leave its rest behind.
        foreach (var secret in secrets.OrderByDescending(s => s.Length)) text = text.Replace(secret, "[redacted]", StringComparison.Ordinal);
        text = KeyLike().Replace(text, "[redacted]");

        var clean = new StringBuilder(Math.Min(text.Length, LengthMax));
        foreach (var c in text)
        {
            if (clean.Length >= LengthMax) return clean.Append(" ...").ToString();
            if (char.IsControl(c) || char.IsWhiteSpace(c))
            {
                if (clean.Length > 0 && clean[^1] != ' ') clean.Append(' ');
            }
            else if (!IsDeceptive(c))
            {
                clean.Append(c);
            }
        }

        return clean.ToString().TrimEnd();
    }

    // Invisible and direction-changing characters, and halves of characters.
    private static bool IsDeceptive(char c) =>
        char.IsSurrogate(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.PrivateUse;

    // Platform keys are 64 hex digits; an image digest looks the same and says so in front.
    [GeneratedRegex("(?<!sha256:)(?<![0-9a-fA-F])[0-9a-fA-F]{40,}|(?<=Bearer )[^\\s\"']+", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex KeyLike();
}
