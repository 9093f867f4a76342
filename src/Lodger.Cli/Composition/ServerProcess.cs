using System.Globalization;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine;
using Lodger.Engine.Journal;
using Lodger.Server;
using Lodger.Server.Access;
using Lodger.Server.Cluster;
using Lodger.Server.Telemetry;

namespace Lodger.Cli.Composition;

/// <summary>What <c>lodger server run</c> is: the engine, the server and the accounts put together.</summary>
internal static class ServerProcess
{
    /// <summary><c>json</c>: the log is one JSON object a line.</summary>
    public const string LogFormatVariable = "LODGER_LOG_FORMAT";

    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(3);

    /// <summary>The same until it is cancelled, or until whoever wanted it has gone.</summary>
    /// <param name="door">The public address that it has to listen on; null: none but the one that is kept.</param>
    /// <param name="parent">Null: for nobody but itself.</param>
    public static async Task<ExitCode> RunForAsync(Surroundings around, Places places, bool isBrisk, ClusterOptions? cluster, DoorOptions? door, int? parent, CancellationToken cancellationToken)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var orphaned = parent is { } id ? ParentWatch.RunAsync(id, around.Time, life) : Task.CompletedTask;
        try
        {
            // Nothing is made anew in a directory that is being removed.
            if (life.IsCancellationRequested)
                return ExitCode.Ok;
            return await RunAsync(around, places, isBrisk, cluster, door, life.Token) is { IsOk: false, Problem: { } problem } ? around.Screen.Fail(problem) : ExitCode.Ok;
        }
        finally
        {
            await life.CancelAsync();
            await orphaned;
        }
    }

    /// <param name="cluster">Null: the only server on its journal.</param>
    /// <param name="isBrisk">Looks every second and waits less: for a local marketplace, which has no neighbours to be polite to and shows what was rented at once.</param>
    private static async Task<Outcome<Done>> RunAsync(Surroundings around, Places places, bool isBrisk, ClusterOptions? cluster, DoorOptions? door, CancellationToken cancellationToken)
    {
        if (places.Prepare() is { IsOk: false, Problem: { } unusable })
            return unusable;
        // A command that looks whether a server lives holds the lock for an instant.
        using var alone = (await FileLock.TakeAsync(places.ServerLock, LookMax, around.Time, cancellationToken)).TryGet(out var held, out _) ? held : null;
        if (alone is null)
            return new Problem("server-runs", $"A server already runs in {places.State}.", "lodger server status", ExitCode.ServerUnreachable);
        await File.WriteAllTextAsync(places.ServerProcessId, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"), cancellationToken);
        if (cluster is null && File.Exists(places.ClusterMark))
            return new Problem("node-down", $"{places.State} belongs to a node of a cluster, whose database has its jobs.", "lodger serve", ExitCode.ServerUnreachable);
        if (cluster is not null && JournalHere(places, cluster).Problem is { } journalHere)
            return journalHere;
        if (!TelemetryOptions.Of(around.Variable, cluster?.Node ?? Environment.MachineName).TryGet(out var telemetry, out var noTelemetry))
            return noTelemetry;
        var embedded = new EmbeddedMarket(around.Program, places.MarketDirectory, places.MarketLog, around.Environment, around.Time);
        using var accounts = new ConfiguredAccounts(places, around.Environment, embedded, around.Time);
        var engine = new EngineOptions { StateDirectory = places.State, SecretsDirectory = places.Secrets, ToolVersion = $"lodger {OwnProgram.Version}", Notify = () => NotifyFile.Read(places.Notify) };
        if (isBrisk)
            engine = engine with { SweepEvery = TimeSpan.FromMilliseconds(700), ClocksEvery = TimeSpan.FromSeconds(5), Waits = p => Brisk(Waits.Of(p)) };
        var options = new ServerOptions { SocketPath = places.Socket, Build = around.Program.Build, WebhooksDirectory = places.Webhooks, DashboardDirectory = Path.Combine(AppContext.BaseDirectory, "dashboard"), Door = door, DoorFile = cluster is null ? places.PublicAddress : null, LogsJson = around.Variable(LogFormatVariable) == "json", Telemetry = telemetry, Commands = parts => Handover.Take(around, parts), Engine = engine };
        return await LodgerServer.RunAsync(options with { Cluster = cluster is null ? null : cluster with { Joined = () => Join(places, cluster) } }, accounts, around.Time, cancellationToken);
    }

    /// <summary>From here on commands in this state directory are the cluster's.</summary>
    private static Outcome<Done> Join(Places places, ClusterOptions cluster)
    {
        File.WriteAllText(places.ClusterMark, cluster.Database.Shown + "\n");
        return Done.Ok;
    }

    /// <summary>A journal of one's own that has jobs would be lost sight of.</summary>
    private static Outcome<Done> JournalHere(Places places, ClusterOptions cluster)
    {
        var own = Path.Combine(places.State, LodgerServer.DatabaseName);
        if (File.Exists(own) && !File.Exists(places.ClusterMark))
        {
            if (!JournalStore.OpenFile(own).TryGet(out var journal, out var problem))
                return problem;
            using (journal)
            {
                if (journal.Jobs().Count > 0)
                {
                    return new Problem(
                        "journal-here",
                        $"{own} holds the journals of {journal.Jobs().Count} jobs, which a cluster on {cluster.Database.Shown} would not know of.",
                        "Move them first:  lodger db move --to URL   or use another state directory (LODGER_STATE_DIR).",
                        ExitCode.Prerequisite);
                }
            }
        }

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
        FilesRest = TimeSpan.FromSeconds(5),
    };
}
