using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Journal;
using Lodger.Server.Access;
using Lodger.Server.Cluster;
using Lodger.Server.Http;
using Lodger.Server.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lodger.Server;

/// <summary>The long-running process: the engine behind an HTTP interface on a Unix domain socket that only its user can open.</summary>
public static class LodgerServer
{
    /// <summary>The journal's database in the state directory.</summary>
    public const string DatabaseName = "lodger.db";

    /// <summary>A spec is a few kilobytes; a person's commands in it may be long.</summary>
    internal const long RequestBytesMax = 4 << 20;

    /// <summary>Runs until it is cancelled, or stopped over its interface. Jobs go on on their machines.</summary>
    /// <remarks>The caller holds the state directory's lock: two servers never share one.</remarks>
    public static async Task<Outcome<Done>> RunAsync(ServerOptions options, IAccounts accounts, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        File.Delete(options.SocketPath);
        using var telemetry = options.Telemetry is { } wanted ? TelemetryExport.Begin(wanted, options.Build) : null;
        await using var app = Listener(options);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var startedAt = time.GetUtcNow();
        return options.Cluster is { } cluster
            ? await new ClusterNode(options, cluster, accounts, time, app, startedAt, stopping).RunAsync()
            : await AloneAsync(options, accounts, time, app, startedAt, stopping);
    }

    /// <summary>From the first request that is taken to the last; <paramref name="stopping"/> ends it.</summary>
    /// <param name="answer">Every request, marked with where it came in.</param>
    /// <param name="doors">Opened before the socket is: who is answered there finds them open, and can have them closed.</param>
    internal static async Task<Outcome<Done>> ListenAsync(WebApplication app, ServerOptions options, RequestDelegate answer, Doors doors, CancellationTokenSource stopping)
    {
        ProblemAnswers.Use(app, app.Services.GetRequiredService<ILogger<WebApplication>>());
        app.UseResponseCompression();
        app.Run(answer);
        if (await DoorsAsync(options, doors, stopping.Token) is { } shut)
            return shut;
        await app.StartAsync(stopping.Token);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(options.SocketPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            await Task.Delay(Timeout.Infinite, stopping.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }

        await doors.DisposeAsync();
        await app.StopAsync(CancellationToken.None);
        File.Delete(options.SocketPath);
        return Done.Ok;
    }

    /// <summary>Null: open. One that was named with the command that started the server has to be; one that is kept need not.</summary>
    private static async Task<Problem?> DoorsAsync(ServerOptions options, Doors doors, CancellationToken cancellationToken)
    {
        if (options.Door is { } named)
            return (await doors.OpenAsync(named, isKept: false, cancellationToken)).Problem;
        await doors.OpenKeptAsync(cancellationToken);
        return null;
    }

    /// <param name="isReady">Whether this process can do its work just now.</param>
    internal static Doors DoorsOf(WebApplication app, ServerOptions options, RequestDelegate answer, Func<bool> isReady, TimeProvider time) =>
        new(Health.Before(answer, isReady, time), options.DoorFile is { } path ? new DoorFile(path) : null, app.Services.GetRequiredService<ILoggerFactory>(), time);

    private static async Task<Outcome<Done>> AloneAsync(ServerOptions options, IAccounts accounts, TimeProvider time, WebApplication app, DateTimeOffset startedAt, CancellationTokenSource stopping)
    {
        if (!JournalStore.OpenFile(Path.Combine(options.Engine.StateDirectory, DatabaseName)).TryGet(out var journal, out var problem))
            return problem;
        using (journal)
        {
            RequestDelegate answer = _ => Task.CompletedTask;
            await using var doors = DoorsOf(
                app,
                options,
                http => answer(http),
                () =>
                {
                    journal.Probe();
                    return true;
                },
                time);
            await using var leading = await Leading.BeginAsync(
                journal,
                options,
                accounts,
                time,
                app.Services,
                (routes, board) =>
                {
                    ServerEndpoints.Map(routes, board, options, () => null, startedAt, stopping);
                    DoorEndpoints.Map(routes, doors);
                },
                stopping.Token);
            answer = leading.Answer;
            return await ListenAsync(
                app,
                options,
                http =>
                {
                    Entrance.Mark(http, Entrance.Socket);
                    return leading.Answer(http);
                },
                doors,
                stopping);
        }
    }

    private static WebApplication Listener(ServerOptions options)
    {
        // Empty: no environment variable and no file in the working directory may open a port or show an exception page.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        if (options.LogsJson)
            builder.Logging.AddJsonConsole(o => (o.TimestampFormat, o.UseUtcTimestamp) = ("yyyy-MM-ddTHH:mm:ss.fffZ", true));
        else
            builder.Logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat, o.UseUtcTimestamp) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ ", true));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // It tells whoever asked; the stack of a refused connection tells nobody more.
        builder.Logging.AddFilter("Yarp", LogLevel.Error);
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.ListenUnixSocket(options.SocketPath);
            if (options.Cluster is { } cluster)
                k.Listen(cluster.Listen);
            k.Limits.MaxRequestBodySize = RequestBytesMax;
        });
        builder.Services.AddHttpForwarder();
        // A node that passes an answer on to a browser gets it packed; Lodger's own commands ask for none.
        builder.Services.AddResponseCompression();
        return builder.Build();
    }
}
