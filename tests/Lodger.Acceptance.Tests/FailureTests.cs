using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Acceptance.Tests;

/// <summary>What goes wrong ends in one clear message, a documented exit code, and nothing billing that the user does not know of.</summary>
public sealed class FailureTests
{
    private const string Works = "mkdir -p out; echo '{\"accuracy\": 0.97}' > out/metrics.json";

    [Fact]
    public async Task An_offer_that_somebody_else_took_ends_the_job_without_a_rental()
    {
        await using var stage = await EngineStage.StartAsync();
        var offer = await stage.CheapestAsync();
        await stage.Market.ControlAsync($"offers/{offer.Id}/take", new { answer = 404, still_listed = true });
        var job = await stage.SubmitAsync(Works);
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Outcome.ShouldBe(JobOutcome.NotRun, stage.Story(job));
        closed.Closed.Problem!.ExitCode.ShouldBe(ExitCode.NoOffer, stage.Story(job));
        (await stage.ContractsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("stuck", "boot-never-came")]
    [InlineData("image_error", "rental-did-not-start")]
    public async Task A_boot_that_comes_to_nothing_is_given_up_and_torn_down_and_the_job_runs_on_another_host(string fault, string problem)
    {
        // Long enough for the machine that does boot, however busy this one is; what waits for the one that does not is skipped.
        var time = new MovableTime();
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Boot = TimeSpan.FromMinutes(5) }, time: time);
        var offer = await stage.CheapestAsync();
        await stage.Market.ControlAsync("creates", new { boot = fault });
        var job = await stage.SubmitAsync(Works);
        if (fault == "stuck")
        {
            await stage.UntilAsync(job, s => s.Current is { LastStatus: RentalStatus.Loading });
            time.Skip(TimeSpan.FromMinutes(5));
        }

        var closed = await stage.ClosedAsync(job);
        closed.Attempts[0].GivenUp!.Id.ShouldBe(problem, stage.Story(job));
        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.Count.ShouldBe(2, stage.Story(job));
        closed.Current!.Offer!.HostId.ShouldNotBe(offer.HostId);
        closed.Current.Offer.GpuUsdPerHour.ShouldBeLessThanOrEqualTo(offer.GpuUsdPerHour * 1.25m);
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_job_of_which_every_machine_fails_to_boot_ends_after_three()
    {
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Replace = TimeSpan.FromSeconds(30) });
        await stage.Market.ControlAsync("creates", new { boot = "image_error", count = 10 });
        var job = await stage.SubmitAsync(Works);
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Problem!.Id.ShouldBe("rental-did-not-start", stage.Story(job));
        closed.Attempts.Count.ShouldBeLessThanOrEqualTo(3, stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_gpu_that_is_not_attached_is_found_before_the_command_runs()
    {
        await using var stage = await EngineStage.StartAsync();
        await stage.Market.ControlAsync("creates", new { boot = "no_gpu" });
        var job = await stage.SubmitAsync("touch ran; " + Works, s => s with { Teardown = Domain.Spec.TeardownMode.Ask });
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Problem!.Id.ShouldBe("checks-failed", stage.Story(job));
        closed.Closed.Problem.Message.ShouldContain("GPU");
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_command_that_fails_brings_home_what_there_is_and_names_its_log()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync("mkdir -p out; echo '{\"half\": 1}' > out/partial.json; echo about to fail; exit 3");
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Outcome.ShouldBe(JobOutcome.Failed, stage.Story(job));
        closed.Closed.Problem!.ExitCode.ShouldBe(ExitCode.JobFailed);
        closed.Closed.Problem.Message.ShouldContain("3");
        File.ReadAllText(stage.AtHome(job, "out/partial.json")).ShouldContain("half");
        File.ReadAllText(stage.AtHome(job, ".lodger/run.log")).ShouldContain("about to fail");
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_disk_that_is_too_small_fails_the_command_and_loses_nothing()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(Works + "; fallocate -l 40G big");
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Outcome.ShouldBe(JobOutcome.Failed, stage.Story(job));
        File.ReadAllText(stage.AtHome(job, ".lodger/run.log")).ShouldContain("No space left");
        File.Exists(stage.AtHome(job, "out/metrics.json")).ShouldBeTrue();
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_found_again_by_its_label_and_not_repeated()
    {
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { RentShows = TimeSpan.FromSeconds(20) });
        await stage.Market.ControlAsync("creates", new { invisible_seconds = 2 });
        await stage.Market.ControlAsync("faults", new { endpoint = "create", kind = "drop", carried_out = true });
        var job = await stage.SubmitAsync(Works);
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        (await stage.ContractsAsync()).Count.ShouldBe(1, stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_listing_that_cannot_be_read_stops_nothing_and_concludes_nothing()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync("sleep 3; " + Works);
        await stage.UntilAsync(job, s => s.Current is { PayloadDeliveredAt: not null });
        foreach (var kind in new[] { "deprecated", "garbage", "empty", "status" })
            await stage.Market.ControlAsync("faults", new { endpoint = "list", kind, count = 4 });
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        (await stage.ContractsAsync()).Count.ShouldBe(1, stage.Story(job));
    }

    [Fact]
    public async Task A_rental_destroyed_by_somebody_else_is_said_so()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync("sleep 60");
        var running = await stage.UntilAsync(job, s => s.Current is { StartedAt: not null });
        await stage.Adapter.DestroyAsync(running.Current!.RentalId!, TestContext.Current.CancellationToken);
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Problem!.Id.ShouldBe("rental-vanished", stage.Story(job));
    }

    [Fact]
    public async Task A_cancelled_job_is_ended_brought_home_and_waits_for_a_yes()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(Works + "; sleep 60", s => s with { Teardown = Domain.Spec.TeardownMode.Ask });
        await stage.UntilAsync(job, s => s.Current is { StartedAt: not null });
        await stage.ExecAsync(job, "[ -s /workspace/job/out/metrics.json ]");
        stage.Board.Cancel(job, "test").IsOk.ShouldBeTrue();
        var waiting = await stage.UntilAsync(job, s => s.Phase == JobPhase.AwaitingApproval);
        (await stage.ContractsAsync()).ShouldContain(c => c.DestroyedAt == null);
        stage.Approve(job).IsOk.ShouldBeTrue();
        (await stage.ClosedAsync(job)).Closed!.Outcome.ShouldBe(JobOutcome.Cancelled, stage.Story(job));
        File.Exists(stage.AtHome(job, "out/metrics.json")).ShouldBeTrue();
        waiting.Current!.Ended!.Reason.ShouldBe(EndReason.Cancelled);
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }
}
