using Lodger.Artifacts;
using Lodger.Artifacts.Receipts;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Storage;
using Lodger.Engine.Adopt;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>A rental that somebody else made, through the server: what is refused, what is kept, and when alone it goes.</summary>
public sealed class AdoptTests
{
    private const string Out = "/workspace/my [out]";
    private const string Metrics = Out + "/metrics.json";

    private static readonly Rental ByHand = new()
    {
        Id = "77",
        Label = "by hand",
        Status = RentalStatus.Running,
        Evidence = "running",
        MachineId = "m1",
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24_564,
        GpuUsdPerHour = 0.4m,
        DiskUsdPerHour = 0.01m,
        UploadUsdPerGb = 0.01m,
        DownloadUsdPerGb = 0.01m,
        DiskGb = 10,
        DirectSsh = new Endpoint("127.0.0.1", 1),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_saved_and_goes_after_a_yes_and_a_last_look_that_comes_after_everything_else()
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        stage.Market["77"].Label.ShouldBe(JobState.LabelFor(waits.Id, 1));
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, Metrics[1..])).ShouldBe("{\"step\":1}");
        stage.Foreign.Asked.Clear();
        await ApproveAsync(stage, waits);
        var done = await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.Closed);
        done.Outcome.ShouldBe(JobOutcome.Succeeded);
        stage.Market.Has("77").ShouldBeFalse();
        stage.Foreign.Asked.Last().ShouldBe("survey", "the machine is asked last");
        var events = await EventsAsync(stage, waits.Id);
        var looked = events.Last(e => e.Event is MachineRechecked);
        ((MachineRechecked)looked.Event).SeenAt.ShouldNotBeNull().ShouldBeLessThanOrEqualTo(looked.At);
        events.Select(e => e.Event).ShouldNotContain(e => e is StopIntended || e is StartIntended || e is RentIntended || e is PayloadIntended || e is BoxReached);
    }

    [Fact]
    public async Task What_was_proven_stays_when_a_later_pull_comes_torn_and_the_machine_is_gone()
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        stage.Foreign.Write(Metrics, "{\"step\":2}");
        stage.Foreign.Torn = content => content[..3];
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.NeedsAttention);
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, Metrics[1..])).ShouldBe("{\"step\":1}");
        Receipt.Read(waits.Receipt!.Path).Receipt.ShouldNotBeNull().Id.ShouldBe(waits.Receipt.ReceiptId);

        // The machine has both again, and nothing of it was lost on the way.
        stage.Foreign.Torn = null;
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        var newer = await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt.ReceiptId);
        newer.ResultsDirectory.ShouldNotBe(waits.ResultsDirectory);
        File.ReadAllText(Path.Combine(newer.ResultsDirectory, Metrics[1..])).ShouldBe("{\"step\":2}");
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, Metrics[1..])).ShouldBe("{\"step\":1}");
    }

    [Fact]
    public async Task Checkpoints_that_rotate_are_brought_home_twice_and_those_that_went_are_kept()
    {
        await using var stage = await StageAsync();
        stage.Foreign.Write(Out + "/ckpt-1.json", "{}");
        var waits = await SavedAsync(stage);
        stage.Foreign.Remove(Out + "/ckpt-1.json");
        stage.Foreign.Write(Out + "/ckpt-2.json", "{}");
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt!.ReceiptId);
        File.Exists(Path.Combine(waits.ResultsDirectory, Out[1..], "ckpt-1.json")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("survey")]
    [InlineData("hash")]
    public async Task What_is_written_during_the_last_look_voids_the_yes(string during)
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        var asked = 0;
        stage.Foreign.Before = what =>
        {
            // The second survey is the one after the hashes.
            if (what == during && Interlocked.Increment(ref asked) == (during == "hash" ? 1 : 2))
                stage.Foreign.Write(Metrics, "{\"step\":9}");
        };
        await ApproveAsync(stage, waits);
        var again = await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt!.ReceiptId);
        again.ApprovalToken.ShouldNotBe(waits.ApprovalToken);
        stage.Market.Has("77").ShouldBeTrue();
        File.ReadAllText(Path.Combine(again.ResultsDirectory, Metrics[1..])).ShouldBe("{\"step\":9}");
    }

    [Fact]
    public async Task A_machine_that_cannot_be_read_wholly_is_never_called_safe_and_says_what_cannot()
    {
        await using var stage = await StageAsync();
        var name = (await AdoptAsync(stage)).Value.Name;
        stage.Foreign.Refusal = new Problem("path-unreadable", "/workspace/closed cannot be read", "", ExitCode.NotVerified, MayRetry: true);
        var seen = await UntilAsync(stage, name, j => j.Waiting.Contains("/workspace/closed", StringComparison.Ordinal) || j.Receipt is not null);
        if (seen.Receipt is not null)
        {
            // It was home before that: then it is the yes that leads nowhere.
            await ApproveAsync(stage, seen);
            await UntilAsync(stage, name, j => j.Waiting.Contains("/workspace/closed", StringComparison.Ordinal));
        }

        stage.Market.Has("77").ShouldBeTrue();
    }

    [Fact]
    public async Task Another_Lodgers_label_keeps_it_from_being_taken_and_from_being_destroyed()
    {
        await using var stage = await StageAsync();
        stage.Market["77"] = ByHand with { Label = "lodger/other.abc234/1" };
        (await AdoptAsync(stage)).Problem!.Id.ShouldBe("rental-of-other-lodger");
        stage.Market["77"] = ByHand;
        stage.Foreign.IsWatched = true;
        (await AdoptAsync(stage)).Problem!.Id.ShouldBe("rental-of-other-lodger");
        stage.Foreign.IsWatched = false;

        var waits = await SavedAsync(stage);
        stage.Market["77"] = ByHand with { Label = "lodger/other.abc234/1" };
        var left = await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.Closed);
        left.Problem!.Message.ShouldContain("lodger/other.abc234/1");
        left.Meter.NothingBills.ShouldBeFalse();
        stage.Market.Has("77").ShouldBeTrue();
    }

    [Theory]
    [InlineData("lodger/other.abc234/1", "the label lodger/other.abc234/1 since")]
    [InlineData("", "carries no label since")]
    public async Task One_that_was_labelled_by_another_between_the_look_and_the_label_is_left_to_it(string label, string said)
    {
        await using var stage = await StageAsync();
        stage.Foreign.Before = _ => stage.Market["77"] = ByHand with { Label = label };
        var job = (await AdoptAsync(stage)).Value;
        var over = await UntilAsync(stage, job.Id, j => j.Phase == JobPhase.Closed);
        over.Problem!.Id.ShouldBe("rental-taken-elsewhere");
        over.Problem.Message.ShouldContain(said);
        over.Meter.NothingBills.ShouldBeFalse();
        stage.Market["77"].Label.ShouldBe(label);
    }

    [Fact]
    public async Task One_that_has_the_label_of_a_job_here_that_is_over_is_told_with_that_jobs_name()
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        await ApproveAsync(stage, waits);
        await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.Closed);
        stage.Market["79"] = ByHand with { Id = "79", Label = JobState.LabelFor(waits.Id, 1) };
        var refused = (await stage.Client.AdoptAsync("stub", "79", new AdoptRequest([Out], "anna", Name: "again", ResultsDirectory: Path.Combine(stage.Root, "other")), Token)).Problem.ShouldNotBeNull();
        refused.Id.ShouldBe("rental-owned");
        refused.Message.ShouldContain("of the job rental-77 here, which is over");
    }

    [Fact]
    public async Task Let_go_it_gets_its_label_back_goes_on_billing_and_can_be_taken_over_again()
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        (await AdoptAsync(stage)).Problem!.Id.ShouldBe("rental-owned");
        (await stage.Client.CloudsAsync(waits.Id, Token)).Problem!.Id.ShouldBe("not-adopted-copy", "its host would copy the whole disk");
        (await stage.Client.CancelAsync(waits.Id, "anna", Token)).Problem!.Id.ShouldBe("not-now", "its work is not Lodger's to end");

        var gone = (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).Value;
        gone.LabelLeft.ShouldBeNull();
        gone.Said.ShouldContain("goes on billing $0.410/h");
        var over = await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.Closed);
        over.Meter.NothingBills.ShouldBeFalse();
        over.Problem!.Message.ShouldContain("goes on billing");
        stage.Market["77"].Label.ShouldBe("by hand");
        (await stage.Client.SurveyAsync("stub", Token)).Value.Survey.UnownedRentals.ShouldHaveSingleItem().Rental.Id.ShouldBe("77");
        (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).Problem!.Id.ShouldBe("not-adopted");
        (await AdoptAsync(stage)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task A_log_that_is_always_written_to_is_named_and_everything_else_is_saved_and_proven()
    {
        await using var stage = await StageAsync();
        var line = 0;
        stage.Foreign.Before = what =>
        {
            if (what is "survey")
                stage.Foreign.Write(Out + "/train.log", $"line {Interlocked.Increment(ref line)}");
        };
        var job = (await AdoptAsync(stage)).Value;
        var busy = await UntilAsync(stage, job.Id, j => j.Phase == JobPhase.NeedsAttention);
        busy.Findings.ShouldHaveSingleItem().Path.ShouldEndWith("train.log");
        busy.ApprovalToken.ShouldBeNull("the gate stays shut");
        var first = Path.Combine(stage.Root, "home/save-1");
        File.ReadAllText(Path.Combine(first, Metrics[1..])).ShouldBe("{\"step\":1}");
        var partial = Receipt.Read(Path.Combine(first, BundleLayout.ReceiptPath)).Receipt.ShouldNotBeNull();
        (await ReceiptVerifier.VerifyAsync(partial, first, cancellation: Token)).IsValid.ShouldBeTrue();

        stage.Foreign.Before = _ => { };
        (await stage.Client.PullAsync(job.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        var whole = await UntilAsync(stage, job.Id, j => j is { Phase: JobPhase.AwaitingApproval, Receipt.Files: 2 });
        whole.ResultsDirectory.ShouldBe(Path.Combine(stage.Root, "home/save-2"));
    }

    [Fact]
    public async Task Without_its_receipt_a_save_is_still_not_written_to()
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        File.Delete(waits.Receipt!.Path);
        stage.Foreign.Write(Metrics, "{\"step\":2}");
        stage.Foreign.Torn = content => content[..3];
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.NeedsAttention);
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, Metrics[1..])).ShouldBe("{\"step\":1}");
    }

    [Fact]
    public async Task A_pull_that_finds_nothing_new_makes_no_second_save_and_asks_for_the_yes_again()
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await UntilAsync(stage, waits.Id, j => j.LastSequence > waits.LastSequence + 1 && j.Phase == JobPhase.AwaitingApproval);
        (await EventsAsync(stage, waits.Id)).Select(e => e.Event).OfType<ReceiptIssued>().Select(r => r.ReceiptId).ToArray().ShouldBe([waits.Receipt!.ReceiptId, waits.Receipt.ReceiptId]);
        Directory.EnumerateDirectories(Path.Combine(stage.Root, "home"), "save-*").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_named_path_that_is_gone_is_said_to_be_missing_and_never_taken_for_saved()
    {
        await using var stage = await StageAsync();
        stage.Foreign.Write("/root/model.json", "{}");
        var job = (await stage.Client.AdoptAsync("stub", "77", new AdoptRequest([Out, "/root/model.json"], "anna", ResultsDirectory: Path.Combine(stage.Root, "home")), Token)).Value;
        await UntilAsync(stage, job.Id, j => j.Phase == JobPhase.AwaitingApproval);
        stage.Foreign.Remove("/root/model.json");
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var asked = (await stage.Client.PullAsync(job.Id, new PullRequest("anna"), Token)).Value.LastSequence;
            (await UntilAsync(stage, job.Id, j => j.LastSequence > asked + 1 && j.Phase == JobPhase.NeedsAttention)).Findings.ShouldContain(f => f.Path == "/root/model.json" && f.Verdict == "Missing");
        }
    }

    [Fact]
    public async Task Let_go_between_the_look_and_the_label_it_has_its_own_label_again()
    {
        await using var stage = await StageAsync();
        var isFirst = 1;
        stage.Market.BeforeLabel = _ =>
        {
            if (Interlocked.Exchange(ref isFirst, 0) == 1)
                stage.Client.ReleaseAsync("stub", "77", "anna", Token).GetAwaiter().GetResult().IsOk.ShouldBeTrue();
        };
        var job = (await AdoptAsync(stage)).Value;
        (await UntilAsync(stage, job.Id, j => j.Phase == JobPhase.Closed)).Problem!.Id.ShouldBe("rental-released");
        for (var i = 0; i < 600 && stage.Market["77"].Label != "by hand"; i++)
            await Task.Delay(50, Token);
        stage.Market["77"].Label.ShouldBe("by hand");
        (await EventsAsync(stage, job.Id)).ShouldNotContain(e => e.Event is RentalTaken);
    }

    [Fact]
    public async Task Of_two_that_label_it_at_once_the_one_whose_label_does_not_stand_has_not_taken_it()
    {
        await using var stage = await StageAsync();
        stage.Market.AfterLabel = _ => stage.Market["77"] = ByHand with { Label = "lodger/other.abc234/1" };
        var job = (await AdoptAsync(stage)).Value;
        (await UntilAsync(stage, job.Id, j => j.Phase == JobPhase.Closed)).Problem!.Id.ShouldBe("rental-taken-elsewhere");
        (await EventsAsync(stage, job.Id)).ShouldNotContain(e => e.Event is RentalTaken);
        stage.Market["77"].Label.ShouldBe("lodger/other.abc234/1");
    }

    [Fact]
    public async Task A_list_that_shows_another_label_does_not_end_the_watch_before_the_platform_says_the_same_of_the_rental_itself()
    {
        await using var stage = await StageAsync();
        var job = await SavedAsync(stage);
        stage.Market.Listed = rental => rental with { Label = null };
        await UntilAsync(stage, job.Id, j => j.Waiting.Contains("until the platform's list shows the label", StringComparison.Ordinal));
        (await EventsAsync(stage, job.Id)).ShouldNotContain(e => e.Event is RentalReleased);
        stage.Market["77"] = stage.Market["77"] with { Label = "lodger/other.abc234/1" };
        (await UntilAsync(stage, job.Id, j => j.Phase == JobPhase.Closed)).Problem!.Id.ShouldBe("rental-taken-elsewhere");
    }

    [Fact]
    public async Task A_release_writes_no_label_blindly_and_says_of_its_bill_only_what_is_known()
    {
        await using var stage = await StageAsync();
        await SavedAsync(stage);
        var ours = stage.Market["77"].Label;
        stage.Market.ShowRefusal = new Problem("platform-silent", "no answer", "", ExitCode.Unknown, MayRetry: true);
        var unknown = (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).Value;
        unknown.LabelLeft.ShouldBe(ours);
        unknown.Said.ShouldContain("may go on billing");
        stage.Market["77"].Label.ShouldBe(ours);
    }

    [Fact]
    public async Task Of_one_that_the_platform_knows_no_more_a_release_says_that_nothing_bills()
    {
        await using var stage = await ServerStage.StartAsync();
        stage.Market["77"] = ByHand;
        stage.Foreign.Write(Metrics, "{\"step\":1}");
        await SavedAsync(stage);
        stage.Market.Remove("77");
        var gone = (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).Value;
        gone.Said.ShouldContain("nothing of it bills");
        gone.LabelLeft.ShouldBeNull();
    }

    [Fact]
    public async Task A_platform_that_makes_a_destroy_wait_longer_than_the_last_look_is_worth_has_not_been_told()
    {
        await using var stage = await ServerStage.StartAsync(change: (_, o) => o with { Waits = p => Waits.Of(p) with { AdoptedRecheckValid = TimeSpan.FromSeconds(2), AskAgain = TimeSpan.FromMilliseconds(50) } });
        stage.Market["77"] = ByHand;
        stage.Foreign.Write(Metrics, "{\"step\":1}");
        var waits = await SavedAsync(stage);
        var throttled = new TaskCompletionSource();
        stage.Market.DestroyAnswer = throttled.Task;
        await ApproveAsync(stage, waits);
        await UntilAsync(stage, waits.Id, _ => EventsAsync(stage, waits.Id).GetAwaiter().GetResult().Any(e => e.Event is Noted n && n.Text.Contains("looked at anew", StringComparison.Ordinal)));
        // What is written while the platform makes us wait is seen, and needs a yes of its own.
        stage.Foreign.Write(Metrics, "{\"step\":2}");
        await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt!.ReceiptId);
        throttled.SetResult();
        stage.Market.Has("77").ShouldBeTrue();
    }

    [Fact]
    public async Task Given_up_before_it_was_taken_it_gets_no_key()
    {
        await using var stage = await StageAsync();
        stage.Market.LabelRefusal = new Problem("throttled", "later", "", ExitCode.Unknown, MayRetry: true);
        var job = (await AdoptAsync(stage)).Value;
        await UntilAsync(stage, job.Id, _ => !stage.Market.KeysLetIn.IsEmpty);
        stage.Market["77"] = ByHand with { Status = RentalStatus.Stopped };
        (await stage.Client.AbandonAsync(job.Id, new AbandonRequest("77", "anna"), Token)).IsOk.ShouldBeTrue();
        stage.Market.KeysLetIn.Clear();
        stage.Market.LabelRefusal = null;
        await UntilAsync(stage, job.Id, j => j.Phase == JobPhase.Closed);
        stage.Market.KeysLetIn.ShouldBeEmpty();
        stage.Market.Has("77").ShouldBeFalse();
    }

    [Fact]
    public async Task A_name_that_is_taken_is_said_before_any_key_is_let_in()
    {
        await using var stage = await StageAsync();
        await SavedAsync(stage);
        stage.Market["78"] = ByHand with { Id = "78" };
        stage.Market.KeysLetIn.Clear();
        stage.Foreign.Refusal = new Problem("ssh-key-refused", "The machine refuses Lodger's ssh key.", "", ExitCode.RentalUnusable, MayRetry: true);
        (await stage.Client.AdoptAsync("stub", "78", new AdoptRequest([Out], "anna", Name: "rental-77", ResultsDirectory: Path.Combine(stage.Root, "other")), Token)).Problem!.Id.ShouldBe("job-open");
        stage.Market.KeysLetIn.ShouldBeEmpty();
    }

    [Fact]
    public async Task While_it_waits_for_a_yes_it_is_alive_to_the_doctor_and_stopped_it_has_a_next_step_that_is_one()
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        stage.Market.BalanceUsd = 0;
        var told = (await stage.Client.DoctorAsync(waits.Id, Token)).Value;
        (told.Moment, told.Probe).ShouldBe((Moment.Watch, null));
        told.Findings.Select(f => f.Id).ShouldBe(["balance"]);
        stage.Market["77"] = stage.Market["77"] with { Status = RentalStatus.Stopped };
        var stopped = await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.NeedsAttention);
        stopped.NextStep.ShouldBe("lodger adopt --release 77");
        (await stage.Client.ReleaseAsync("stub", "77", "anna", Token)).IsOk.ShouldBeTrue("there is always a way out");
    }

    [Fact]
    public async Task Where_its_files_lie_is_told_of_what_was_named_and_of_the_newest_save_as_its_receipt_says()
    {
        await using var stage = await StageAsync();
        stage.Foreign.Write(Out + "/state.tmp", "t");
        var waits = await SavedAsync(stage);
        var map = (await stage.Client.StorageAsync(waits.Id, Token)).Value;
        map.Disks.ShouldHaveSingleItem().Files!.Select(f => (f.Path, f.Role)).ShouldBe([(Metrics[1..], FileRole.Result), (Out[1..] + "/state.tmp", FileRole.Result)], ignoreOrder: true);
        map.Copies.Where(c => c.IsVerified).Select(c => c.Path).ShouldBe([Metrics[1..], Out[1..] + "/state.tmp"], ignoreOrder: true);
        File.AppendAllText(Path.Combine(waits.ResultsDirectory, Metrics[1..]), "changed by hand");
        (await stage.Client.StorageAsync(waits.Id, Token)).Value.Copies.Single(c => c.Path == Metrics[1..]).IsVerified.ShouldBeFalse();
        stage.Market["77"] = stage.Market["77"] with { Status = RentalStatus.Stopped };
        await UntilAsync(stage, waits.Id, j => j.RentalStatus == RentalStatus.Stopped);
        (await stage.Client.StorageAsync(waits.Id, Token)).Value.IsPartial.ShouldBeTrue("unknown is not empty");
    }

    [Fact]
    public async Task A_look_lets_no_key_in_before_somebody_agreed()
    {
        await using var stage = await StageAsync();
        stage.Foreign.Refusal = new Problem("ssh-key-refused", "The machine refuses Lodger's ssh key.", "", ExitCode.RentalUnusable, MayRetry: true);
        (await stage.Client.LookAtRentalAsync("stub", "77", new RentalLookRequest([]), Token)).Problem!.Id.ShouldBe(AdoptDesk.KeyNeeded);
        stage.Market.KeysLetIn.ShouldBeEmpty();
        stage.Foreign.Before = _ => stage.Foreign.Refusal = stage.Market.KeysLetIn.IsEmpty ? stage.Foreign.Refusal : null;
        (await stage.Client.LookAtRentalAsync("stub", "77", new RentalLookRequest([], MayLetKeyIn: true), Token)).IsOk.ShouldBeTrue();
        stage.Market.KeysLetIn.ShouldHaveSingleItem().ShouldBe("77");
        stage.Market["77"].Label.ShouldBe("by hand");
    }

    [Fact]
    public async Task What_does_not_fit_here_is_not_taken_over()
    {
        await using var stage = await StageAsync();
        stage.Foreign.LookedBytes = 1L << 49;
        var refused = (await AdoptAsync(stage)).Problem.ShouldNotBeNull();
        refused.Id.ShouldBe("home-disk-full");
        refused.Message.ShouldContain("562950.0 GB");
        stage.Market["77"].Label.ShouldBe("by hand");
    }

    [Theory]
    [InlineData("/proc/1", "bad-path")]
    [InlineData("/", "bad-path")]
    [InlineData("relative", "bad-path")]
    [InlineData("/no/such", "path-not-there")]
    public async Task What_cannot_be_saved_is_refused_with_a_word_about_it(string path, string problem)
    {
        await using var stage = await StageAsync();
        (await AdoptAsync(stage, path)).Problem!.Id.ShouldBe(problem);
    }

    [Fact]
    public async Task A_key_that_was_said_for_another_rental_makes_no_answer_of_it_and_a_null_path_no_defect()
    {
        await using var stage = await StageAsync();
        stage.Market["78"] = ByHand with { Id = "78" };
        var wish = new AdoptRequest([Out], "anna", Name: "mine", ResultsDirectory: Path.Combine(stage.Root, "home"), Key: "00000000-0000-4000-8000-000000000001");
        (await stage.Client.AdoptAsync("stub", "77", wish, Token)).IsOk.ShouldBeTrue();
        (await stage.Client.AdoptAsync("stub", "77", wish, Token)).Value.Name.ShouldBe("mine");
        (await stage.Client.AdoptAsync("stub", "78", wish, Token)).Problem!.Id.ShouldBe("key-used");
        foreach (var route in (string[])["look", "adopt"])
            (await stage.RefusedAsync("POST", $"/v1/accounts/stub/rentals/77/{route}", """{"paths":["/a",null],"by":"x"}""")).Id.ShouldBe("request-malformed");
    }

    private static async Task<ServerStage> StageAsync()
    {
        // The stub shows a label at once.
        var stage = await ServerStage.StartAsync(change: (_, o) => o with { Waits = p => Waits.Of(p) with { RentShows = TimeSpan.Zero } });
        stage.Market["77"] = ByHand;
        stage.Foreign.Write(Metrics, "{\"step\":1}");
        return stage;
    }

    private static Task<Outcome<JobView>> AdoptAsync(ServerStage stage, string path = Out) =>
        stage.Client.AdoptAsync("stub", "77", new AdoptRequest([path], "anna", ResultsDirectory: Path.Combine(stage.Root, "home")), Token);

    private static async Task<JobView> SavedAsync(ServerStage stage) =>
        await UntilAsync(stage, (await AdoptAsync(stage)).Value.Id, j => j is { Phase: JobPhase.AwaitingApproval, ApprovalToken: not null });

    private static async Task ApproveAsync(ServerStage stage, JobView waits) =>
        (await stage.Client.ApproveAsync(waits.Id, new ApproveRequest(waits.ApprovalToken!, "anna", waits.Receipt!.HashOnly), Token)).IsOk.ShouldBeTrue();

    private static async Task<IReadOnlyList<JournalEntry>> EventsAsync(ServerStage stage, string job) => (await stage.Client.EventsAsync(job, 0, Token)).Value;

    private static async Task<JobView> UntilAsync(ServerStage stage, string job, Func<JobView, bool> wanted)
    {
        JobView? seen = null;
        for (var i = 0; i < 6000; i++)
        {
            seen = (await stage.Client.JobAsync(job, Token)).Value;
            if (wanted(seen))
                return seen;
            await Task.Delay(50, Token);
        }

        throw new TimeoutException($"{seen!.Phase}, {seen.Waiting}: {string.Join("\n", (await EventsAsync(stage, job)).Select(e => e.Event))}");
    }
}
