using System.Globalization;
using Lodger.Acceptance.Tests.Scenarios;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Engine.Doctor;
using Lodger.Engine.Jobs;

namespace Lodger.Acceptance.Tests;

/// <summary>What the doctor says of jobs that failed, and that it says nothing of jobs that did not.</summary>
public sealed class DoctorTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_failures_the_right_cause_is_named_first_with_what_to_type()
    {
        var staged = EndScenarios.All.Where(s => Long || !s.Scenario.IsLong).ToList();
        staged.Where(s => s.Scenario is { IsLong: false, Says: Severity.Error }).Select(s => s.Scenario.Rule).Distinct().Count().ShouldBeGreaterThanOrEqualTo(10, "ten failures with ten causes");
        var said = new List<string>();
        await RunAsync(staged.ConvertAll(s => (s.Name, s.Fires)), (one, look, story) =>
        {
            var scenario = staged.Single(s => s.Name == one);
            said.Add($"---- {said.Count + 1}\n{string.Join('\n', look.Findings.Select(f => $"{f.Severity.ToString().ToUpperInvariant()} {f.Id}  {f.Title}\n  seen   {f.Evidence}\n  cause  {f.Cause}\n  fix    {f.Fix}"))}");
            look.Moment.ShouldBe(Moment.PostMortem, story);
            look.Findings.ShouldNotBeEmpty(story);
            look.Findings[0].ShouldSatisfyAllConditions(
                f => f.Id.ShouldBe(scenario.Scenario.Rule, said[^1] + story),
                f => f.Severity.ShouldBe(scenario.Scenario.Says, said[^1]),
                f => f.Cause.ShouldContain(scenario.Cause, Case.Sensitive, said[^1]),
                f => f.Fix.ShouldContain(scenario.Typed, Case.Sensitive, said[^1]));
        });
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', said));
        if (!Long)
            return;
        foreach (var of in (Func<EndScenario, EndCase>[])[s => s.Near, s => s.Fixed])
        {
            await RunAsync(staged.ConvertAll(s => (s.Name, of(s))), (one, look, story) =>
            {
                var scenario = staged.Single(s => s.Name == one);
                look.Findings.ShouldAllBe(f => f.Id != scenario.Scenario.Rule || f.Severity < scenario.Scenario.Says || (f.Id == "command-failed" && f.Cause.Contains("own words")), story);
            });
        }
    }

    /// <summary>Every one on a host of its own, all at once, to its end; what goes wrong is to stand: nothing is tried again on another host.</summary>
    private static async Task RunAsync(List<(string Name, EndCase Case)> cases, Action<string, CheckUp, string> look)
    {
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Boot = Long ? TimeSpan.FromSeconds(20) : TimeSpan.FromMinutes(5), Approval = TimeSpan.FromHours(1), Replace = TimeSpan.Zero });
        var offers = (await stage.Adapter.SearchAsync("num_gpus=1", 10, false, Token)).Value.Where(o => o.DirectPorts > 0).GroupBy(o => o.MachineId).Select(g => g.First()).ToList();
        offers.Count.ShouldBeGreaterThanOrEqualTo(cases.Count);
        var jobs = new List<(string Name, EndCase Case, string Job)>();
        foreach (var ((name, one), offer) in cases.Zip(offers))
        {
            if (one.Boot is { } boot)
                await stage.Market.ControlAsync("creates", new { boot, offer_id = long.Parse(offer.Id, CultureInfo.InvariantCulture) });
            jobs.Add((name, one, await SubmitAsync(stage, offer, name, one.Run, s => (one.Change?.Invoke(stage, s) ?? s) with { Teardown = TeardownMode.Ask })));
        }

        foreach (var (_, one, job) in jobs.Where(j => j.Case.Meanwhile is not null))
        {
            var running = await stage.UntilAsync(job, s => s.Current is { StartedAt: not null });
            await one.Meanwhile!(stage, running.Current!.RentalId!);
        }

        foreach (var (name, _, job) in jobs)
        {
            await stage.UntilAsync(job, s => s.Closed is not null || s.Current is { Receipt: not null } or { Failure: not null } or { GivenUp: not null });
            var close = await LookAsync(stage, job);
            look(name, close, stage.Story(job));
            // Who asks nobody says the same, but for what only the machine shows.
            if (stage.Board.Doctor().FirstOrDefault(l => l.Id == job)?.Findings is [var seen, ..] && close.Findings[0] is { Id: not "zombie-vram" } first)
                (seen.Id, seen.Cause, seen.Fix).ShouldBe((first.Id, first.Cause, first.Fix));
        }
    }

    /// <summary>Half an hour of a market that runs ten times as fast, with twenty jobs, every second on a bid with checkpoints.</summary>
    [Fact]
    public async Task A_healthy_market_gives_nothing_above_a_note()
    {
        var (count, speed, seconds) = Long ? (20, 10, 180) : (3, 1, 6);
        await using var stage = await EngineStage.StartAsync(speed: speed);
        var offers = (await stage.Adapter.SearchAsync("num_gpus=1 verified=true direct_port_count>=1", 10, false, Token)).Value.OrderByDescending(o => o.Reliability).Take(count).ToList();
        var jobs = new List<string>();
        foreach (var (offer, i) in offers.Select((o, i) => (o, i)))
        {
            var run = $$"""
                mkdir -p out ckpt
                i=0
                while [ $i -lt {{seconds}} ]; do
                  i=$((i + 1))
                  echo step $i/{{seconds}}
                  [ $((i % 5)) -ne 0 ] || { printf '{"step": %d}' $i >ckpt/step.tmp && mv ckpt/step.tmp ckpt/step-$i.json; }
                  sleep 1
                done
                echo '{"done": true}' >out/metrics.json
                """;
            decimal? bid = i % 2 == 1 && offer.MinBidUsdPerHour is { } least ? least * 1.2m : null;
            jobs.Add(await SubmitAsync(stage, offer, $"job{i}", run, s => bid is null ? s : s with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*.json"] }, bid));
        }

        var seen = new List<string>();
        var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(Long ? 30 : 8);
        while (jobs.Find(j => stage.State(j).Closed is null) is { } open)
        {
            if (DateTimeOffset.UtcNow > end)
                throw new TimeoutException(stage.Story(open));
            seen.AddRange(stage.Board.Doctor().SelectMany(l => l.Findings.Where(f => f.Severity > Severity.Note).Select(f => $"{l.Job}: {f}")));
            foreach (var job in jobs.Where(j => stage.State(j).Current is { StartedAt: not null, DestroyIntendedAt: null, IsOver: false }))
                seen.AddRange((await LookAsync(stage, job)).Findings.Where(f => f.Severity > Severity.Note).Select(f => $"{job}: {f}"));
            await Task.Delay(Long ? 5_000 : 500, Token);
        }

        seen.Distinct().ShouldBeEmpty();
        jobs.Count.ShouldBe(count);
        jobs.ShouldAllBe(j => stage.State(j).Closed!.Outcome == JobOutcome.Succeeded);
        foreach (var job in jobs)
            (await LookAsync(stage, job)).Findings.ShouldAllBe(f => f.Severity == Severity.Note);
    }

    /// <summary>With results of its own.</summary>
    private static async Task<string> SubmitAsync(EngineStage stage, Offer offer, string name, string run, Func<JobSpec, JobSpec> change, decimal? bid = null)
    {
        var spec = change(new JobSpec { Name = name, Image = "python:3.12-slim", Gpu = new GpuRequest([], 1, null), DiskGb = 10, Run = run, Results = ["out"], Teardown = TeardownMode.WhenVerified });
        return (await stage.Board.SubmitAsync(new Submission(spec, "local", offer, 1m, Path.Combine(stage.Root, "results", name), "test", new Dictionary<string, string>(), bid), Token)).Value.State.Id;
    }

    private static async Task<CheckUp> LookAsync(EngineStage stage, string job) => (await stage.Board.DoctorAsync(job, Token)).Value;
}
