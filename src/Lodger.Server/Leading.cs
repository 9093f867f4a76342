using Lodger.Engine.Accounts;
using Lodger.Engine.Adopt;
using Lodger.Engine.Clocks;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Time;
using Lodger.Engine.Volumes;
using Lodger.Server.Access;
using Lodger.Server.Hooks;
using Lodger.Server.Http;
using Lodger.Server.Site;
using Lodger.Server.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lodger.Server;

/// <summary>What the one server does that acts: the jobs of a journal, and the interface to them.</summary>
internal sealed class Leading : IAsyncDisposable
{
    private readonly JobBoard board;
    private readonly HookDesk hooks;
    private readonly ClockWatch clocks;
    private readonly VolumeDesk volumes;
    private readonly AdoptDesk adopt;
    private readonly Gatekeeper keeper;
    private readonly ServerFigures figures;
    private readonly TimeProvider steady;
    private Endpoints? endpoints;

    private Leading(JournalStore journal, ServerOptions options, IAccounts accounts, TimeProvider clock, IServiceProvider services)
    {
        var log = services.GetRequiredService<ILogger<JobBoard>>();
        var newest = journal.LastAt();
        if (newest - clock.GetUtcNow() is { } back && back > TimeSpan.FromSeconds(5))
            log.LogWarning("This machine's clock is {Back} behind the newest entry of the journal: it was set back, or was ahead before. Jobs are reckoned by a time that goes on from that entry until the clock has caught up.", back);
        steady = new SteadyTime(clock, newest);
        board = new JobBoard(accounts, journal, options.Engine, steady, log);
        figures = new ServerFigures(board);
        hooks = new HookDesk(board, new HookFiles(options.WebhooksDirectory), options.WebhookCheckEvery, steady, log);
        clocks = new ClockWatch(board, journal, options.Engine, steady, services.GetRequiredService<ILogger<ClockWatch>>());
        volumes = new VolumeDesk(board, journal, steady);
        adopt = new AdoptDesk(board, steady);
        var tokens = new AccessTokens(journal, clock);
        var gatekeeping = services.GetRequiredService<ILogger<Gatekeeper>>();
        keeper = new Gatekeeper(tokens, new Sessions(tokens, clock), new AuditLog(journal, clock, gatekeeping), (key, project) => board.Find(key, project).Then<string>(s => s.State.Id), clock, gatekeeping);
    }

    /// <summary>Answers every request.</summary>
    public RequestDelegate Answer => endpoints!.Answer;

    /// <summary>First the jobs, then the door: nobody is told that a job does not exist because it was not read yet.</summary>
    /// <param name="journal">Stays the caller's.</param>
    /// <param name="mapServer">Adds what concerns this process.</param>
    public static async Task<Leading> BeginAsync(
        JournalStore journal, ServerOptions options, IAccounts accounts, TimeProvider time, IServiceProvider services, Action<IEndpointRouteBuilder, JobBoard> mapServer, CancellationToken cancellationToken)
    {
        var leading = new Leading(journal, options, accounts, time, services);
        try
        {
            await leading.board.RecoverAsync(cancellationToken);
            await leading.hooks.OpenAsync(cancellationToken);
            leading.clocks.Start();
            leading.endpoints = Endpoints.Of(services, leading.keeper.LetInAsync, routes =>
            {
                AccessEndpoints.Map(routes, leading.keeper);
                JobEndpoints.Map(routes, leading.board);
                CodeEndpoints.Map(routes, leading.board);
                ResultEndpoints.Map(routes, leading.board);
                MarketEndpoints.Map(routes, leading.board);
                WebhookEndpoints.Map(routes, leading.hooks);
                VolumeEndpoints.Map(routes, leading.volumes);
                AdoptEndpoints.Map(routes, leading.board, leading.adopt);
                MoneyEndpoints.Map(routes, leading.board, leading.clocks, leading.volumes);
                MetricsEndpoint.Map(routes, leading.board);
                new Dashboard(options.DashboardDirectory).Map(routes);
                LiveEndpoints.Map(routes, leading.board, journal, leading.keeper, options.Build, leading.steady, cancellationToken);
                mapServer(routes, leading.board);
                OpenApi.Map(routes);
                if (NeededScopes.Gaps(routes.DataSources.SelectMany(d => d.Endpoints)) is { Count: > 0 } gaps)
                    throw new InvalidOperationException(string.Join("; ", gaps));
            });
            return leading;
        }
        catch
        {
            await leading.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends its steps where they are; jobs go on on their machines.</summary>
    public async ValueTask DisposeAsync()
    {
        // What acts first, and whatever becomes of the rest.
        try
        {
            await board.DisposeAsync();
        }
        finally
        {
            try
            {
                await hooks.DisposeAsync();
            }
            finally
            {
                await clocks.DisposeAsync();
                volumes.Dispose();
                figures.Dispose();
                if (endpoints is not null)
                    await endpoints.DisposeAsync();
            }
        }
    }
}
