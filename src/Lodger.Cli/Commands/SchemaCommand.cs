using System.CommandLine;
using System.Text.Json;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Published;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger schema</c>: what the commands print with <c>--json</c>, as JSON Schema.</summary>
internal static class SchemaCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Verb Make(Surroundings around)
    {
        var words = new Argument<string[]>("COMMAND") { Description = "One command; left out: all of them in one document", Arity = new ArgumentArity(0, 2) };
        return new Verb("schema", "Print the JSON Schema of what commands print with --json")
        {
            Examples = ["lodger schema ps", "lodger schema market status", "lodger schema"],
            Exits = [ExitCode.NotFound],
        }
        .With(words)
        .Does((parse, _) => Task.FromResult(Print(around, string.Join(' ', parse.GetValue(words) ?? []))));
    }

    /// <summary>Words after <c>lodger</c> of everything that does something and is not hidden.</summary>
    public static IEnumerable<string> AllOf(Command command, string path = "") => command.Subcommands.Where(c => !c.Hidden).SelectMany(c =>
    {
        var own = path.Length == 0 ? c.Name : $"{path} {c.Name}";
        return c.Action is null ? AllOf(c, own) : AllOf(c, own).Prepend(own);
    });

    private static ExitCode Print(Surroundings around, string command)
    {
        var all = AllOf(CommandTree.Make(around)).ToList();
        if (command.Length > 0 && !all.Contains(command))
        {
            if (all.Where(c => c.StartsWith(command + " ", StringComparison.Ordinal)).ToList() is { Count: > 0 } under)
                return around.Screen.Fail(new Problem("no-json", $"lodger {command} prints nothing itself; its commands do: {string.Join(", ", under)}.", $"lodger schema {under[0]}", ExitCode.NotFound));
            var near = NearestWord.To(command, all);
            return around.Screen.Fail(new Problem("no-such-command", $"There is no command 'lodger {command}'.", near is null ? "lodger --help  lists the commands." : $"Did you mean  lodger schema {near} ?", ExitCode.NotFound));
        }

        if (JsonAnswers.Without.TryGetValue(command, out var instead))
            return around.Screen.Fail(new Problem("no-json", $"lodger {command} prints no JSON: {instead}.", "lodger schema  describes those that do.", ExitCode.NotFound));
        around.Screen.OutWriter.WriteLine(JsonAnswers.Schema(command.Length > 0 ? [command] : all).ToJsonString(Indented));
        return ExitCode.Ok;
    }
}
