namespace Lodger.Remote.Transfer;

/// <summary>Which files are worth compressing on the way, by what their names end in; every other is taken for one that does not compress.</summary>
internal static class TextFiles
{
    private static readonly HashSet<string> Endings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".c", ".cc", ".cfg", ".cpp", ".css", ".csv", ".cu", ".err", ".h", ".hpp", ".html", ".ini", ".ipynb", ".js", ".json", ".jsonl", ".log", ".md", ".ndjson", ".out", ".patch", ".py", ".rs",
        ".rst", ".sh", ".sql", ".svg", ".tex", ".toml", ".ts", ".tsv", ".txt", ".xml", ".yaml", ".yml",
    };

    public static bool IsText(string path) => Endings.Contains(Path.GetExtension(path));
}
