using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Cluster;

/// <summary>
/// One node of several on one database. One leads and does all that there is to do; the others wait, pass on what they are asked, and take over when its lease is over. See docs/decisions/0011.
/// </summary>
internal sealed class ClusterNode(
    ServerOptions options, ClusterOptions cluster, IAccounts accounts, TimeProvider time, WebApplication app, DateTimeOffset startedAt, CancellationTokenSource stopping)
{
    private readonly ILogger log = app.Services.GetRequiredService<ILogger<WebApplication>>();

    /// <summary>For this node's own socket alone: while it follows nobody is looked at who comes there.</summary>
    private volatile RequestDelegate answer = _ => Task.CompletedTask;

    private volatile Leader? seen;
    private long seenAt;
    private volatile LeaderLease? mine;
    private volatile OwnTerm? leads;

    public async Task<Outcome<Done>> RunAsync()
    {
        using var database = new PostgresDatabase(cluster.Database);
        using var following = new Following(app.Services, () => mine is null && seen is { IsOver: false } leader ? leader : null);
        await using var doors = LodgerServer.DoorsOf(app, options, http => AnswerStrangerAsync(http, following), IsReady, time);
        // Only this node's own socket leads here.
        await using var routes = Endpoints.Of(app.Services, (http, next) => next(http), map =>
        {
            MapServer(map, null);
            DoorEndpoints.Map(map, doors);
            map.MapFallback("{**path}", following.AnswerAsync);
        });
        answer = routes.Answer;
        if (await FirstLookAsync(database) is { IsOk: false, Problem: { } unusable })
            return unusable;
        var listening = LodgerServer.ListenAsync(app, options, AnswerAsync, doors, stopping);
        // Ends with the listener, also when that could not be begun.
        _ = listening.ContinueWith(_ => stopping.Cancel(), TaskScheduler.Default);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (Look(database) is { } lease)
                    await LeadAsync(lease, routes.Answer, doors);
            }
            catch (Exception e) when (e is JournalException or OperationCanceledException)
            {
                LogLines.NotYet(log, e.Message);
            }
            catch (Exception e)
            {
                // A node that ends for a defect would be followed by the next one, until none is left.
                LogLines.TermEnded(log, e);
            }

            await PauseAsync(stopping.Token);
        }

        try
        {
            return await listening;
        }
        catch (IOException e)
        {
            return new Problem("listen-taken", $"{cluster.Listen} cannot be listened on: {e.Message}", "Name another port:  --listen ADDRESS:PORT", ExitCode.Prerequisite);
        }
    }

    /// <summary>Over the network nobody but a node that has the leader's key is answered, and only by the leader.</summary>
    private Task AnswerAsync(HttpContext http)
    {
        if (!NodeKey.IsFromNetwork(http))
        {
            Entrance.Mark(http, Entrance.Socket);
            return answer(http);
        }

        var lease = mine is { IsSure: true } sure ? sure : null;
        return NodePort.AnswerAsync(http, lease?.Key, lease is not null && leads is { } own && own.Lease == lease ? own.Answer : null);
    }

    /// <summary>From the public address of this node: who asks is the leader's matter, wherever that is.</summary>
    private Task AnswerStrangerAsync(HttpContext http, Following following) => leads is { Lease.IsSure: true } own ? own.Answer(http) : following.AnswerAsync(http);

    /// <summary>It leads, or another does and the database said so lately.</summary>
    private bool IsReady() => mine is { } lease
        ? lease.IsSure && leads is not null
        : seen is { IsOver: false } && time.GetElapsedTime(Interlocked.Read(ref seenAt)) < cluster.Lease;

    private void MapServer(IEndpointRouteBuilder routes, JobBoard? board) => ServerEndpoints.Map(
        routes, board, options, () => new ClusterView(cluster.Node, mine is not null, seen is { IsOver: false } leader ? leader.Node : null, seen?.Term ?? 0, cluster.Database.Shown), startedAt, stopping);

    /// <summary>A database that is away is waited for: nodes and database may be started in any order. One that refuses us is said at once.</summary>
    private async Task<Outcome<Done>> FirstLookAsync(PostgresDatabase database)
    {
        while (true)
        {
            try
            {
                return Schema.Bring(database).Then(_ => cluster.Joined());
            }
            catch (DatabaseUnreachableException e)
            {
                LogLines.NotYet(log, e.Message);
            }
            catch (DatabaseRefusesException refused)
            {
                return new Problem("database-refuses", refused.Message, "Make the role and the database, or correct the address:  see docs/operations.md", ExitCode.Prerequisite);
            }

            await PauseAsync(stopping.Token);
            if (stopping.IsCancellationRequested)
                return Done.Ok;
        }
    }

    /// <summary>Who leads? Not null: this node does from now on.</summary>
    private LeaderLease? Look(PostgresDatabase database)
    {
        try
        {
            return LeaderLease.Take(database, cluster.Node, cluster.Listen.ToString(), cluster.Lease, time);
        }
        finally
        {
            seen = LeaderLease.Find(database);
            Interlocked.Exchange(ref seenAt, time.GetTimestamp());
        }
    }

    private async Task LeadAsync(LeaderLease lease, RequestDelegate follow, Doors doors)
    {
        LogLines.Leads(log, cluster.Node, lease.Term);
        mine = lease;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        var renewing = Task.Run(() => RenewAsync(lease, over), CancellationToken.None);
        try
        {
            using var database = new PostgresDatabase(cluster.Database);
            if (!JournalStore.Open(database, lease).TryGet(out var journal, out var problem))
            {
                LogLines.NotYet(log, problem.Message);
                return;
            }

            using var kept = journal;
            await using var leading = await Leading.BeginAsync(kept, options, accounts, time, app.Services, Map, over.Token);
            // What it knows may be of an earlier term: one that slept answers nobody from memory.
            RequestDelegate own = http =>
            {
                http.Response.OnStarting(() =>
                {
                    if (!lease.IsSure)
                        http.Abort();
                    return Task.CompletedTask;
                });
                return leading.Answer(http);
            };
            leads = new OwnTerm(lease, own);
            answer = http => lease.IsSure ? own(http) : follow(http);
            await renewing;
            answer = follow;
            leads = null;

            void Map(IEndpointRouteBuilder routes, JobBoard board)
            {
                MapServer(routes, board);
                DoorEndpoints.Map(routes, doors);
            }
        }
        finally
        {
            answer = follow;
            leads = null;
            mine = null;
            await over.CancelAsync();
            await renewing;
            GiveUp(lease);
            LogLines.LeadsNoMore(log, cluster.Node, lease.Term);
        }
    }

    /// <summary>Until the lease is lost or the node is to stop.</summary>
    private async Task RenewAsync(LeaderLease lease, CancellationTokenSource over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                if (!lease.Renew())
                    break;
            }
            catch (Exception e)
            {
                LogLines.NotYet(log, e.Message);
                if (!lease.IsSure)
                    break;
            }

            await PauseAsync(over.Token);
        }

        await over.CancelAsync();
    }

    private void GiveUp(LeaderLease lease)
    {
        try
        {
            lease.GiveUp();
        }
        catch (JournalException e)
        {
            // It ends by itself.
            LogLines.NotYet(log, e.Message);
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(cluster.Beat, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The caller looks.
        }
    }

    /// <param name="Answer">Has a gatekeeper: it lets in whom it answers.</param>
    private sealed record OwnTerm(LeaderLease Lease, RequestDelegate Answer);
}
