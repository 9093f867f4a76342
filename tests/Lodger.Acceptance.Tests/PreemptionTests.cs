using System.Globalization;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Acceptance.Tests;

/// <summary>Interruptible rentals, really paused by SIGKILL: the work goes on from its checkpoint, there or elsewhere, and nothing is left behind.</summary>
public sealed class PreemptionTests
{
    /// <summary>Counts to 60, a step a quarter of a second (a tenth once it was started again), saved atomically every other step, and goes on from what was saved. Where it began it waits at 40 for <see cref="GoOn"/>, so that it is not over before it was interrupted.</summary>
    internal const string Counts = """
        mkdir -p out ckpt
        n=$(ls ckpt | sed -n 's/^step-\([0-9]*\)[.]json$/\1/p' | sort -n | tail -n 1)
        n=${n:-0}
        began=$n
        echo "began at $n" >>out/starts.log
        pause=0.25
        if [ "$n" -gt 0 ] || [ "$(wc -l <out/starts.log)" -gt 1 ]; then pause=0.1; fi
        while [ "$n" -lt 60 ]; do
          n=$((n + 1))
          echo "step $n/60"
          if [ $((n % 2)) -eq 0 ]; then printf '{"step": %d}' "$n" >ckpt/step.tmp && mv ckpt/step.tmp "ckpt/step-$n.json"; fi
          [ "$began" -gt 0 ] || [ "$n" -lt 40 ] || until [ -e /tmp/go-on ]; do sleep 0.1; done
          sleep "$pause"
        done
        printf '{"counted": %d}' "$n" >out/result.json
        """;

    /// <summary>Started again, there or from its checkpoint elsewhere, it waits after its first step for <see cref="GoOn"/>: however slow this machine is, it cannot be over before it was seen.</summary>
    internal static string HeldWhenStartedAgain(string counts) => counts.Replace(
        "  sleep \"$pause\"", "  { [ \"$began\" -eq 0 ] && [ \"$(wc -l <out/starts.log)\" -lt 2 ]; } || until [ -e /tmp/go-on ]; do sleep 0.1; done\n  sleep \"$pause\"", StringComparison.Ordinal);

    internal const string GoOn = "touch /tmp/go-on";

    internal static Waits Brisk => EngineStage.Quick with
    {
        Mirror = TimeSpan.FromSeconds(1.5),
        OffersValid = TimeSpan.FromSeconds(5),
        Rescue = TimeSpan.FromSeconds(20),
    };

    internal static JobSpec Spot(JobSpec spec) => spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*.json"], Work = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task A_rental_that_is_outbid_for_good_is_rescued_fenced_and_torn_down_and_the_work_goes_on_elsewhere()
    {
        await using var stage = await EngineStage.StartAsync(Brisk);
        var job = await stage.SubmitAsync(Counts, Spot, bid: true);
        var mirrored = await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        await stage.Market.ControlAsync($"instances/{mirrored.Current!.RentalId}/outbid", new { by = 5m });

        var closed = await stage.ClosedAsync(job);

        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.Count.ShouldBe(2, stage.Story(job));
        closed.Attempts[0].Move.ShouldNotBeNull();
        closed.Attempts[0].Fenced.ShouldBeTrue(stage.Story(job));
        stage.Board.Events(job, 0).Select(e => e.Event).OfType<ResumeSeen>().ShouldAllBe(r => !r.FromZero, stage.Story(job));
        (await File.ReadAllTextAsync(stage.AtHome(job, "out/result.json"), TestContext.Current.CancellationToken)).ShouldContain("60");
        (await File.ReadAllTextAsync(stage.AtHome(job, "out/starts.log"), TestContext.Current.CancellationToken)).ShouldNotContain("began at 0\n", customMessage: stage.Story(job));
        (await stage.ContractsAsync()).Count.ShouldBe(2);
        await stage.ShouldHaveDestroyedEverythingAsync(job);
        await stage.ShouldHaveMeteredAsync(job);
    }

    /// <summary>Both wait for a yes at once; each yes is for the rental that was shown with its token, in whatever order they come.</summary>
    [Fact]
    public async Task Each_rental_of_a_job_that_moved_needs_a_yes_of_its_own()
    {
        await using var stage = await EngineStage.StartAsync(Brisk);
        var job = await stage.SubmitAsync(Counts, s => Spot(s) with { Teardown = TeardownMode.Ask }, bid: true);
        var mirrored = await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        await stage.Market.ControlAsync($"instances/{mirrored.Current!.RentalId}/outbid", new { by = 5m });
        var both = await stage.UntilAsync(job, s => s.WaitForYes.Count == 2);
        var (left, current) = (both.Attempts[0], both.Attempts[1]);
        string Token(AttemptState a) => ApprovalToken.For(stage.State(job), stage.State(job).Attempts[a.Number - 1])!;
        Token(left).ShouldNotBe(Token(current));

        stage.Board.Approve(job, Token(current), "test", current.Receipt!.HashOnly).IsOk.ShouldBeTrue(stage.Story(job));
        var one = await stage.UntilAsync(job, s => s.Attempts[1].DestroyedAt is not null);
        one.Attempts[0].DestroyIntendedAt.ShouldBeNull("the yes was for the other");
        (one.Phase, one.Focus!.RentalId).ShouldBe((JobPhase.AwaitingApproval, left.RentalId));
        (await stage.ContractsAsync()).Single(c => c.DestroyedAt is null).Id.ShouldBe(left.RentalId);

        stage.Board.Abandon(job, current.RentalId!, "test").IsOk.ShouldBeFalse();
        stage.Board.Approve(job, Token(left), "test", left.Receipt!.HashOnly).IsOk.ShouldBeTrue(stage.Story(job));
        (await stage.ClosedAsync(job)).Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_rental_whose_rival_leaves_resumes_on_its_own_machine_from_its_checkpoint()
    {
        await using var stage = await EngineStage.StartAsync(Brisk);
        // No other offer runs for this bid: waiting is all there is.
        var job = await stage.SubmitAsync(HeldWhenStartedAgain(Counts), s => Spot(s) with { Bid = new BidSpec(0.001m, null) }, bid: true);
        var running = await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        var rental = running.Current!.RentalId;
        await stage.Market.ControlAsync($"instances/{rental}/outbid", new { by = 5m });
        await stage.UntilAsync(job, s => s.Phase == JobPhase.Preempted);
        await stage.Market.ControlAsync($"instances/{rental}/release", new { });
        await stage.UntilAsync(job, s => s.Current is { ResumeSaid: true });
        await stage.ExecAsync(job, GoOn);

        var closed = await stage.ClosedAsync(job);

        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.ShouldHaveSingleItem().Preemptions.ShouldBe(1, stage.Story(job));
        stage.Board.Events(job, 0).Select(e => e.Event).OfType<ResumeSeen>().ShouldHaveSingleItem().FromZero.ShouldBeFalse(stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_bid_that_may_be_raised_wins_its_machine_back()
    {
        await using var stage = await EngineStage.StartAsync(Brisk);
        var offer = await stage.CheapestBidAsync();
        // Only its own machine is looked at, so that nothing is cheaper elsewhere.
        var job = await stage.SubmitAsync(
            HeldWhenStartedAgain(Counts), s => Spot(s) with { Offers = $"machine_id={offer.MachineId}", Bid = new BidSpec(null, 10m, MayRaise: true) }, bid: true);
        await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        await stage.Market.ControlAsync($"instances/{stage.State(job).Current!.RentalId}/outbid", new { by = 0.01m });
        var resumed = await stage.UntilAsync(job, s => s.Current is { ResumeSaid: true });
        var shown = (await stage.Adapter.ShowAsync(resumed.Current!.RentalId!, TestContext.Current.CancellationToken)).Value!;
        await stage.ExecAsync(job, GoOn);

        var closed = await stage.ClosedAsync(job);

        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.ShouldHaveSingleItem(stage.Story(job)).Preemptions.ShouldBe(1, stage.Story(job));
        var events = stage.Board.Events(job, 0).Select(e => e.Event).ToList();
        var raised = events.OfType<BidRaiseIntended>().ShouldHaveSingleItem(stage.Story(job));
        raised.ToUsdPerHour.ShouldBeGreaterThan(raised.FromUsdPerHour);
        shown.GpuUsdPerHour.ShouldBe(raised.ToUsdPerHour, 0.001m, stage.Story(job));
        events.OfType<ResumeSeen>().ShouldHaveSingleItem(stage.Story(job)).FromZero.ShouldBeFalse(stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
        await stage.ShouldHaveMeteredAsync(job);
    }

    [Fact]
    public async Task A_command_that_begins_again_at_zero_is_said_to()
    {
        await using var stage = await EngineStage.StartAsync(Brisk);
        var forgetful = Counts.Replace("n=${n:-0}", "n=0", StringComparison.Ordinal);
        var job = await stage.SubmitAsync(HeldWhenStartedAgain(forgetful), s => Spot(s) with { Bid = new BidSpec(0.001m, null) }, bid: true);
        var running = await stage.UntilAsync(job, s => s.MirroredStep > 20);
        await stage.Market.ControlAsync($"instances/{running.Current!.RentalId}/outbid", new { by = 5m });
        await stage.UntilAsync(job, s => s.Phase == JobPhase.Preempted);
        await stage.Market.ControlAsync($"instances/{running.Current.RentalId}/release", new { });
        await stage.UntilAsync(job, s => s.Current is { ResumeSaid: true });
        await stage.ExecAsync(job, GoOn);
        await stage.ClosedAsync(job);
        stage.Board.Events(job, 0).Select(e => e.Event).OfType<ResumeSeen>().ShouldHaveSingleItem(stage.Story(job)).FromZero.ShouldBeTrue(stage.Story(job));
    }

    [Fact]
    public async Task A_drill_stops_the_machine_once_starts_it_again_and_the_job_resumes()
    {
        await using var stage = await EngineStage.StartAsync(Brisk);
        var job = await stage.SubmitAsync(HeldWhenStartedAgain(Counts), s => s with { Checkpoints = ["ckpt/*.json"], Work = TimeSpan.FromMinutes(1) });
        stage.Board.Drill(job, "test").IsOk.ShouldBeFalse("nothing runs yet");
        await stage.UntilAsync(job, s => s.Mirrors.Count > 0);

        stage.Board.Drill(job, "test").IsOk.ShouldBeTrue();
        await stage.UntilAsync(job, s => s.Current is { ResumeSaid: true });
        await stage.ExecAsync(job, GoOn);
        var closed = await stage.ClosedAsync(job);

        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.ShouldHaveSingleItem().Preemptions.ShouldBe(0, "it was no preemption");
        var events = stage.Board.Events(job, 0).Select(e => e.Event).ToList();
        events.OfType<StopIntended>().ShouldHaveSingleItem(stage.Story(job));
        events.OfType<StartIntended>().ShouldHaveSingleItem(stage.Story(job));
        events.OfType<ResumeSeen>().ShouldHaveSingleItem(stage.Story(job)).FromZero.ShouldBeFalse(stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_host_that_vanishes_is_left_behind_and_the_work_goes_on_from_the_mirror()
    {
        await using var stage = await EngineStage.StartAsync(Brisk with { AskAgain = TimeSpan.FromSeconds(2) });
        var job = await stage.SubmitAsync(HeldWhenStartedAgain(Counts), Spot, bid: true);
        var running = await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        var machine = (await stage.Adapter.ShowAsync(running.Current!.RentalId!, TestContext.Current.CancellationToken)).Value!.MachineId;
        await stage.Market.ControlAsync($"machines/{machine}/offline", new { });
        await stage.UntilAsync(job, s => s.Current is { Number: 2, ResumeSaid: true });
        await stage.ExecAsync(job, GoOn);
        var done = await stage.UntilAsync(job, s => s.Current is { Number: 2, DestroyedAt: not null });
        done.Current!.Ended!.ExitCode.ShouldBe(0, stage.Story(job));
        (await File.ReadAllTextAsync(stage.AtHome(job, "out/starts.log"), TestContext.Current.CancellationToken)).ShouldNotContain("began at 0\n", customMessage: stage.Story(job));

        // It comes back, later than anybody hoped: what it holds is fetched, newer or not, and it is torn down like any other.
        await stage.Market.ControlAsync($"machines/{machine}/online", new { });
        (await stage.ClosedAsync(job)).Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
        var wentOnFrom = done.Current.WentOnFromStep.ShouldNotBeNull(stage.Story(job));
        var rescued = Directory.GetFiles(stage.AtHome(job, ".lodger/attempts/1"), "step-*.json", SearchOption.AllDirectories)
            .Max(f => long.Parse(Path.GetFileNameWithoutExtension(f)["step-".Length..], CultureInfo.InvariantCulture));
        var said = stage.Board.Events(job, 0).Select(e => e.Event).OfType<NewerFound>().ToList();
        said.Select(e => (e.Step, e.WentOnFromStep)).ShouldBe(rescued > wentOnFrom ? [(rescued, wentOnFrom)] : [], stage.Story(job));
    }
}
