using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;

namespace Lodger.Acceptance.Tests;

public sealed class AbandonedTests
{
    [Fact]
    public async Task A_machine_that_nobody_speaks_to_stops_its_own_rental_and_its_results_are_fetched_later()
    {
        await using var stage = await ServerStage.StartAsync();
        // Long enough to be seen running, however slow this machine is.
        var steps = ServerStage.SixSteps("sleeper");
        var job = await stage.SubmitAsync(steps with { Run = steps.Run.Replace("sleep 1", "sleep 3", StringComparison.Ordinal), StopWhenAbandonedAfter = TimeSpan.FromSeconds(8) });
        await stage.UntilAsync(job, JobPhase.Running);
        await stage.KillServerAsync();

        var stopped = false;
        for (var tries = 0; tries < 1800 && !stopped; tries++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            var contract = (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().Single();
            stopped = !contract.GetProperty("wants_to_run").GetBoolean();
        }

        stopped.ShouldBeTrue("the rental was to stop itself");
        await stage.StartServerAsync();
        var done = await stage.UntilAsync(job, JobPhase.Closed);
        done.Outcome.ShouldBe(JobOutcome.Succeeded, await stage.StoryAsync(job));
        File.ReadAllText(Path.Combine(done.ResultsDirectory, "out", "metrics.json")).ShouldContain("done");
        (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray()
            .ShouldAllBe(c => c.GetProperty("destroyed_at").ValueKind != System.Text.Json.JsonValueKind.Null);
    }
}
