using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Composition;

/// <summary>Everything that a command takes from the process it runs in; tests pass their own.</summary>
internal sealed record Surroundings
{
    public required Screen Screen { get; init; }

    public required TimeProvider Time { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required string CurrentDirectory { get; init; }

    public required TextReader Input { get; init; }

    /// <summary>What is started when a server or a marketplace is needed.</summary>
    public required OwnProgram Program { get; init; }

    /// <summary>The program that runs the command for somebody, see <see cref="Server.Access.Agent"/>; null: a person, or a script of theirs.</summary>
    public string? Agent { get; init; }

    /// <summary>Nothing else goes on in this process while a command waits for the server, see <see cref="Server.Client.ServerClient.Blocks"/>.</summary>
    public bool IsAlone { get; init; }

    /// <summary>How long somebody who pressed Tab waits for the names of jobs; then there are none.</summary>
    public TimeSpan TabPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Who says yes, for the journal.</summary>
    public string User => Variable("USER") ?? Variable("LOGNAME") ?? System.Environment.UserName;

    public string? Variable(string name) => Environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    public Outcome<Places> Places() => Composition.Places.Of(Environment);

    public static Surroundings OfProcess()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        var input = new StandardInput();
        var traits = ScreenTraits.OfProcess(environment.GetValueOrDefault);
        return new Surroundings
        {
            Screen = new Screen(new GuardedWriter(Console.Out, isAnswer: true), new GuardedWriter(Console.Error, isAnswer: false), input, traits),
            Time = TimeProvider.System,
            Environment = environment,
            CurrentDirectory = System.Environment.CurrentDirectory,
            Input = input,
            Program = OwnProgram.Running,
            IsAlone = !OperatingSystem.IsWindows(),
        };
    }
}
