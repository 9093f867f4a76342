using System.CommandLine;
using System.Text;
using Lodger.Cli.CommandLine;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Shell;

/// <summary>Manual pages in roff (man(7)), from the same descriptions, examples and exit statuses as <c>--help</c>.</summary>
internal static class ManPage
{
    /// <summary>File names and texts: one page for lodger, and one for each command that is not hidden.</summary>
    public static IEnumerable<(string Name, string Text)> All(RootCommand root, string version)
    {
        yield return ("lodger.1", Of(root, ["lodger"], version));
        foreach (var page in Below(root, ["lodger"], version))
            yield return page;
    }

    /// <param name="path">The command's name from <c>lodger</c> on.</param>
    public static string Of(Command command, IReadOnlyList<string> path, string version)
    {
        var page = new StringBuilder();
        var name = string.Join('-', path);
        page.Append(".\\\" Written by:  lodger man\n");
        page.Append($".TH {Word(name.ToUpperInvariant())} 1 \"\" {Word("lodger " + version)} {Word("Lodger")}\n");
        page.Append(".nh\n.ad l\n");
        page.Append($".SH NAME\n{Text(name)} \\- {Text(Sentence(command.Description))}\n");
        page.Append($".SH SYNOPSIS\n.B {Text(string.Join(' ', path))}\n{Synopsis(command)}\n");
        if (Commands(command) is { Count: > 0 } commands)
        {
            page.Append(".SH COMMANDS\n");
            foreach (var below in commands)
                Item(page, $"\\fB{Text(below.Name)}\\fR", $"{below.Description}. See {name}-{below.Name}(1).");
        }

        if (command.Arguments.Count > 0)
        {
            page.Append(".SH ARGUMENTS\n");
            foreach (var argument in command.Arguments.Where(a => !a.Hidden))
                Item(page, $"\\fI{Text(argument.HelpName ?? argument.Name)}\\fR", Sentence(argument.Description) + ".");
        }

        page.Append(".SH OPTIONS\n");
        foreach (var option in command.Options.Concat(command is RootCommand ? [] : [Shared.Json()]).Where(o => !o.Hidden))
        {
            var names = string.Join(", ", option.Aliases.Append(option.Name).Where(n => n.StartsWith('-')).OrderBy(n => n.Length).Select(n => $"\\fB{Text(n)}\\fR"));
            Item(page, names + (TakesValue(option) ? $" \\fI{Text(ValueName(option))}\\fR" : ""), Sentence(option.Description) + "." + (option.Required ? " Required." : ""));
        }

        if (command is Verb verb)
        {
            if (verb.Examples.Count > 0)
                page.Append(".SH EXAMPLES\n.nf\n").AppendJoin('\n', verb.Examples.Select(Text)).Append("\n.fi\n");
            if (verb.Action is not null)
            {
                page.Append(".SH EXIT STATUS\n");
                foreach (var code in new[] { ExitCode.Ok, ExitCode.BadInput, ExitCode.Interrupted }.Concat(verb.Exits).Distinct().Order())
                    Item(page, $"{(int)code}", ExitMeaning.Of(code));
            }
        }

        if (path.Count > 1)
            page.Append($".SH SEE ALSO\n{Text(string.Join('-', path.SkipLast(1)))}(1)\n");
        return page.ToString();
    }

    private static IEnumerable<(string Name, string Text)> Below(Command command, IReadOnlyList<string> path, string version)
    {
        foreach (var below in Commands(command))
        {
            IReadOnlyList<string> own = [.. path, below.Name];
            yield return (string.Join('-', own) + ".1", Of(below, own, version));
            foreach (var page in Below(below, own, version))
                yield return page;
        }
    }

    private static List<Command> Commands(Command command) => [.. command.Subcommands.Where(c => !c.Hidden)];

    private static string Synopsis(Command command)
    {
        var parts = new List<string>();
        if (Commands(command).Count > 0)
            parts.Add("\\fICOMMAND\\fR");
        foreach (var argument in command.Arguments.Where(a => !a.Hidden))
        {
            var text = $"\\fI{Text(argument.HelpName ?? argument.Name)}\\fR" + (argument.Arity.MaximumNumberOfValues > 1 ? " ..." : "");
            parts.Add(argument.Arity.MinimumNumberOfValues == 0 || argument.HasDefaultValue ? $"[{text}]" : text);
        }

        parts.Add("[\\fIoptions\\fR]");
        return string.Join(' ', parts);
    }

    private static bool TakesValue(Option option) => option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool);

    private static string ValueName(Option option) => option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant();

    private static void Item(StringBuilder page, string lead, string text) => page.Append($".TP\n{lead}\n{Text(text)}\n");

    private static string Sentence(string? description) => (description ?? "").TrimEnd('.');

    private static string Word(string text) => $"\"{Text(text).Replace("\"", "\\(dq", StringComparison.Ordinal)}\"";

    /// <summary>Nothing in it is taken for a request: backslashes are doubled, hyphens stay hyphens that can be copied, and no line begins with a dot or a quote.</summary>
    private static string Text(string text)
    {
        var escaped = text.ReplaceLineEndings(" ").Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped.Length > 0 && escaped[0] is '.' or '\'' ? "\\&" + escaped : escaped;
    }
}
