using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;

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
                jobs.Add(await stage.SubmitAsync(ServerStage.SixSteps($"job{jobs.Count}"), cheaper: 2 * jobs.Count));
            // Mostly short lives, so that the first steps are hit; some long ones, so that the work goes on.
            await Task.Delay(random.Next(4) == 0 ? random.Next(3000) : random.Next(700), TestContext.Current.CancellationToken);
            await stage.KillServerAsync();
            killed++;
            await stage.StartServerAsync();
        }

        foreach (var job in jobs)
        {
            var done = await stage.UntilAsync(job, JobPhase.Closed);
            done.Outcome.ShouldBe(JobOutcome.Succeeded, await stage.StoryAsync(job, seed));
            done.Meter.NothingBills.ShouldBeTrue(await stage.StoryAsync(job, seed));
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
}
