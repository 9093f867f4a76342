using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Lodger.Cli.Tests.Docs;

/// <summary>One Markdown file of the source tree: its prose, and what it shows as code.</summary>
internal sealed partial class Page
{
    private static readonly string[] NotOurs = [".git", ".build", "bin", "obj", "node_modules"];

    private Page(string path)
    {
        Path = path;
        var prose = new List<string>();
        var isFenced = false;
        foreach (var line in File.ReadLines(System.IO.Path.Combine(Root, path)))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                isFenced = !isFenced;
            else if (isFenced || line.StartsWith("    ", StringComparison.Ordinal))
                CodeLines.Add(line.Trim());
            else
                prose.Add(line);
        }

        Prose = string.Join('\n', prose);
    }

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<Page> All { get; } =
        [.. Below(Root).Select(f => System.IO.Path.GetRelativePath(Root, f)).Order(StringComparer.Ordinal).Select(p => new Page(p))];

    /// <summary>Relative to the root of the source tree.</summary>
    public string Path { get; }

    /// <summary>Everything that is not a block of code.</summary>
    public string Prose { get; }

    /// <summary>What is meant to be read as English: without code, addresses and tags.</summary>
    public string Words => Tag().Replace(Address().Replace(LinkEnd().Replace(InlineCode().Replace(Prose, " "), "] "), " "), " ");

    public List<string> CodeLines { get; } = [];

    /// <summary>Targets of links to other files, without their fragments.</summary>
    public IEnumerable<string> RelativeLinks =>
        Link().Matches(InlineCode().Replace(Prose, "")).Select(m => m.Groups["target"].Value.Split('#')[0]).Where(t => t.Length > 0 && !t.Contains(':'));

    /// <summary>Every <c>lodger ...</c> that a reader might type: whole lines of code blocks, and code in the text.</summary>
    public IEnumerable<string> Commands => CodeLines.Concat(InlineCode().Matches(Prose).Select(m => m.Groups["code"].Value))
        .Select(l => Prompt().Replace(l, ""))
        .Where(l => l.StartsWith("lodger ", StringComparison.Ordinal));

    public override string ToString() => Path;

    private static IEnumerable<string> Below(string directory) =>
        Directory.GetFiles(directory, "*.md").Concat(
            Directory.GetDirectories(directory).Where(d => !NotOurs.Contains(System.IO.Path.GetFileName(d)) && !File.Exists(System.IO.Path.Combine(d, ".git"))).SelectMany(Below));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var directory = System.IO.Path.GetDirectoryName(here)!;
        while (!File.Exists(System.IO.Path.Combine(directory, "Lodger.slnx")))
            directory = System.IO.Path.GetDirectoryName(directory) ?? throw new InvalidOperationException($"no Lodger.slnx above {here}");
        return directory;
    }

    [GeneratedRegex(@"\[[^\]]*\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Link();

    [GeneratedRegex(@"\]\([^)\s]*\)", RegexOptions.None, 20_000)]
    private static partial Regex LinkEnd();

    [GeneratedRegex(@"https?://\S+", RegexOptions.None, 20_000)]
    private static partial Regex Address();

    [GeneratedRegex("<[^>\n]*>", RegexOptions.None, 20_000)]
    private static partial Regex Tag();

    [GeneratedRegex("`(?<code>[^`\n]+)`", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"^(\$ )?(\./)?(?=lodger )", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Prompt();
}
