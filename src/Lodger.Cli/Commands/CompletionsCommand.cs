using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Shell;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger completions</c>: a shell learns to complete commands, options and the names of jobs; <c>lodger complete</c> is what it then asks.</summary>
internal static class CompletionsCommand
{
    private const string Files = ":files";

    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = "lodger.bash",
        ["zsh"] = "lodger.zsh",
        ["fish"] = "lodger.fish",
        ["powershell"] = "lodger.ps1",
    };

    public static Verb Make(Surroundings around)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or powershell" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        return new Verb("completions", "Print what makes a shell complete lodger's commands, options and the names of your jobs")
        {
            Examples =
            [
                "lodger completions bash > ~/.local/share/bash-completion/completions/lodger",
                "lodger completions zsh > ~/.zfunc/_lodger",
                "lodger completions fish > ~/.config/fish/completions/lodger.fish",
                "lodger completions powershell >> $PROFILE",
            ],
        }
        .With(shell)
        .Does((parse, _) =>
        {
            around.Screen.OutWriter.Write(Script(parse.GetValue(shell)!));
            return Task.FromResult(ExitCode.Ok);
        });
    }

    /// <summary>Hidden: for the scripts alone. A line each: the word, a tab, what it is; or that a file may stand there.</summary>
    public static Verb MakeAnswer(Surroundings around)
    {
        var words = new Argument<string[]>("WORDS") { Description = "The line so far, the word being typed last", Arity = ArgumentArity.ZeroOrMore };
        return new Verb("complete", "Print how a line can go on") { Hidden = true }
        .With(words)
        .Does((parse, _) =>
        {
            var found = Completion.Of(CommandTree.Make(around), parse.GetValue(words) ?? [], new KnownValues(around).Of);
            foreach (var line in found?.Select(c => $"{c.Word}\t{c.Description}") ?? [Files])
                around.Screen.OutWriter.Write(line + "\n");
            return Task.FromResult(ExitCode.Ok);
        });
    }

    private static string Script(string shell)
    {
        using var stream = typeof(CompletionsCommand).Assembly.GetManifestResourceStream(Scripts[shell])!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
