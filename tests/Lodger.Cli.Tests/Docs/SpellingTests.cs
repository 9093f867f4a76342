using System.Diagnostics;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Tests.Stage;

namespace Lodger.Cli.Tests.Docs;

/// <summary>Every word of the documentation and of the commands' help is in the dictionary, or in words.txt beside this file.</summary>
public sealed class SpellingTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Every_word_is_one()
    {
        var own = await File.ReadAllLinesAsync(Path.Combine(Page.Root, "tests", "Lodger.Cli.Tests", "Docs", "words.txt"), TestContext.Current.CancellationToken);
        var text = string.Join('\n', Page.All.Select(p => p.Words).Concat(Descriptions(CommandTree.Make(stage.Around()))));
        var unknown = await UnknownAsync(text);
        unknown.Except(own).Order(StringComparer.Ordinal).ShouldBeEmpty("a word of the trade goes into words.txt, anything else is spelled otherwise");
        own.Except(unknown).ShouldBeEmpty("words.txt has what nobody writes");
        own.ShouldBe(own.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_mistake_is_noticed() => (await UnknownAsync("The chekpoint is whole.")).ShouldBe(["chekpoint"]);

    private static IEnumerable<string> Descriptions(System.CommandLine.Command command) =>
        command.Subcommands.Where(c => !c.Hidden).SelectMany(c => Descriptions(c)
            .Concat(c.Options.Where(o => !o.Hidden).Select(o => o.Description ?? ""))
            .Concat(c.Arguments.Select(a => a.Description ?? ""))
            .Prepend(c.Description ?? ""))
            // An option that is spoken of is no word.
            .Select(d => string.Join(' ', d.Split(' ').Where(w => !w.StartsWith('-') && !w.Contains('_') && !w.Contains('.'))));

    private static async Task<IReadOnlySet<string>> UnknownAsync(string text)
    {
        var start = new ProcessStartInfo("hunspell", ["-d", "en_US", "-i", "utf-8", "-l"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var hunspell = Process.Start(start)!;
        var reading = hunspell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await hunspell.StandardInput.WriteAsync(text);
        hunspell.StandardInput.Close();
        var said = await reading;
        await hunspell.WaitForExitAsync(TestContext.Current.CancellationToken);
        hunspell.ExitCode.ShouldBe(0, "is the dictionary here?  scripts/system-packages --install test");
        // What has a digit in it is a measure or a name.
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(w => !w.Any(char.IsAsciiDigit)).ToHashSet(StringComparer.Ordinal);
    }
}
