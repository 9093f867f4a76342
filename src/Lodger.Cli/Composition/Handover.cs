using System.Globalization;
using Lodger.Cli.Terminal;
using Lodger.Server.Client;

namespace Lodger.Cli.Composition;

/// <summary>
/// Commands that only look are carried out by the server that runs already, for which that is a matter of milliseconds; the process that was started for them passes on what was typed, and shows what comes
/// back. Where that cannot be, they are carried out in their own process, as all others are.
/// </summary>
internal static class Handover
{
    /// <summary>All that those commands read of their surroundings.</summary>
    private static readonly string[] Variables = ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "LODGER_STATE_DIR", "LODGER_ACCOUNT", "TERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "TZ"];

    /// <summary>This process's half. Null: nothing was said yet, and the command is to be carried out here.</summary>
    public static int? TryCarryOut(string[] words)
    {
        // These ask nothing, write nothing, and need no file but the server's answer.
        if (OperatingSystem.IsWindows() || words is not ["offers" or "ps" or "clocks" or "cost", ..] || Environment.GetEnvironmentVariable(RemoteServer.AddressVariable) is { Length: > 0 })
            return null;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Variables)
            environment[name] = Environment.GetEnvironmentVariable(name) ?? "";
        if (!Places.Of(environment).TryGet(out var places, out _) || !File.Exists(places.Socket))
            return null;
        var parts = Say(Environment.GetEnvironmentVariable, Console.IsOutputRedirected ? null : ScreenTraits.WidthOfTerminal(), !Console.IsErrorRedirected, words);
        if (CommandHandover.Send(places.Socket, OwnProgram.Running.Build, parts) is not { } said)
            return null;
        if (said.Remarks.Length > 0)
            new GuardedWriter(Console.Error, isAnswer: false).Write(said.Remarks);
        return Application.Answer(said.Output, said.Status);
    }

    /// <summary>What is passed on: the variables, the width of the terminal (empty: the output goes elsewhere), whether remarks go to a terminal (empty: they do not), the words.</summary>
    internal static List<string> Say(Func<string, string?> environment, int? width, bool errIsTerminal, string[] words)
    {
        var parts = new List<string>();
        foreach (var name in Variables)
            parts.Add(environment(name) ?? "");
        parts.Add(width?.ToString(CultureInfo.InvariantCulture) ?? "");
        parts.Add(errIsTerminal ? "terminal" : "");
        parts.AddRange(words);
        return parts;
    }

    /// <summary>The server's half. Null: the line would be understood otherwise there.</summary>
    public static Func<CancellationToken, Task<CommandSaid>>? Take(Surroundings server, IReadOnlyList<string> parts)
    {
        if (parts.Count < Variables.Length + 2)
            return null;
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < Variables.Length; i++)
            environment[Variables[i]] = parts[i];
        // Times are shown as the clock on the wall has them, and a process has one such clock.
        return environment["TZ"] == (server.Variable("TZ") ?? "") ? token => RunAsync(server, environment, parts, token) : null;
    }

    private static async Task<CommandSaid> RunAsync(Surroundings server, Dictionary<string, string> environment, IReadOnlyList<string> parts, CancellationToken cancellationToken)
    {
        using var output = new StringWriter();
        using var remarks = new StringWriter();
        var isTerminal = int.TryParse(parts[Variables.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var width);
        var traits = ScreenTraits.Of(environment.GetValueOrDefault, inIsTerminal: false, isTerminal, parts[Variables.Length + 1].Length > 0, isTerminal ? width : null);
        var around = server with
        {
            Screen = new Screen(output, remarks, TextReader.Null, traits),
            Environment = environment,
            CurrentDirectory = "/",
            Input = TextReader.Null,
            IsAlone = false,
        };
        var status = await Application.RunAsync([.. parts.Skip(Variables.Length + 2)], around, cancellationToken);
        return new CommandSaid(status, output.ToString(), remarks.ToString());
    }
}
