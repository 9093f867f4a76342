using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Access;
using Lodger.Server.Api;

namespace Lodger.Acceptance.Tests;

/// <summary>Real nodes on a real PostgreSQL: whoever dies or sleeps, every job ends, once.</summary>
public sealed class ClusterTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    /// <summary>Kills, pauses and outages at random moments of the jobs. In the long form, as many as fit into <see cref="Hour"/>.</summary>
    private const int Blows = 8;

    /// <summary>Of market time.</summary>
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly int Jobs = Long ? 200 : 4;

    /// <summary>Goes on from its newest checkpoint.</summary>
    private const string Counts = """
        mkdir -p out ckpt
        n=0
        [ ! -e ckpt/step.json ] || n=$(tr -dc 0-9 <ckpt/step.json)
        for i in $(seq $((n + 1)) 8); do
          sleep 1
          echo "{\"step\": $i}" >ckpt/new && mv ckpt/new ckpt/step.json
          echo "step $i/8"
        done
        echo '{"done": true}' >out/metrics.json
        """;

    [Fact]
    public async Task Whatever_happens_to_nodes_and_database_every_job_ends_nothing_is_rented_twice_no_yes_is_missed_and_no_entry_is_missing()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("LODGER_SEED"), out var given) ? given : Random.Shared.Next();
        var random = new Random(seed);
        await using var stage = await ClusterStage.StartAsync(nodes: 3, speed: Long ? 3 : 1);
        if (Long)
            stage.Limit = TimeSpan.FromMinutes(40);
        var began = await stage.Market.NowAsync();
        List<Task<Life>> lives = [];
        var isMiddle = false;
        for (var blow = 0; ; blow++)
        {
            var gone = Long ? (await stage.Market.NowAsync() - began) / Hour : blow / (double)Blows;
            if (gone >= 1)
                break;
            while (lives.Count < Jobs && lives.Count <= gone * Jobs)
                lives.Add(LiveAsync(stage, lives.Count, random.Next()));
            await Task.Delay(random.Next(2500), TestContext.Current.CancellationToken);
            if (Long && !isMiddle && gone > 0.5)
            {
                isMiddle = true;
                await stage.Postgres.StopAsync();
                await stage.Postgres.StartAgainAsync();
                await stage.Postgres.PauseAsync();
                await Task.Delay(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
                await stage.Postgres.GoOnAsync();
            }

            await StrikeAsync(stage, random, blow);
            TestContext.Current.SendDiagnosticMessage($"{gone:0%}: {blow + 1} blows, {lives.Count} jobs, {lives.Count(l => l.IsCompleted)} ended");
        }

        var lived = await Task.WhenAll(lives);
        foreach (var (job, said, _) in lived)
        {
            var done = await stage.UntilAsync(job, j => j.Phase == JobPhase.Closed);
            done.Outcome.ShouldBe(JobOutcome.Succeeded, await stage.StoryAsync(job, seed));
            done.Meter.NothingBills.ShouldBeTrue(await stage.StoryAsync(job, seed));
            var entries = await stage.EventsAsync(job);
            entries.Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, (int)done.LastSequence).Select(i => (long)i), $"seed {seed}");
            var events = entries.Select(e => e.Event).ToList();
            foreach (var yes in said)
                events.OfType<Approved>().ShouldContain(a => a.RentalId == yes && a.By == "a person", await stage.StoryAsync(job, seed));
            // Each rental, also one that was left for another: its own yes before its end, and a person's where one is to be asked and anything was ever sent there.
            var isAsked = done.Spec.Teardown == TeardownMode.Ask;
            foreach (var (destroy, at) in events.Select((e, i) => (e as DestroyIntended, i)).Where(e => e.Item1 is not null))
                events.Take(at).OfType<Approved>().ShouldContain(a => a.RentalId == destroy!.RentalId && (!isAsked || a.By == "a person" || a.Ground == ApprovalKind.NothingDelivered), await stage.StoryAsync(job, seed));
        }

        // The marketplace's own ledger: what was ever made is gone, and no job had two at once that it knew how to avoid.
        var contracts = (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().ToList();
        contracts.ShouldAllBe(c => c.GetProperty("destroyed_at").ValueKind != System.Text.Json.JsonValueKind.Null, $"seed {seed}");
        contracts.Select(c => c.GetProperty("label").GetString()!).ShouldBeUnique($"seed {seed}");
        TestContext.Current.SendDiagnosticMessage(
            $"{(await stage.Market.NowAsync() - began).TotalMinutes:0} market minutes, {lived.Length} jobs, {contracts.Count} rentals, {lived.Sum(l => l.Outbids)} outbid, {lived.Sum(l => l.Said.Count)} yeses, term {(await stage.AskAsync((c, t) => c.ServerAsync(t))).Cluster!.Term}, seed {seed}");
    }

    /// <param name="Said">The rentals that a person said yes to and was told that it counts.</param>
    /// <param name="Outbids">How often somebody bid more.</param>
    private sealed record Life(string Job, IReadOnlyList<string> Said, int Outbids);

    /// <summary>One job from its submission to its end: every fourth on a bid that somebody beats for a while, every fourth asks a person, who takes a while.</summary>
    private static async Task<Life> LiveAsync(ClusterStage stage, int number, int seed)
    {
        var random = new Random(seed);
        var spec = ServerStage.SixSteps($"job{number}");
        spec = (number % 4) switch
        {
            1 => spec with { Teardown = TeardownMode.Ask },
            2 => spec with { Rent = RentMode.Interruptible, Run = Counts, Checkpoints = ["ckpt/*.json"], Work = TimeSpan.FromMinutes(1) },
            _ => spec,
        };
        var job = await stage.SubmitAsync(spec, cheaper: random.Next(20));
        List<string> said = [];
        var (outbids, tokens) = (0, new HashSet<string>());
        for (var end = DateTimeOffset.UtcNow + (2 * stage.Limit); DateTimeOffset.UtcNow < end;)
        {
            var view = await stage.AskAsync((c, t) => c.JobAsync(job, t));
            // Somebody else was faster, or bid more ten times in a row: a person chooses again.
            if (view is { Phase: JobPhase.Closed, Outcome: JobOutcome.NotRun or JobOutcome.Unfinished, Meter.NothingBills: true }
                && (view.Problem?.ExitCode == ExitCode.NoOffer || view.Problem?.Id == "outbid-before-start"))
            {
                spec = spec with { Name = $"{spec.Name}-again" };
                job = await stage.SubmitAsync(spec, cheaper: random.Next(20));
                continue;
            }

            if (view.Phase == JobPhase.Closed)
                return new Life(job, said, outbids);
            if (view is { ApprovalToken: { } token, Spec.Teardown: TeardownMode.Ask } && tokens.Add(token))
            {
                await Task.Delay(random.Next(6000));
                // Said until somebody answers: yes, or that it is another question by now.
                if (await stage.ApproveAsync(job, token))
                    said.Add(view.RentalId!);
                else
                    tokens.Remove(token);
            }

            if (spec.Rent == RentMode.Interruptible && outbids == 0 && view.Phase == JobPhase.Running && view.RentalId is { } rental)
            {
                await Task.Delay(random.Next(6000));
                if (await stage.Market.TryControlAsync($"instances/{rental}/outbid", new { by = 0.01m, seconds = 3 + random.Next(60) }))
                    outbids++;
            }

            await Task.Delay(1000 + random.Next(2000));
        }

        throw new TimeoutException(await stage.StoryAsync(job, seed));
    }

    [Fact]
    public async Task A_leader_that_sleeps_is_replaced_and_when_it_wakes_it_follows()
    {
        await using var stage = await ClusterStage.StartAsync(nodes: 2, leaseSeconds: 10);
        var first = await stage.LeaderAsync();
        var job = await stage.SubmitAsync(ServerStage.SixSteps("sleeper"), first);
        // A stream through a node that does not lead, as the entries are written.
        var streamed = await RentedAsync(stage.Nodes.First(n => n != first), job);
        streamed.ShouldBe(Enumerable.Range(1, streamed.Count).Select(i => (long)i), "each entry once, up to the rent");
        await stage.UntilAsync(job, j => j.RentalId is not null);
        await ClusterStage.PauseAsync(first);
        var second = await stage.LeaderAsync(other: first);
        var term = (await ClusterOfAsync(stage, second)).Term;
        await stage.UntilAsync(job, j => j.Phase == JobPhase.Closed);
        await ClusterStage.WakeAsync(first);

        // Awake, it passes on what it is asked to the one that leads now.
        var seen = await stage.AskAsync((c, t) => c.JobAsync(job, t), of: first);
        seen.Outcome.ShouldBe(JobOutcome.Succeeded, await stage.StoryAsync(job));
        var awake = await ClusterOfAsync(stage, first);
        awake.Term.ShouldBeGreaterThanOrEqualTo(term);
        if (awake.Term == term)
            (awake.Leads, awake.Leader).ShouldBe((false, second.Name), "nobody took over in between");
        (await stage.Market.ContractCountAsync()).ShouldBe(1);
    }

    /// <summary>Its part as it sees it, once it knows who leads.</summary>
    private static async Task<ClusterView> ClusterOfAsync(ClusterStage stage, ClusterStage.Node node)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(stage.Limit);
        while (true)
        {
            if ((await stage.AskAsync((c, t) => c.ServerAsync(t), of: node)).Cluster is { Leader: not null } seen)
                return seen;
            await Task.Delay(200, limit.Token);
        }
    }

    /// <summary>The sequences of a job's entries up to the one that it was rented with. A node that does not know who leads yet is asked again.</summary>
    private static async Task<List<long>> RentedAsync(ClusterStage.Node node, string job)
    {
        List<long> seen = [];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        while (true)
        {
            await foreach (var happened in node.Client.FollowAsync(job, seen.LastOrDefault(), limit.Token))
            {
                if (!happened.TryGet(out var entry, out _))
                    break;
                seen.Add(entry.Entry.Sequence);
                if (entry.Entry.Event is Rented)
                    return seen;
            }

            await Task.Delay(100, limit.Token);
        }
    }

    [Fact]
    public async Task Over_the_network_only_nodes_are_answered()
    {
        await using var stage = await ClusterStage.StartAsync(nodes: 2, leaseSeconds: 60);
        var leader = await stage.LeaderAsync();
        var follower = stage.Nodes.First(n => n != leader);
        using (var other = new HttpClient())
        {
            using var stop = await other.PostAsync($"http://127.0.0.1:{follower.Port}/v1/server/stop", null, TestContext.Current.CancellationToken);
            ((int)stop.StatusCode).ShouldBe(503);
            using var look = await other.GetAsync($"http://127.0.0.1:{follower.Port}/v1/server", TestContext.Current.CancellationToken);
            (await look.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain(follower.State);
        }

        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{leader.Port}") };
        foreach (var key in (string?[])[null, "", "0000", new string('0', 64)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/server/stop");
            if (key is not null)
                request.Headers.TryAddWithoutValidation("X-Lodger-Node-Key", key);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            ((int)answer.StatusCode).ShouldBe(401);
            (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("not-a-node");
        }

        // At the public address of a node that only passes on, the leader finds out who asks.
        var door = (await follower.Client.OpenDoorAsync(new DoorRequest("127.0.0.1:0"), TestContext.Current.CancellationToken)).Value.Address!;
        var made = await stage.AskAsync((c, t) => c.MakeTokenAsync(new TokenRequest("ci", [Scope.Read], "test"), t), of: follower);
        using var visitor = new HttpClient { BaseAddress = door };
        using (var ready = await visitor.GetAsync("/readyz", TestContext.Current.CancellationToken))
            ((int)ready.StatusCode).ShouldBe(200, "it follows a node that leads");
        foreach (var (token, path, status) in ((string?, string, int)[])[(null, "/v1/server", 401), ("none", "/v1/server", 401), (made.Token, "/v1/server/stop", 403), (made.Token, "/v1/server", 200)])
        {
            using var request = new HttpRequestMessage(status == 403 ? HttpMethod.Post : HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("X-Lodger-Node-Key", "0000");
            if (token is not null)
                request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            using var answer = await visitor.SendAsync(request, TestContext.Current.CancellationToken);
            ((int)answer.StatusCode).ShouldBe(status, $"{path} with {token}");
        }

        // Nobody stopped either.
        foreach (var node in (ClusterStage.Node[])[follower, leader])
            (await stage.AskAsync((c, t) => c.ServerAsync(t), of: node)).Cluster.ShouldNotBeNull();
    }

    private static async Task StrikeAsync(ClusterStage stage, Random random, int blow)
    {
        var node = random.Next(3) == 0 ? stage.Nodes[random.Next(stage.Nodes.Count)] : await stage.LeaderAsync();
        switch (blow % 4)
        {
            case 0 or 2:
                await ClusterStage.KillAsync(node);
                await Task.Delay(random.Next(4000));
                stage.Start(node);
                break;
            case 1:
                await ClusterStage.PauseAsync(node);
                await Task.Delay(random.Next(8000));
                await ClusterStage.WakeAsync(node);
                break;
            default:
                if (random.Next(2) == 0)
                {
                    await stage.Postgres.StopAsync();
                    await Task.Delay(random.Next(5000));
                    await stage.Postgres.StartAgainAsync();
                }
                else
                {
                    await stage.Postgres.PauseAsync();
                    await Task.Delay(random.Next(8000));
                    await stage.Postgres.GoOnAsync();
                }

                break;
        }
    }
}
