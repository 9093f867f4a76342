using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

namespace Lodger.Acceptance.Tests;

public sealed class KillTests
{
    private const int Kills = 32;
    private const int Jobs = 3;

    /// <summary>Kills come at random moments of three jobs that are at different stages; the seed of a failure replays its moments.</summary>
    [Fact]
    public async Task However_often_the_server_is_killed_every_job_ends_and_nothing_is_rented_twice()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("LODGER_SEED"), out var given) ? given : Random.Shared.Next();
        var random = new Random(seed);
        await using var stage = await ServerStage.StartAsync();
        List<string> jobs = [];
        var killed = 0;
        while (killed < Kills)
        {
            if (jobs.Count < Jobs && killed >= jobs.Count * 2)
                jobs.Add(await stage.SubmitAsync(Spec($"job{jobs.Count}")));
            // Mostly short lives, so that the first steps are hit; some long ones, so that the work goes on.
            await Task.Delay(random.Next(4) == 0 ? random.Next(3000) : random.Next(700), TestContext.Current.CancellationToken);
            await stage.KillServerAsync();
            killed++;
            await stage.StartServerAsync();
        }

        foreach (var job in jobs)
        {
            var done = await ClosedAsync(stage, job);
            done.Outcome.ShouldBe(JobOutcome.Succeeded, await StoryAsync(stage, job, seed));
            done.Meter.NothingBills.ShouldBeTrue(await StoryAsync(stage, job, seed));
        }

        // The marketplace's own ledger: what was ever made belongs to a job, once, and is gone.
        var contracts = (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().ToList();
        contracts.Select(c => c.GetProperty("label").GetString()!.Split('/')[1]).Order().ShouldBe(jobs.Order(), $"seed {seed}");
        contracts.ShouldAllBe(c => c.GetProperty("destroyed_at").ValueKind != System.Text.Json.JsonValueKind.Null, $"seed {seed}");
        foreach (var job in jobs)
        {
            var events = (await stage.Client.EventsAsync(job, 0, TestContext.Current.CancellationToken)).Value;
            events.Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, events.Length).Select(i => (long)i), $"seed {seed}");
        }
    }

    [Fact]
    public async Task A_machine_that_nobody_speaks_to_stops_its_own_rental_and_its_results_are_fetched_later()
    {
        await using var stage = await ServerStage.StartAsync();
        var job = await stage.SubmitAsync(Spec("sleeper") with { StopWhenAbandonedAfter = TimeSpan.FromSeconds(8) });
        await UntilAsync(stage, job, JobPhase.Running);
        await stage.KillServerAsync();

        var stopped = false;
        for (var tries = 0; tries < 600 && !stopped; tries++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            var contract = (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().Single();
            stopped = !contract.GetProperty("wants_to_run").GetBoolean();
        }

        stopped.ShouldBeTrue("the rental was to stop itself");
        await stage.StartServerAsync();
        var done = await ClosedAsync(stage, job);
        done.Outcome.ShouldBe(JobOutcome.Succeeded, await StoryAsync(stage, job, 0));
        File.ReadAllText(Path.Combine(done.ResultsDirectory, "out", "metrics.json")).ShouldContain("done");
        (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray()
            .ShouldAllBe(c => c.GetProperty("destroyed_at").ValueKind != System.Text.Json.JsonValueKind.Null);
    }

    private static JobSpec Spec(string name) => new()
    {
        Name = name,
        Image = "python:3.12-slim",
        Gpu = new GpuRequest([], 1, null),
        DiskGb = 10,
        Run = "mkdir -p out; for i in 1 2 3 4 5 6; do echo step $i/6; sleep 1; done; echo '{\"done\": true}' > out/metrics.json",
        Results = ["out"],
        Teardown = TeardownMode.WhenVerified,
        Data = Array.Empty<DataSource>(),
    };

    private static Task<JobView> ClosedAsync(ServerStage stage, string job) => UntilAsync(stage, job, JobPhase.Closed);

    private static async Task<JobView> UntilAsync(ServerStage stage, string job, JobPhase phase)
    {
        for (var tries = 0; tries < 900; tries++)
        {
            if ((await stage.Client.JobAsync(job, CancellationToken.None)) is { IsOk: true, Value: { } seen } && seen.Phase == phase)
                return seen;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException(await StoryAsync(stage, job, 0));
    }

    private static async Task<string> StoryAsync(ServerStage stage, string job, int seed) =>
        $"seed {seed}\n" + string.Join('\n', (await stage.Client.EventsAsync(job, 1, CancellationToken.None)).Value.Select(e => $"{e.At:mm:ss.fff} {e.Event}"));
}
