using System.CommandLine;
using Lodger.Domain.Problems;

namespace Lodger.Cli.CommandLine;

/// <summary>One command with what its help adds: examples and what its exit statuses mean.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>Whole lines as a person would type them.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    /// <summary>The statuses that this command can end with, besides 0, 2 and 130.</summary>
    public IReadOnlyList<ExitCode> Exits { get; init; } = [];

    public Verb With(params ReadOnlySpan<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Option option: Options.Add(option); break;
                case Argument argument: Arguments.Add(argument); break;
                case Command command: Subcommands.Add(command); break;
            }
        }

        return this;
    }

    public Verb Does(Func<ParseResult, CancellationToken, Task<ExitCode>> body)
    {
        SetAction(async (parse, token) => (int)await body(parse, token));
        return this;
    }
}
