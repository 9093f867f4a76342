using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
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
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, ".lodger/previous", waits.Receipt!.ReceiptId, "files", Metrics[1..])).ShouldBe("{\"step\":1}");

        // The machine has both again, and nothing of it was lost on the way.
        stage.Foreign.Torn = null;
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt.ReceiptId);
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, Metrics[1..])).ShouldBe("{\"step\":2}");
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
        File.Exists(Path.Combine(waits.ResultsDirectory, ".lodger/previous", waits.Receipt!.ReceiptId, "files", Out[1..], "ckpt-1.json")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("survey")]
    [InlineData("hash")]
    public async Task What_is_written_during_the_last_look_voids_the_yes(string during)
    {
        await using var stage = await StageAsync();
        var waits = await SavedAsync(stage);
        // So that it has to be hashed at the last look, too.
        stage.Foreign.Write(Metrics, "{\"step\":1}");
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
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, Metrics[1..])).ShouldBe("{\"step\":9}");
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
        await ApproveAsync(stage, waits);
        var left = await UntilAsync(stage, waits.Id, j => j.Phase == JobPhase.Closed);
        left.Problem!.Message.ShouldContain("lodger/other.abc234/1");
        left.Meter.NothingBills.ShouldBeFalse();
        stage.Market.Has("77").ShouldBeTrue();
    }

    [Fact]
    public async Task One_that_was_labelled_by_another_between_the_look_and_the_label_is_left_to_it()
    {
        await using var stage = await StageAsync();
        stage.Foreign.Before = _ => stage.Market["77"] = ByHand with { Label = "lodger/other.abc234/1" };
        var job = (await AdoptAsync(stage)).Value;
        var over = await UntilAsync(stage, job.Id, j => j.Phase == JobPhase.Closed);
        over.Problem!.Id.ShouldBe("rental-taken-elsewhere");
        over.Meter.NothingBills.ShouldBeFalse();
        stage.Market["77"].Label.ShouldBe("lodger/other.abc234/1");
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
        var stage = await ServerStage.StartAsync();
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
