using System.CommandLine;
using System.CommandLine.Completions;
using Lodger.Cli.CommandLine;

namespace Lodger.Cli.Shell;

/// <summary>One way to go on with the word that is being typed.</summary>
/// <param name="Word">Whole.</param>
/// <param name="Description">One line; empty when there is nothing to say.</param>
internal sealed record Completion(string Word, string Description)
{
    /// <summary>
    /// How a line can go on: commands, options once a dash is typed, what an option or argument can be.
    /// </summary>
    /// <param name="root">All commands.</param>
    /// <param name="words">The line without the program's name; the last is the one being typed, empty when none is.</param>
    /// <param name="values">What a value with this name can be; null when nobody knows.</param>
    /// <returns>Null where a name of a file may stand, which the shell knows better.</returns>
    public static IReadOnlyList<Completion>? Of(RootCommand root, IReadOnlyList<string> words, Func<Symbol, IReadOnlyList<Completion>?> values)
    {
        var typed = words.Count == 0 ? "" : words[^1];
        var before = words.Take(words.Count - 1).ToList();
        if (before.Contains("--", StringComparer.Ordinal))
            return null;
        var parse = root.Parse(before, CommandTree.Plain);
        var command = parse.CommandResult.Command;
        if (WaitsForValue(parse, before) is { } option)
            return Values(option, option.CompletionSources, typed, values);
        if (typed.StartsWith('-') && typed.Contains('=', StringComparison.Ordinal))
        {
            var (name, value) = (typed[..typed.IndexOf('=', StringComparison.Ordinal)], typed[(typed.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            return Options(command).FirstOrDefault(o => Names(o).Contains(name, StringComparer.Ordinal)) is { } known
                ? Values(known, known.CompletionSources, value, values)?.Select(c => c with { Word = $"{name}={c.Word}" }).ToList()
                : [];
        }

        if (typed.StartsWith('-'))
            return Matching(typed, Options(command).Where(o => !o.Hidden && (MayRepeat(o) || parse.GetResult(o) is not { Implicit: false })).Select(o => new Completion(o.Name, o.Description ?? "")));
        if (command.Subcommands.Any(c => !c.Hidden) && parse.UnmatchedTokens.Count == 0)
            return Matching(typed, command.Subcommands.Where(c => !c.Hidden).Select(c => new Completion(c.Name, c.Description ?? "")));
        return command.Arguments.FirstOrDefault(a => (parse.GetResult(a)?.Tokens.Count ?? 0) < a.Arity.MaximumNumberOfValues) is { } argument
            ? Values(argument, argument.CompletionSources, typed, values)
            : [];
    }

    private static IReadOnlyList<Completion>? Values(Symbol symbol, ICollection<Func<CompletionContext, IEnumerable<CompletionItem>>> listed, string typed, Func<Symbol, IReadOnlyList<Completion>?> values) =>
        IsPath(symbol)
            ? null
            : Matching(typed, values(symbol) ?? [.. listed.SelectMany(source => source(CompletionContext.Empty)).Select(item => new Completion(item.InsertText ?? item.Label, item.Documentation ?? ""))]);

    /// <summary>By the name under which help shows the value. A JOB that may be several words is a job.yaml or a command.</summary>
    private static bool IsPath(Symbol symbol) => symbol switch
    {
        Argument { Name: "JOB" } argument => argument.Arity.MaximumNumberOfValues > 1,
        Argument argument => IsPath(argument.HelpName ?? argument.Name),
        Option option => IsPath(option.HelpName ?? ""),
        _ => false,
    };

    private static bool IsPath(string name) => name is "FILE" or "DIR" or "FILE|DIR" or "WHAT" or "WHERE" or "COMMAND";

    private static IReadOnlyList<Completion> Matching(string typed, IEnumerable<Completion> all) =>
        [.. all.Where(c => c.Word.StartsWith(typed, StringComparison.Ordinal)).DistinctBy(c => c.Word, StringComparer.Ordinal).Select(c => c with { Description = c.Description.ReplaceLineEndings(" ") })];

    /// <summary>The option that the last whole word is, if it has a value that has not come yet.</summary>
    private static Option? WaitsForValue(ParseResult parse, List<string> before) =>
        before.Count > 0 && Options(parse.CommandResult.Command).FirstOrDefault(o => Names(o).Contains(before[^1], StringComparer.Ordinal)) is { } option && option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0
            ? option
            : null;

    private static IEnumerable<string> Names(Option option) => option.Aliases.Append(option.Name);

    private static bool MayRepeat(Option option) => option.Arity.MaximumNumberOfValues > 1;

    /// <summary>The command's own and those that are for all.</summary>
    private static IEnumerable<Option> Options(Command command)
    {
        foreach (var option in command.Options)
            yield return option;
        for (var parent = command.Parents.OfType<Command>().FirstOrDefault(); parent is not null; parent = parent.Parents.OfType<Command>().FirstOrDefault())
        {
            foreach (var option in parent.Options.Where(o => o.Recursive))
                yield return option;
        }
    }
}
