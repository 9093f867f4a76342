namespace Lodger.Artifacts.Verification;

/// <summary>A directory in a report.</summary>
/// <param name="Name">Its own name, safe to print; for the root what the verification was given.</param>
/// <param name="Directories">The directories in it, sorted by name.</param>
/// <param name="Files">The files in it, sorted by path; not those of its directories.</param>
/// <param name="Totals">The sums over everything in it, at any depth.</param>
public sealed record DirectoryNode(string Name, IReadOnlyList<DirectoryNode> Directories, IReadOnlyList<FileReport> Files, VerificationTotals Totals)
{
    internal static DirectoryNode Of(string name, IReadOnlyList<FileReport> files) => Of(name, files, prefixChars: 0);

    private static DirectoryNode Of(string name, IReadOnlyList<FileReport> files, int prefixChars)
    {
        var directories = files
            .Where(file => file.Path.IndexOf('/', prefixChars) >= 0)
            .GroupBy(file => file.Path[prefixChars..file.Path.IndexOf('/', prefixChars)], StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Of(group.Key, [.. group], prefixChars + group.Key.Length + 1));
        return new DirectoryNode(
            PrintableText.Of(name, 1024), [.. directories], [.. files.Where(file => file.Path.IndexOf('/', prefixChars) < 0)], VerificationTotals.Of(files));
    }
}
