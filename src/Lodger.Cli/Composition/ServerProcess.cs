using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine;
using Lodger.Server;

namespace Lodger.Cli.Composition;

/// <summary>What <c>lodger server run</c> is: the engine, the server and the accounts put together.</summary>
internal static class ServerProcess
{
    /// <param name="isBrisk">Looks every second and waits less: for a local marketplace, which has no neighbours to be polite to and shows what was rented at once.</param>
    public static async Task<Outcome<Done>> RunAsync(Surroundings around, Places places, bool isBrisk, CancellationToken cancellationToken)
    {
        if (places.Prepare() is { IsOk: false, Problem: { } unusable })
            return unusable;
        using var alone = FileLock.Try(places.ServerLock);
        if (alone is null)
            return new Problem("server-runs", $"A server already runs in {places.State}.", "lodger server status", ExitCode.ServerUnreachable);
        var embedded = new EmbeddedMarket(around.Program, places.MarketDirectory, places.MarketLog, around.Environment, around.Time);
        using var accounts = new ConfiguredAccounts(places, around.Environment, embedded, around.Time);
        var engine = new EngineOptions { StateDirectory = places.State, SecretsDirectory = places.Secrets, ToolVersion = $"lodger {OwnProgram.Version}", Notify = () => NotifyFile.Read(places.Notify) };
        if (isBrisk)
            engine = engine with { SweepEvery = TimeSpan.FromMilliseconds(700), ClocksEvery = TimeSpan.FromSeconds(5), Waits = p => Brisk(Waits.Of(p)) };
        var options = new ServerOptions { SocketPath = places.Socket, Build = around.Program.Build, WebhooksDirectory = places.Webhooks, Engine = engine };
        await LodgerServer.RunAsync(options, accounts, around.Time, cancellationToken);
        return Done.Ok;
    }

    private static Waits Brisk(Waits usual) => usual with
    {
        Report = TimeSpan.FromSeconds(1),
        Mirror = TimeSpan.FromSeconds(2),
        Rescue = TimeSpan.FromSeconds(20),
        OffersValid = TimeSpan.FromSeconds(5),
        RentCall = TimeSpan.FromSeconds(10),
        RentShows = TimeSpan.FromSeconds(5),
    };
}
