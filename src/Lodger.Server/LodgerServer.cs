using Lodger.Engine.Accounts;
using Lodger.Engine.Clocks;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Volumes;
using Lodger.Server.Hooks;
using Lodger.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lodger.Server;

/// <summary>The long-running process: the engine behind an HTTP interface on a Unix domain socket that only its user can open.</summary>
public static class LodgerServer
{
    /// <summary>The journal's database in the state directory.</summary>
    public const string DatabaseName = "lodger.db";

    /// <summary>A spec is a few kilobytes; a person's commands in it may be long.</summary>
    private const long RequestBytesMax = 4 << 20;

    /// <summary>Runs until it is cancelled, or stopped over its interface. Jobs go on on their machines.</summary>
    /// <remarks>The caller holds the state directory's lock: two servers never share one.</remarks>
    public static async Task RunAsync(ServerOptions options, IAccounts accounts, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        using var journal = new JournalStore(Path.Combine(options.Engine.StateDirectory, DatabaseName));
        File.Delete(options.SocketPath);

        // Empty: no environment variable and no file in the working directory may open a port or show an exception page.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat, o.UseUtcTimestamp) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ ", true));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.ListenUnixSocket(options.SocketPath);
            k.Limits.MaxRequestBodySize = RequestBytesMax;
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(o => RequestRules.Require(o.SerializerOptions));
        await using var app = builder.Build();
        var log = app.Services.GetRequiredService<ILogger<JobBoard>>();
        await using var board = new JobBoard(accounts, journal, options.Engine, time, log);
        await using var hooks = new HookDesk(board, new HookFiles(options.WebhooksDirectory), options.WebhookCheckEvery, time, log);
        ProblemAnswers.Use(app, log);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        JobEndpoints.Map(app, board);
        MarketEndpoints.Map(app, board);
        WebhookEndpoints.Map(app, hooks);
        await using var clocks = new ClockWatch(board, journal, options.Engine, time, app.Services.GetRequiredService<ILogger<ClockWatch>>());
        using var volumes = new VolumeDesk(board, journal, time);
        VolumeEndpoints.Map(app, volumes);
        MoneyEndpoints.Map(app, board, clocks, volumes);
        ServerEndpoints.Map(app, board, options, time.GetUtcNow(), stopping);

        // First the jobs, then the door: nobody is told that a job does not exist because it was not read yet.
        await board.RecoverAsync(cancellationToken);
        await hooks.OpenAsync(cancellationToken);
        clocks.Start();
        await app.StartAsync(cancellationToken);
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

        await app.StopAsync(CancellationToken.None);
        File.Delete(options.SocketPath);
    }
}
