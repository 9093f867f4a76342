using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Tests.Stage;

namespace Lodger.Cli.Tests.Docs;

/// <summary>What the documentation points at exists, and what it tells a reader to type is understood.</summary>
public sealed class DocumentationTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public void Every_relative_link_leads_to_a_file()
    {
        var links = Page.All.SelectMany(page => page.RelativeLinks.Select(target => (page.Path, Target: target))).ToList();
        links.Count.ShouldBeGreaterThan(20, "the pages were not found, or their links not read");

        links.Where(l => !Exists(l.Path, l.Target)).Select(l => $"{l.Path} links to {l.Target}").ShouldBeEmpty();
    }

    [Fact]
    public void Every_command_line_that_is_shown_is_one_that_lodger_understands()
    {
        var lines = Page.All.SelectMany(page => page.Commands.Select(line => (page.Path, Line: line))).ToList();
        lines.Count.ShouldBeGreaterThan(30, "the pages were not found, or their commands not read");
        var root = CommandTree.Make(stage.Around());

        lines.Select(l => (l.Path, l.Line, Parsed: root.Parse([.. ShellWords.Of(l.Line).Skip(1)])))
            .Where(l => !OnlyNamesACommand(l.Parsed))
            .Select(l => (l.Path, l.Line, Misuse: Misuse.In(l.Parsed)))
            .Where(l => l.Misuse is not null)
            .Select(l => $"{l.Path}: {l.Line}: {l.Misuse!.Message}")
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_unit_for_systemd_starts_what_lodger_understands()
    {
        var start = File.ReadLines(Path.Combine(Page.Root, "packaging", "lodger.service")).Single(l => l.StartsWith("ExecStart=", StringComparison.Ordinal));
        var words = ShellWords.Of(start["ExecStart=".Length..]).ToList();
        words[0].ShouldBe("/usr/bin/lodger");
        var parsed = CommandTree.Make(stage.Around()).Parse([.. words.Skip(1)]);
        Misuse.In(parsed).ShouldBeNull();
        parsed.CommandResult.Command.Name.ShouldBe("serve");
    }

    [Fact]
    public void The_container_file_copies_what_there_is_runs_what_lodger_understands_and_is_nobody_in_particular()
    {
        var lines = File.ReadAllText(Path.Combine(Page.Root, "packaging", "Containerfile")).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Where(l => l.Length > 0 && l[0] != '#').ToList();
        var copied = lines.Where(l => l.StartsWith("COPY ", StringComparison.Ordinal) && !l.Contains("--from=", StringComparison.Ordinal)).SelectMany(l => l.Split(' ')[1..^1]).ToList();
        copied.ShouldNotBeEmpty();
        copied.ShouldAllBe(c => File.Exists(Path.Combine(Page.Root, c)) || Directory.Exists(Path.Combine(Page.Root, c)));
        // What a build reads and is not under src: it has to be copied, and let through.
        string[] read = [".editorconfig", "global.json", "Directory.Build.props", "Directory.Packages.props", "profiles", "examples", "scripts", "src"];
        copied.ShouldBe(read, ignoreOrder: true);
        File.ReadLines(Path.Combine(Page.Root, "packaging", "Containerfile.dockerignore")).Where(l => l.StartsWith('!')).Select(l => l[1..]).ShouldBe(read, ignoreOrder: true);
        File.Exists(Path.Combine(Page.Root, lines.Single(l => l.StartsWith("RUN dotnet publish ", StringComparison.Ordinal)).Split(' ')[3])).ShouldBeTrue();

        lines.Last(l => l.StartsWith("USER ", StringComparison.Ordinal)).ShouldBe("USER 10001:10001");
        lines.Single(l => l.StartsWith("HEALTHCHECK ", StringComparison.Ordinal)).ShouldContain("https://127.0.0.1:8443/healthz\"");
        var words = System.Text.Json.JsonSerializer.Deserialize<string[]>(lines.Single(l => l.StartsWith("CMD ", StringComparison.Ordinal))["CMD ".Length..])!;
        var parsed = CommandTree.Make(stage.Around()).Parse(words);
        Misuse.In(parsed).ShouldBeNull();
        parsed.CommandResult.Command.Name.ShouldBe("serve");
    }

    [Fact]
    public void The_index_of_the_documentation_names_every_page_of_it()
    {
        var index = Page.All.Single(p => p.Path == Path.Combine("docs", "README.md"));
        var named = index.RelativeLinks.Select(t => Path.GetFullPath(t, Path.Combine(Page.Root, "docs"))).ToList();

        Page.All.Select(p => p.Path)
            .Where(p => p.StartsWith("docs/", StringComparison.Ordinal) && p != index.Path && !p.StartsWith("docs/decisions/", StringComparison.Ordinal))
            .Where(p => !named.Contains(Path.Combine(Page.Root, p)))
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData("lodger offers 'gpu_name=RTX_4090 dph<0.5'  # cheap", new[] { "lodger", "offers", "gpu_name=RTX_4090 dph<0.5" })]
    [InlineData("lodger wait digits --for verified && echo home", new[] { "lodger", "wait", "digits", "--for", "verified" })]
    public void A_line_is_split_as_a_shell_would_split_it(string line, string[] words) => ShellWords.Of(line).ShouldBe(words);

    /// <summary>As in "what lodger exec does": the command is spoken of, its arguments are not.</summary>
    private static bool OnlyNamesACommand(ParseResult parsed) =>
        parsed.CommandResult.Command is not RootCommand && parsed.CommandResult.Tokens.Count == 0 && parsed.UnmatchedTokens.Count == 0;

    private static bool Exists(string page, string target)
    {
        var path = Path.GetFullPath(target, Path.Combine(Page.Root, Path.GetDirectoryName(page)!));
        return File.Exists(path) || Directory.Exists(path);
    }
}
