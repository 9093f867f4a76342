using System.Text.RegularExpressions;

namespace Lodger.Domain.Spec;

/// <summary>
/// Tells values that are probably credentials. A spec is a file that gets committed and sent; what is secret is only named in it.
/// Errs on the side of asking: the remedy (<c>secrets:</c>) costs a line.
/// </summary>
public static partial class SecretLook
{
    private static readonly string[] Words = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "APIKEY", "CREDENTIAL", "CREDENTIALS"];
    private static readonly string[] WordsBeforeKey = ["API", "ACCESS", "PRIVATE", "AUTH", "SIGNING", "ENCRYPTION"];

    /// <summary>Shorter values are settings (<c>MAX_TOKEN=512</c>) rather than credentials.</summary>
    private const int LengthMin = 8;

    /// <summary>Whether the value has the form of a well-known credential, or the name says that it is one.</summary>
    public static bool Suspicious(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        return KnownForm().IsMatch(value) || (value.Length >= LengthMin && NamesOne(name));
    }

    /// <summary>Whether a word anywhere in it, for example in a command line, has the form of a well-known credential.</summary>
    public static bool IsIn(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Contains("-----BEGIN", StringComparison.Ordinal) && text.Contains("PRIVATE KEY", StringComparison.Ordinal)
            || text.Split(Between, StringSplitOptions.RemoveEmptyEntries).Any(word => KnownForm().IsMatch(word));
    }

    private static readonly char[] Between = [' ', '\t', '\r', '\n', '\'', '"', '`', '=', ';', ',', '(', ')', '{', '}', '<', '>', '|', '&'];

    private static bool NamesOne(string name)
    {
        string[] words = name.ToUpperInvariant().Split('_', '-', '.');
        return words.Any(Words.Contains) || words.Zip(words.Skip(1)).Any(pair => pair.Second == "KEY" && WordsBeforeKey.Contains(pair.First));
    }

    // Hugging Face, OpenAI and kin, AWS, GitHub, GitLab, Slack, Google, a PEM block, a JSON web token, a URL with a password in it.
    [GeneratedRegex(
        @"^\s*(hf_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_\-]{16,}|A(KIA|SIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_\-]{16,}|xox[abprs]-[A-Za-z0-9\-]{10,}|AIza[0-9A-Za-z_\-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY|eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.|[a-z][a-z0-9+.\-]*://[^\s/@:]+:[^\s/@]+@)",
        RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex KnownForm();
}
