using System.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Domain.Problems;

namespace Lodger.Cli.CommandLine;

/// <summary>Options and arguments that several commands have, made anew for each because a symbol belongs to one command.</summary>
internal static class Shared
{
    /// <summary>On the root, for all.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "Print the same facts as JSON, in a stable form", Recursive = true };

    public static AccountOptions Account() => new(
        new Option<string?>("--market") { Description = "local: the embedded marketplace, free, on this machine", HelpName = "local" },
        new Option<string?>("--account") { Description = "An account that lodger login stored (default: LODGER_ACCOUNT, the configured one, else local)", HelpName = "NAME" });

    public static Option<string[]> Accept() => new("--accept") { Description = "Go on in spite of this finding of the doctor; several: give it again", HelpName = "ID" };

    public static Option<bool> Yes(string description) => new("--yes", "-y") { Description = description };

    /// <summary>A job that may be left out when there is only one.</summary>
    public static Argument<string?> Job() =>
        new("JOB") { Description = "Name or id; may be left out when one job is open", Arity = ArgumentArity.ZeroOrOne };

    public static Argument<string> NamedJob() => new("JOB") { Description = "Name or id" };
}

internal sealed record AccountOptions(Option<string?> Market, Option<string?> Account)
{
    public Outcome<string> Choose(ParseResult parse, Surroundings around) =>
        AccountNames.Choose(around, parse.GetValue(Market), parse.GetValue(Account));
}
