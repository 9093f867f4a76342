using System.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Domain.Doctor;
using Lodger.Domain.Problems;

namespace Lodger.Cli.CommandLine;

/// <summary>Options and arguments that several commands have, made anew for each because a symbol belongs to one command.</summary>
internal static class Shared
{
    private const string JsonName = "--json";

    /// <summary>On the root, for all.</summary>
    public static Option<bool> Json() => new(JsonName) { Description = "Print the same facts as JSON, in a stable form", Recursive = true };

    public static bool IsJson(ParseResult parse)
    {
        foreach (var option in parse.RootCommandResult.Command.Options)
        {
            if (option.Name == JsonName)
                return parse.GetValue((Option<bool>)option);
        }

        return false;
    }

    public static AccountOptions Account() => new(
        new Option<string?>("--market") { Description = "local: the embedded marketplace, free, on this machine", HelpName = "local" },
        new Option<string?>("--account") { Description = "An account that lodger login stored (default: LODGER_ACCOUNT, the configured one, else local)", HelpName = "NAME" });

    public static Option<string[]> Accept()
    {
        var accept = new Option<string[]>("--accept") { Description = "Go on in spite of this finding of the doctor; several: give it again", HelpName = "ID" };
        accept.Validators.Add(result =>
        {
            var known = RuleBook.All.Select(rule => rule.Id);
            if (result.Tokens.Select(t => t.Value).FirstOrDefault(id => !known.Contains(id, StringComparer.Ordinal)) is { } unknown)
                result.AddError($"--accept: the doctor has no finding '{unknown}'.{((NearestWord.To(unknown, known) ?? NearestWord.To(unknown.ToUpperInvariant(), known)) is { } near ? $" Did you mean {near}?" : "")} All of them:  lodger explain");
        });
        return accept;
    }

    public static Option<bool> Yes(string description) => new("--yes", "-y") { Description = description };

    /// <summary>A job that may be left out when there is only one.</summary>
    public static Argument<string?> Job() =>
        new("JOB") { Description = "Name or id, or that of its rental; may be left out when one job is open", Arity = ArgumentArity.ZeroOrOne };

    public static Argument<string> NamedJob() => new("JOB") { Description = "Name or id, or that of its rental" };
}

internal sealed record AccountOptions(Option<string?> Market, Option<string?> Account)
{
    public Outcome<string> Choose(ParseResult parse, Surroundings around) =>
        AccountNames.Choose(around, parse.GetValue(Market), parse.GetValue(Account));
}
