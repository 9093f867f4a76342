using System.Text.RegularExpressions;
using Lodger.Domain.Box;

namespace Lodger.Domain.Spec;

/// <summary>Inputs that the machine fetches itself.</summary>
public static partial class DataRule
{
    /// <summary>The address of one input; null when it is good, else what to write. Never repeats the address: it may hold a password.</summary>
    public static string? Url(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || url.Any(c => char.IsControl(c) || c == ' '))
            return "The machine fetches data over http or https. Write for example:  url: https://example.org/data.tar";
        return uri.UserInfo.Length > 0 ? "The address holds a user or password, and a spec is no place for one. Use a signed or public address." : null;
    }

    public static string? Sha256(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Hex64().IsMatch(text) ? null : "A SHA-256 has 64 hexadecimal digits; sha256sum FILE prints it.";
    }

    /// <summary>The last part of the address, for data that names no path; null when it has none that could be a file's name.</summary>
    public static string? FileName(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri))
            return null;

        string name = Uri.UnescapeDataString(uri.AbsolutePath[(uri.AbsolutePath.LastIndexOf('/') + 1)..]);
        return name.Length <= 200 && PathRules.Below(name, "") is null && !name.Contains('/', StringComparison.Ordinal) && name is not "." ? name : null;
    }

    /// <summary>The first two inputs that would be written to one path, or null.</summary>
    public static string? FirstPathTwice(IEnumerable<DataSource> data) =>
        data.GroupBy(source => source.Path, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any())?.Key;

    [GeneratedRegex(@"^[0-9a-fA-F]{64}\z", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Hex64();
}
