using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary>What <c>server status --json</c> says.</summary>
/// <param name="Public">Addresses on the network; null when no server runs.</param>
/// <param name="Market">Of the embedded marketplace; null when it does not run.</param>
internal sealed record ServerStatus(bool Running, int? ProcessId, string? Build, DateTimeOffset? StartedAt, int? OpenJobs, string StateDirectory, string Log, Uri? Market, int? MarketProcessId, ClusterView? Cluster = null, IReadOnlyList<DoorView>? Public = null);

/// <summary><c>lodger server</c>: the process behind the commands. They start it by themselves; this is for looking after it.</summary>
internal static class ServerCommand
{
    public static Verb Make(Surroundings around) => new Verb("server", "Start, stop or look at the server that carries out jobs")
    {
        Examples = ["lodger server status"],
    }
    .With(Start(around), Stop(around), Status(around), Run(around));

    private static Verb Start(Surroundings around)
    {
        var door = new PublicOptions();
        var noPublic = new Option<bool>("--no-public") { Description = "Listen on no public address any more" };
        return new Verb("start", "Start the server, if none runs; with --public, open it to the network, now and whenever it starts again")
        {
            Examples = ["lodger server start", "lodger server start --public 127.0.0.1:8765", "lodger server start --public 0.0.0.0:8443 --tls-certificate lab.pem --tls-key lab.key", "lodger server start --no-public"],
            Exits = [ExitCode.ServerUnreachable, ExitCode.Prerequisite],
        }
        .With([.. door.All, noPublic])
        .Does(async (parse, token) =>
        {
            if (!door.Read(parse, around).TryGet(out var wanted, out var unfit))
                return around.Screen.Fail(unfit);
            if (wanted is not null && parse.GetValue(noPublic))
                return around.Screen.Fail(new Problem("public-and-not", "--public and --no-public exclude each other.", "Give one of them.", ExitCode.BadInput));
            return await around.WithServerAsync(
                async server =>
                {
                    if (wanted is { } d && (await server.OpenDoorAsync(new DoorRequest(d.Listen.ToString(), d.CertificateFile, d.KeyFile, d.BehindProxy, IsKept: true), token)).Problem is { } shut)
                        return around.Screen.Fail(shut);
                    if (parse.GetValue(noPublic) && (await server.CloseDoorsAsync(token)).Problem is { } open)
                        return around.Screen.Fail(open);
                    return await StatusAsync(around, token);
                },
                token,
                "it is about the server of this machine");
        });
    }

    private static Verb Stop(Surroundings around) => new Verb("stop", "Stop the server once its current steps are journaled; jobs go on on their machines, and so do their meters")
    {
        Examples = ["lodger server stop"],
        Exits = [ExitCode.ServerUnreachable, ExitCode.TimedOut],
    }
    .Does(async (_, token) =>
    {
        var screen = around.Screen;
        if (RemoteServer.Named(around) is not null)
            return screen.Fail(RemoteServer.OnlyHere("it is about the server of this machine"));
        if (!around.Places().TryGet(out var places, out var homeless))
            return screen.Fail(homeless);
        var door = new ServerDoor(around, places);
        if (!(await door.LookAsync(token)).TryGet(out var running, out var silent))
            return screen.Fail(silent);
        if (running is null)
        {
            screen.Line("No server runs.");
            return ExitCode.Ok;
        }

        if (await door.StopAsync(running, token) is { IsOk: false, Problem: { } stays })
            return screen.Fail(stays);
        screen.Line($"Stopped the server (process {running.ProcessId}).");
        if (running.OpenJobs > 0)
        {
            screen.Line($"  {Figures.Of(running.OpenJobs, "open job")} {(running.OpenJobs == 1 ? "goes" : "go")} on without it and may bill; the next lodger command takes over again.");
            return ExitCode.Ok;
        }

        var market = Market(around, places);
        if (market.Look() is { } door2 && await market.StopAsync() is { IsOk: true })
            screen.Line($"Stopped the local marketplace (process {door2.Pid}); its ledger stays in {Shown.Text(places.MarketDirectory)}.");
        return ExitCode.Ok;
    });

    private static Verb Status(Surroundings around) => new Verb("status", "Say whether a server runs, where its state and log are, and whether the local marketplace runs")
    {
        Examples = ["lodger server status --json"],
        Exits = [ExitCode.ServerUnreachable],
    }
    .Does((_, token) => StatusAsync(around, token));

    private static Verb Run(Surroundings around)
    {
        var brisk = new Option<bool>("--brisk") { Hidden = true };
        var parent = new Option<int?>("--parent-pid") { Hidden = true };
        return new Verb("run", "Be the server, in the foreground") { Hidden = true }
        .With(brisk, parent)
        .Does(async (parse, token) =>
        {
            if (!around.Places().TryGet(out var places, out var homeless))
                return around.Screen.Fail(homeless);
            return await ServerProcess.RunForAsync(around, places, parse.GetValue(brisk), null, null, parse.GetValue(parent), token);
        });
    }

    private static async Task<ExitCode> StatusAsync(Surroundings around, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!around.Places().TryGet(out var places, out var homeless))
            return screen.Fail(homeless);
        if (!(await new ServerDoor(around, places).LookAsync(cancellationToken)).TryGet(out var server, out var silent))
            return screen.Fail(silent);
        using var client = new ServerClient(places.Socket);
        DoorView[]? open = server is not null && (await client.DoorsAsync(cancellationToken)).TryGet(out var told, out _) ? told : null;
        var market = Market(around, places).Look();
        if (screen.IsJson)
        {
            screen.Json(
                new ServerStatus(server is not null, server?.ProcessId, server?.Build, server?.StartedAt, server?.OpenJobs, places.State, places.ServerLog, market?.Url, market?.Pid, server?.Cluster, open),
                CliJson.Default.ServerStatus);
            return ExitCode.Ok;
        }

        screen.Line(server is null
            ? "No server runs; the next command that needs one starts it."
            : $"The server runs: process {server.ProcessId}, build {Shown.Text(server.Build)}, since {Figures.Moment(server.StartedAt, around.Time)}, {Figures.Of(server.OpenJobs, "open job")}.");
        if (server?.Cluster is { } cluster)
        {
            screen.Hang("  node     ", cluster.Leads ? $"{cluster.Node}, which leads (term {cluster.Term})" : cluster.Leader is { } leader ? $"{cluster.Node}; {leader} leads (term {cluster.Term})" : $"{cluster.Node}; no node leads just now, or the database does not answer");
            screen.Hang("  journal  ", cluster.Database);
        }

        foreach (var door in open ?? [])
        {
            screen.Hang("  public   ", door.Address is { } address ? $"{address}{(door.BehindProxy ? " (behind a proxy)" : "")}, for who has a token:  lodger token list" : $"{door.Listen} is not open: {door.Problem?.Message}");
        }

        screen.Line(market is null ? "The local marketplace does not run." : $"The local marketplace runs: process {market.Pid}, {Shown.Text(market.Url.ToString())}");
        screen.Line($"  state    {Shown.Text(places.State)}");
        screen.Line($"  log      {Shown.Text(places.ServerLog)}");
        return ExitCode.Ok;
    }

    private static EmbeddedMarket Market(Surroundings around, Places places) =>
        new(around.Program, places.MarketDirectory, places.MarketLog, around.Environment, around.Time);
}
