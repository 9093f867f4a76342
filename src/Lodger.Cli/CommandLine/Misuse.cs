using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Lodger.Domain.Problems;

namespace Lodger.Cli.CommandLine;

/// <summary>Says what is wrong with a command line, and what was probably meant.</summary>
internal static partial class Misuse
{
    /// <summary>Null when the line can be carried out.</summary>
    public static Problem? In(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var path = Path(parse);
        var help = $"Its help:  {path} --help";
        if (OptionTakenForArgument(parse) is { } option)
            return Stranger(option, command, path, help);
        if (Empty(parse) is { } empty)
            return new("word-empty", $"{empty} is empty.", $"Give it a value; is a variable of the shell not set? {help}", ExitCode.BadInput);
        if (parse.Errors.Count == 0)
            return null;
        // A word before the command was to be one: of  search offers  the parser sees the second alone.
        if (parse.Tokens.TakeWhile(t => t.Type != TokenType.Command).FirstOrDefault(t => t.Type == TokenType.Argument)?.Value is { } first && command is not RootCommand)
        {
            var root = parse.RootCommandResult.Command;
            return first == "help"
                ? new("command-unknown", $"lodger has no command 'help'. Did you mean {path} --help?", help, ExitCode.BadInput)
                : Stranger(first, root, "lodger", "Its help:  lodger --help");
        }

        if (parse.UnmatchedTokens.Count > 0 && parse.UnmatchedTokens[0] is { } stranger)
            return Stranger(stranger, command, path, help);
        if (parse.CommandResult.Tokens.Count == 0 && command.Subcommands.Count > 0 && command.Action is null)
            return new("command-missing", $"{path} needs a command: {string.Join(", ", Names(command))}.", help, ExitCode.BadInput);
        if (Missing(parse.CommandResult) is { Count: > 0 } missing)
            return new("command-line-incomplete", $"{path} needs {string.Join(" and ", missing)}.", command is Verb { Examples: [var example, ..] } ? $"For example  {example}   and its help:  {path} --help" : help, ExitCode.BadInput);
        return new("command-line-wrong", string.Join('\n', parse.Errors.Select(e => Plain(e.Message)).Distinct(StringComparer.Ordinal)), help, ExitCode.BadInput);
    }

    /// <summary>Arguments and options that a command cannot do without, as its help names them.</summary>
    private static List<string> Missing(CommandResult result) =>
    [
        .. result.Command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > (result.GetResult(a)?.Tokens.Count ?? 0) && !a.HasDefaultValue).Select(a => a.HelpName ?? a.Name),
        .. result.Command.Options.Where(o => o.Required && result.GetResult(o) is not { Implicit: false }).Select(o => o.HelpName is { } value ? $"{o.Name} {value}" : o.Name),
    ];

    /// <summary>The parser names types of the runtime, and lists what may be said one a line, in quotes.</summary>
    private static string Plain(string message)
    {
        if (WrongType().Match(message) is { Success: true } wrong)
        {
            var (kind, example) = wrong.Groups["type"].Value is "Int32" or "Int64" ? ("whole number", "3") : ("number", "0.5");
            var option = wrong.Groups["option"].Value;
            return $"{(option.Length > 0 ? $"{option}: " : "")}'{wrong.Groups["word"].Value}' is no {kind}; for example{(option.Length > 0 ? $"  {option}" : "")} {example}";
        }

        return message.Split('\n') is [var says, .. { Length: > 0 } rest] ? $"{says.TrimEnd()} {string.Join(", ", rest.Select(r => r.Trim().Trim('\'')))}" : message;
    }

    [GeneratedRegex(@"^Cannot parse argument '(?<word>.*?)' for (option '(?<option>[^']*)')?.*?System\.(Nullable.*System\.)?(?<type>Int32|Int64|Double|Decimal)", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 20_000)]
    private static partial Regex WrongType();

    /// <summary>The parser lets an unknown option fill a free argument; a job named <c>--yse</c> is never meant. What stands behind <c>--</c> is free.</summary>
    private static string? OptionTakenForArgument(ParseResult parse)
    {
        var free = Free(parse);
        return parse.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(a => a.Tokens)
            .FirstOrDefault(t => t.Value.Length > 1 && t.Value[0] == '-' && !free.Contains(t))?.Value;
    }

    /// <summary>What stands behind <c>--</c>.</summary>
    public static HashSet<Token> Free(ParseResult parse) =>
        parse.Tokens.SkipWhile(t => t.Type != TokenType.DoubleDash).ToHashSet<Token>(ReferenceEqualityComparer.Instance);

    /// <summary>What was given and says nothing, as its help names it; what stands behind <c>--</c> may.</summary>
    private static string? Empty(ParseResult parse)
    {
        var free = Free(parse);
        bool SaysNothing(Token token) => token.Value.Trim().Length == 0 && !free.Contains(token);
        // A command may have empty words, but none to begin with.
        return parse.CommandResult.Children.Where(c => c is ArgumentResult ? c.Tokens is [var first, ..] && SaysNothing(first) : c.Tokens.Any(SaysNothing)).Select(c => c switch
        {
            ArgumentResult a => a.Argument.HelpName ?? a.Argument.Name,
            OptionResult o => o.Option.Name,
            _ => null,
        }).FirstOrDefault(name => name is not null);
    }

    private static Problem Stranger(string word, Command command, string path, string help)
    {
        var isOption = word.StartsWith('-');
        var bare = word.Split('=')[0];
        var candidates = isOption ? OptionNames(command) : Names(command);
        // A dash and a letter are near to every other.
        var near = Elsewhere.GetValueOrDefault(command is RootCommand ? word : $"{command.Name} {bare}") ?? (bare.Length > 2 ? NearestWord.To(bare, candidates) : null);
        var meant = near is null ? "" : $" Did you mean {near}?";
        if (isOption)
            return new("option-unknown", $"{path} has no option {bare}.{meant}", help, ExitCode.BadInput);
        return command.Subcommands.Count > 0
            ? new("command-unknown", $"{path} has no command '{word}'.{meant}", help, ExitCode.BadInput)
            : new("argument-unexpected", $"{path} does not expect '{word}'.", help, ExitCode.BadInput);
    }

    /// <summary>Words that other tools have for what is called otherwise here; an option stands behind its command.</summary>
    private static Dictionary<string, string> Elsewhere { get; } = new(StringComparer.Ordinal)
    {
        ["launch"] = "run",
        ["start"] = "run",
        ["create"] = "run",
        ["run --dry-run"] = "lodger plan (which prices a job and rents nothing)",
        ["status"] = "ps",
        ["list"] = "ps",
        ["queue"] = "ps",
        ["search"] = "offers",
        ["cancel"] = "down",
        ["destroy"] = "down",
        ["rm"] = "down",
        ["invoices"] = "cost",
        ["cost-report"] = "cost",
        ["scp"] = "pull (which brings the results home), or ssh-config (with which scp finds the machine)",
        ["stop"] = "down (which ends a job, brings its results home and asks before it destroys; to stop a rental alone is for the platform's console)",
        ["help"] = "--help",
        ["version"] = "--version",
    };

    private static IEnumerable<string> Names(Command command) => command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);

    private static IEnumerable<string> OptionNames(Command command) =>
        command.Options.Where(o => !o.Hidden).Append(Shared.Json()).SelectMany(o => o.Aliases.Append(o.Name)).Append("--help");

    private static string Path(ParseResult parse)
    {
        var names = new List<string>();
        for (var result = parse.CommandResult; result is not null; result = result.Parent as CommandResult)
            names.Insert(0, result.Command is RootCommand ? "lodger" : result.Command.Name);
        return string.Join(' ', names);
    }
}
