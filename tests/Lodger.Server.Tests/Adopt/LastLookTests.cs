using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Adopt;

/// <summary>When alone a rental that somebody else made goes: after a yes, and a last look that finds nothing new.</summary>
public sealed class LastLookTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_saved_and_goes_after_a_yes_and_a_last_look_that_comes_after_everything_else()
    {
        await using var stage = await AdoptStage.StartAsync();
        var waits = await stage.SavedAsync();
        stage.Market["77"].Label.ShouldBe(JobState.LabelFor(waits.Id, 1));
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, AdoptStage.Metrics[1..])).ShouldBe("{\"step\":1}");
        stage.Foreign.Asked.Clear();
        await stage.ApproveAsync(waits);
        var done = await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.Closed);
        done.Outcome.ShouldBe(JobOutcome.Succeeded);
        stage.Market.Has("77").ShouldBeFalse();
        stage.Foreign.Asked.Last().ShouldBe("survey", "the machine is asked last");
        var events = await stage.EventsAsync(waits.Id);
        var looked = events.Last(e => e.Event is MachineRechecked);
        ((MachineRechecked)looked.Event).SeenAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(looked.At);
        events.Select(e => e.Event).ShouldNotContain(e => e is StopIntended || e is StartIntended || e is RentIntended || e is PayloadIntended || e is BoxReached);
    }

    [Theory]
    [InlineData("survey")]
    [InlineData("hash")]
    public async Task What_is_written_during_the_last_look_voids_the_yes(string during)
    {
        await using var stage = await AdoptStage.StartAsync();
        var waits = await stage.SavedAsync();
        var asked = 0;
        stage.Foreign.Before = what =>
        {
            // The second survey is the one after the hashes.
            if (what == during && Interlocked.Increment(ref asked) == (during == "hash" ? 1 : 2))
                stage.Foreign.Write(AdoptStage.Metrics, "{\"step\":9}");
        };
        await stage.ApproveAsync(waits);
        var again = await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt!.ReceiptId);
        again.ApprovalToken.ShouldNotBe(waits.ApprovalToken);
        stage.Market.Has("77").ShouldBeTrue();
        File.ReadAllText(Path.Combine(again.ResultsDirectory, AdoptStage.Metrics[1..])).ShouldBe("{\"step\":9}");
    }

    [Fact]
    public async Task A_platform_that_makes_a_destroy_wait_longer_than_the_last_look_is_worth_has_not_been_told()
    {
        await using var stage = await AdoptStage.StartAsync(w => w with { AdoptedRecheckValid = TimeSpan.FromSeconds(2), AskAgain = TimeSpan.FromMilliseconds(50) });
        var waits = await stage.SavedAsync();
        var throttled = new TaskCompletionSource();
        stage.Market.DestroyAnswer = throttled.Task;
        await stage.ApproveAsync(waits);
        await stage.UntilAsync(waits.Id, _ => stage.EventsAsync(waits.Id).GetAwaiter().GetResult().Any(e => e.Event is Noted n && n.Text.Contains("looked at anew", StringComparison.Ordinal)));
        // What is written while the platform makes us wait is seen, and needs a yes of its own.
        stage.Foreign.Write(AdoptStage.Metrics, "{\"step\":2}");
        await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt!.ReceiptId);
        throttled.SetResult();
        stage.Market.Has("77").ShouldBeTrue();
    }

    [Fact]
    public async Task While_it_waits_for_a_yes_it_is_alive_to_the_doctor_and_stopped_it_has_a_next_step_that_is_one()
    {
        await using var stage = await AdoptStage.StartAsync();
        var waits = await stage.SavedAsync();
        stage.Market.BalanceUsd = 0;
        var told = (await stage.Client.DoctorAsync(waits.Id, Token)).Value;
        (told.Moment, told.Probe).ShouldBe((Moment.Watch, null));
        told.Findings.Select(f => f.Id).ShouldBe(["balance"]);
        stage.Market["77"] = stage.Market["77"] with { Status = RentalStatus.Stopped };
        var stopped = await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.NeedsAttention);
        stopped.NextStep.ShouldBe("lodger adopt --release 77");
        (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).IsOk.ShouldBeTrue("there is always a way out");
    }
}
