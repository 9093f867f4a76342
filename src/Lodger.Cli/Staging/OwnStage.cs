using System.Globalization;
using Lodger.Cli.Composition;
using Lodger.Domain.Problems;
using Lodger.Server.Client;

namespace Lodger.Cli.Staging;

/// <summary>
/// A server and a marketplace of a command's own, in a temporary directory. Whatever ends the command, both are ended by their process ids and waited for; should
/// it be killed, they end because they watch it, and the marketplace removes the directory.
/// </summary>
internal sealed class OwnStage(Surroundings outer, bool keep) : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(90);
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("lodger-stage-");

    /// <summary>The marketplace first, then the server, which is ended first.</summary>
    private readonly List<LiveProcess> processes = [];
    private EmbeddedMarket? market;
    private bool isOver;

    /// <summary>As commands on this stage see the world.</summary>
    public Surroundings Inner => field ??= outer with { Environment = InnerEnvironment() };

    /// <summary>For results that nobody keeps longer than the stage.</summary>
    public string Results => Path.Combine(directory.FullName, "results");

    /// <summary>The way to the marketplace that was raised; null when there is none.</summary>
    public MarketDoor? Door => market?.Look();

    private Places Places => PlacesIn(directory.FullName);

    public static Places PlacesIn(string directory) => new(Path.Combine(directory, "state"), Path.Combine(directory, "config", "lodger"));

    public async Task<Outcome<ServerClient>> RaiseAsync(CancellationToken cancellationToken)
    {
        var parent = System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        market = new EmbeddedMarket(outer.Program, Places.MarketDirectory, Places.MarketLog, Inner.Environment, outer.Time)
        {
            // A fifth of the time that images take: what is shown is the rest.
            StartArguments = ["--parent-pid", parent, "--pull-factor", "0.2", "--destroy-linger", "2", .. keep ? (string[])[] : ["--stage-directory", directory.FullName]],
            // The server starts it again when it dies, as late as in the moment when the command is killed: that one has to watch it, too.
            KeepsArguments = true,
            OnStarted = processes.Add,
        };
        if (Places.MakePrivate(Places.State) is { IsOk: false, Problem: { } unusable })
            return unusable;
        if (await market.EnsureAsync(cancellationToken) is { IsOk: false, Problem: { } noMarket })
            return noMarket with { Fix = "" };
        var door = new ServerDoor(Inner, Places) { StartArguments = ["--brisk", "--parent-pid", parent], OnStarted = processes.Add };
        return await door.OpenAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (isOver)
            return;
        isOver = true;
        foreach (var process in Enumerable.Reverse(processes))
            await process.EndAsync(Grace, outer.Time);
        if (keep)
        {
            outer.Screen.Remark($"Kept: {directory.FullName}  (LODGER_STATE_DIR={Places.State} lodger ps --all)");
            return;
        }

        if (await AbandonedStage.RemoveAsync(directory.FullName, outer.Time) is { } why)
            outer.Screen.Remark($"The directory {directory.FullName} could not be removed: {why}");
    }

    private Dictionary<string, string> InnerEnvironment() => new(outer.Environment, StringComparer.Ordinal)
    {
        ["LODGER_STATE_DIR"] = Places.State,
        ["XDG_CONFIG_HOME"] = Path.Combine(directory.FullName, "config"),
        ["LODGER_ACCOUNT"] = AccountNames.Local,
    };
}
