using System.Text;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Domain.Jobs;
using Lodger.Remote.Transfer;

namespace Lodger.Engine.Acts;

/// <summary>
/// Names that a machine gives its files and that nobody here should meet unwarned. One that is no plain name gets no file here: all else comes home, and the gate stays shut until it has another name or is given
/// up. One that begins with a dash is only told of.
/// </summary>
internal static class StrangeNames
{
    private const int NamedMax = 20;

    /// <summary>What of it comes home.</summary>
    public static Manifest Plain(Manifest manifest)
    {
        var plain = manifest.Entries.Where(e => e is not ManifestFile file || IsPlain(file)).ToList();
        return plain.Count == manifest.Entries.Count ? manifest : Manifest.Create(manifest.MadeAt, Text(manifest.EscapedRoot), plain).Manifest!;
    }

    /// <summary>What of it does not.</summary>
    public static IReadOnlyList<FileFinding> Refused(Manifest manifest, string job) =>
        Refused([.. manifest.Files.Where(f => !IsPlain(f)).Select(f => Text(f.EscapedPath))], $"Rename it there (lodger ssh {job}), then: lodger pull {job}. To give it up: lodger down {job} --abandon-data");

    /// <param name="paths">Of files that are no plain names.</param>
    /// <param name="fix">What a person can do about one.</param>
    public static IReadOnlyList<FileFinding> Refused(IReadOnlyCollection<string> paths, string fix)
    {
        List<FileFinding> refused = [.. paths.Take(NamedMax).Select(path => new FileFinding(PrintableText.Of(path, 1024), "name-not-plain", $"{Why(path)}; it did not come home, and would be lost with the rental. {fix}"))];
        if (paths.Count > NamedMax)
            refused.Add(new($"{paths.Count - NamedMax} more", "name-not-plain", "they have such names as well, and did not come home."));
        return refused;
    }

    /// <summary>What is said of those that came, before anybody's yes.</summary>
    public static IEnumerable<FileFinding> Warnings(Manifest manifest)
    {
        var dashed = manifest.Files.Where(f => f.EscapedPath.StartsWith('-') || f.EscapedPath.Contains("/-", StringComparison.Ordinal)).ToList();
        if (dashed.Count > 0)
            yield return new FileFinding(dashed[0].DisplayPath, "name-dash", $"a name in it{(dashed.Count == 1 ? "" : $", as in {dashed.Count - 1} more,")} begins with a dash: commands such as  rm *  there take it for an option. Write  rm ./*  instead.");
    }

    private static bool IsPlain(ManifestFile file) => file.Path is { } path && SafePath.IsPlain(path);

    private static string Why(string path) => SafePath.IsConfined(path)
        ? "its name is not UTF-8, or holds control or invisible characters, or is too long"
        : $"{SafePath.OwnDirectory}, in whatever case, is Lodger's own directory in the results";

    /// <summary>For people: what is not UTF-8 becomes its nearest text.</summary>
    private static string Text(string escaped) => PathEscape.TryUnescape(Encoding.ASCII.GetBytes(escaped), out var bytes) ? Encoding.UTF8.GetString(bytes) : escaped;
}
