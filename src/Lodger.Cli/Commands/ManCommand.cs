using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Shell;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger man</c>: the manual pages, from what the commands say of themselves.</summary>
internal static class ManCommand
{
    public static Verb Make(Surroundings around)
    {
        var page = new Argument<string[]>("PAGE") { Description = "The page of one command; left out: that of lodger itself", Arity = new ArgumentArity(0, 2) };
        page.CompletionSources.Add(_ => CommandTree.Make(around).Subcommands.Where(c => !c.Hidden).Select(c => new System.CommandLine.Completions.CompletionItem(c.Name, documentation: c.Description)));
        var to = new Option<string?>("--to") { Description = "Write all pages into this directory instead", HelpName = "DIR" };
        return new Verb("man", "Print a manual page, or write all of them into a directory")
        {
            Examples = ["lodger man run | man -l -", "lodger man --to ~/.local/share/man/man1"],
            Exits = [ExitCode.NotFound],
        }
        .With(page, to)
        .Does((parse, _) => Task.FromResult(
            parse.GetValue(to) is { } directory
                ? WriteAll(around, Path.GetFullPath(directory, around.CurrentDirectory))
                : Print(around, parse.GetValue(page) ?? [])));
    }

    private static ExitCode Print(Surroundings around, string[] words)
    {
        Command command = CommandTree.Make(around);
        List<string> path = ["lodger"];
        foreach (var word in words)
        {
            if (command.Subcommands.FirstOrDefault(c => !c.Hidden && c.Name == word) is not { } next)
            {
                var near = NearestWord.To(word, command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name));
                return around.Screen.Fail(new Problem(
                    "no-such-page", $"There is no command '{string.Join(' ', path)} {word}', so it has no page.", near is null ? "lodger --help  lists the commands." : $"Did you mean {near}?", ExitCode.NotFound));
            }

            command = next;
            path.Add(word);
        }

        around.Screen.OutWriter.Write(ManPage.Of(command, path, OwnProgram.Version));
        return ExitCode.Ok;
    }

    private static ExitCode WriteAll(Surroundings around, string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var pages = ManPage.All(CommandTree.Make(around), OwnProgram.Version).ToList();
            foreach (var (name, text) in pages)
                File.WriteAllText(Path.Combine(directory, name), text);
            around.Screen.Line($"{pages.Count} pages in {Terminal.Shown.Text(directory)}:  man -M {Terminal.Shown.Text(Path.GetDirectoryName(directory) ?? directory)} lodger");
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return around.Screen.Fail(new Problem("man-not-written", $"The pages could not be written into {directory}: {e.Message}", "Name a directory that you may write into.", ExitCode.BadInput));
        }
    }
}
