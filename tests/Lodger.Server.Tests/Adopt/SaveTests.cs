using Lodger.Artifacts;
using Lodger.Artifacts.Receipts;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Storage;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Adopt;

/// <summary>What was named comes home, and what came home stays.</summary>
public sealed class SaveTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_proven_stays_when_a_later_pull_comes_torn_and_the_machine_is_gone()
    {
        await using var stage = await AdoptStage.StartAsync();
        var waits = await stage.SavedAsync();
        stage.Foreign.Write(AdoptStage.Metrics, "{\"step\":2}");
        stage.Foreign.Torn = content => content[..3];
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.NeedsAttention);
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, AdoptStage.Metrics[1..])).ShouldBe("{\"step\":1}");
        Receipt.Read(waits.Receipt!.Path).Receipt.ShouldNotBeNull().Id.ShouldBe(waits.Receipt.ReceiptId);

        // The machine has both again, and nothing of it was lost on the way.
        stage.Foreign.Torn = null;
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        var newer = await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt.ReceiptId);
        newer.ResultsDirectory.ShouldNotBe(waits.ResultsDirectory);
        File.ReadAllText(Path.Combine(newer.ResultsDirectory, AdoptStage.Metrics[1..])).ShouldBe("{\"step\":2}");
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, AdoptStage.Metrics[1..])).ShouldBe("{\"step\":1}");
    }

    [Fact]
    public async Task Checkpoints_that_rotate_are_brought_home_twice_and_those_that_went_are_kept()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Foreign.Write(AdoptStage.Out + "/ckpt-1.json", "{}");
        var waits = await stage.SavedAsync();
        stage.Foreign.Remove(AdoptStage.Out + "/ckpt-1.json");
        stage.Foreign.Write(AdoptStage.Out + "/ckpt-2.json", "{}");
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.AwaitingApproval && j.Receipt!.ReceiptId != waits.Receipt!.ReceiptId);
        File.Exists(Path.Combine(waits.ResultsDirectory, AdoptStage.Out[1..], "ckpt-1.json")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_machine_that_cannot_be_read_wholly_is_never_called_safe_and_says_what_cannot()
    {
        await using var stage = await AdoptStage.StartAsync();
        var name = (await stage.AdoptAsync()).Value.Name;
        stage.Foreign.Refusal = new Problem("path-unreadable", "/workspace/closed cannot be read", "", ExitCode.NotVerified, MayRetry: true);
        var seen = await stage.UntilAsync(name, j => j.Waiting.Contains("/workspace/closed", StringComparison.Ordinal) || j.Receipt is not null);
        if (seen.Receipt is not null)
        {
            // It was home before that: then it is the yes that leads nowhere.
            await stage.ApproveAsync(seen);
            await stage.UntilAsync(name, j => j.Waiting.Contains("/workspace/closed", StringComparison.Ordinal));
        }

        stage.Market.Has("77").ShouldBeTrue();
    }

    [Fact]
    public async Task A_log_that_is_always_written_to_is_named_and_everything_else_is_saved_and_proven()
    {
        await using var stage = await AdoptStage.StartAsync();
        var line = 0;
        stage.Foreign.Before = what =>
        {
            if (what is "survey")
                stage.Foreign.Write(AdoptStage.Out + "/train.log", $"line {Interlocked.Increment(ref line)}");
        };
        var job = (await stage.AdoptAsync()).Value;
        var busy = await stage.UntilAsync(job.Id, j => j.Phase == JobPhase.NeedsAttention);
        busy.Findings.ShouldHaveSingleItem().Path.ShouldEndWith("train.log");
        busy.ApprovalToken.ShouldBeNull("the gate stays shut");
        var first = Path.Combine(stage.Root, "home/save-1");
        File.ReadAllText(Path.Combine(first, AdoptStage.Metrics[1..])).ShouldBe("{\"step\":1}");
        var partial = Receipt.Read(Path.Combine(first, BundleLayout.ReceiptPath)).Receipt.ShouldNotBeNull();
        (await ReceiptVerifier.VerifyAsync(partial, first, cancellation: Token)).IsValid.ShouldBeTrue();

        stage.Foreign.Before = _ => { };
        (await stage.Client.PullAsync(job.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        var whole = await stage.UntilAsync(job.Id, j => j is { Phase: JobPhase.AwaitingApproval, Receipt.Files: 2 });
        whole.ResultsDirectory.ShouldBe(Path.Combine(stage.Root, "home/save-2"));
    }

    [Fact]
    public async Task Two_names_that_differ_in_case_alone_are_two_files_where_the_disk_tells_them_apart()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Foreign.Write(AdoptStage.Out + "/Metrics.json", "{\"step\":7}");
        File.WriteAllText(Path.Combine(stage.Root, "probe"), "");
        Assert.SkipWhen(File.Exists(Path.Combine(stage.Root, "PROBE")), "this disk does not");
        var waits = await stage.SavedAsync();
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, AdoptStage.Out[1..], "Metrics.json")).ShouldBe("{\"step\":7}");
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, AdoptStage.Metrics[1..])).ShouldBe("{\"step\":1}");
    }

    [Fact]
    public async Task Without_its_receipt_a_save_is_still_not_written_to()
    {
        await using var stage = await AdoptStage.StartAsync();
        var waits = await stage.SavedAsync();
        File.Delete(waits.Receipt!.Path);
        stage.Foreign.Write(AdoptStage.Metrics, "{\"step\":2}");
        stage.Foreign.Torn = content => content[..3];
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await stage.UntilAsync(waits.Id, j => j.Phase == JobPhase.NeedsAttention);
        File.ReadAllText(Path.Combine(waits.ResultsDirectory, AdoptStage.Metrics[1..])).ShouldBe("{\"step\":1}");
    }

    [Fact]
    public async Task A_pull_that_finds_nothing_new_makes_no_second_save_and_asks_for_the_yes_again()
    {
        await using var stage = await AdoptStage.StartAsync();
        var waits = await stage.SavedAsync();
        (await stage.Client.PullAsync(waits.Id, new PullRequest("anna"), Token)).IsOk.ShouldBeTrue();
        await stage.UntilAsync(waits.Id, j => j.LastSequence > waits.LastSequence + 1 && j.Phase == JobPhase.AwaitingApproval);
        (await stage.EventsAsync(waits.Id)).Select(e => e.Event).OfType<ReceiptIssued>().Select(r => r.ReceiptId).ToArray().ShouldBe([waits.Receipt!.ReceiptId, waits.Receipt.ReceiptId]);
        Directory.EnumerateDirectories(Path.Combine(stage.Root, "home"), "save-*").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_named_path_that_is_gone_is_said_to_be_missing_and_never_taken_for_saved()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Foreign.Write("/root/model.json", "{}");
        var job = (await stage.Client.AdoptAsync("stub", "77", new AdoptRequest([AdoptStage.Out, "/root/model.json"], "anna", ResultsDirectory: Path.Combine(stage.Root, "home")), Token)).Value;
        await stage.UntilAsync(job.Id, j => j.Phase == JobPhase.AwaitingApproval);
        stage.Foreign.Remove("/root/model.json");
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var asked = (await stage.Client.PullAsync(job.Id, new PullRequest("anna"), Token)).Value.LastSequence;
            (await stage.UntilAsync(job.Id, j => j.LastSequence > asked + 1 && j.Phase == JobPhase.NeedsAttention)).Findings.ShouldContain(f => f.Path == "/root/model.json" && f.Verdict == "Missing");
        }
    }

    [Fact]
    public async Task Where_its_files_lie_is_told_of_what_was_named_and_of_the_newest_save_as_its_receipt_says()
    {
        await using var stage = await AdoptStage.StartAsync();
        stage.Foreign.Write(AdoptStage.Out + "/state.tmp", "t");
        var waits = await stage.SavedAsync();
        var map = (await stage.Client.StorageAsync(waits.Id, Token)).Value;
        map.Disks.ShouldHaveSingleItem().Files!.Select(f => (f.Path, f.Role)).ShouldBe([(AdoptStage.Metrics[1..], FileRole.Result), (AdoptStage.Out[1..] + "/state.tmp", FileRole.Result)], ignoreOrder: true);
        map.Copies.Where(c => c.IsVerified).Select(c => c.Path).ShouldBe([AdoptStage.Metrics[1..], AdoptStage.Out[1..] + "/state.tmp"], ignoreOrder: true);
        File.AppendAllText(Path.Combine(waits.ResultsDirectory, AdoptStage.Metrics[1..]), "changed by hand");
        (await stage.Client.StorageAsync(waits.Id, Token)).Value.Copies.Single(c => c.Path == AdoptStage.Metrics[1..]).IsVerified.ShouldBeFalse();
        stage.Market["77"] = stage.Market["77"] with { Status = RentalStatus.Stopped };
        await stage.UntilAsync(waits.Id, j => j.RentalStatus == RentalStatus.Stopped);
        (await stage.Client.StorageAsync(waits.Id, Token)).Value.IsPartial.ShouldBeTrue("unknown is not empty");
    }
}
