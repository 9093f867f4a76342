using System.Text.Json;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Acceptance.Tests;

/// <summary>A rental that was made without Lodger is saved, proven and destroyed through the gate, and what runs there is left alone.</summary>
public sealed class AdoptTests
{
    /// <summary>Results, one of them under a name that jobs of Lodger's own use for what is unfinished, and a command that goes on.</summary>
    private const string Works =
        "mkdir -p '/workspace/my out' /root/notes; printf '{\"accuracy\": 0.97}' > '/workspace/my out/metrics.json'; printf '{\"step\": 1}\\n' > /root/notes/history.jsonl; printf 'kept' > /root/notes/last.tmp; "
        + "nohup sleep 3600 >/dev/null 2>&1 & echo $! > /tmp/mine";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rental_made_by_hand_comes_home_is_proven_and_goes_only_after_a_yes_to_what_is_there_then()
    {
        await using var stage = await ServerStage.StartAsync();
        using var made = await HandMade.MakeAsync(stage.Market, stage.Root, await OfferAsync(stage));
        await made.SshAsync(Works);

        var asked = await stage.LodgerAsync(null, "adopt", made.Id);
        asked.ExitCode.ShouldBe((int)ExitCode.ApprovalNeeded, asked.Text);
        asked.Text.ShouldContain("does not let Lodger's ssh key in");
        var looked = await stage.LodgerAsync(null, "adopt", made.Id, "--yes");
        looked.ExitCode.ShouldBe((int)ExitCode.BadInput, looked.Text);
        looked.Text.ShouldContain("/root/notes/history.jsonl");
        looked.Text.ShouldContain("--save");
        (await made.ShowAsync()).GetProperty("label").GetString().ShouldBe("by hand", "to look is to take nothing over");

        var saved = await stage.LodgerAsync(null, "adopt", made.Id, "--save", "/workspace/my out", "--save", "/root/notes", "--yes", "--detach");
        saved.ExitCode.ShouldBe((int)ExitCode.Ok, saved.Text);
        var name = $"rental-{made.Id}";
        var waits = await stage.UntilAsync(name, JobPhase.AwaitingApproval);
        waits.Receipt!.Files.ShouldBe(3, await stage.StoryAsync(name));
        (await File.ReadAllTextAsync(Path.Combine(waits.ResultsDirectory, "workspace/my out/metrics.json"), Token)).ShouldContain("0.97");
        File.Exists(Path.Combine(waits.ResultsDirectory, "root/notes/last.tmp")).ShouldBeTrue("nothing on somebody else's machine is taken for unfinished");
        (await made.ShowAsync()).GetProperty("label").GetString().ShouldBe(JobState.LabelFor(waits.Id, 1));
        (await made.SshAsync("kill -0 $(cat /tmp/mine) && echo alive; ls -A /workspace")).Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["alive", "my out"], "nothing of Lodger's is left there");

        // Nobody takes it over twice, and what is not there is said.
        (await stage.LodgerAsync(null, "adopt", made.Id, "--save", "/root/notes", "--yes")).ShouldSatisfyAllConditions(a => a.ExitCode.ShouldBe((int)ExitCode.BadInput), a => a.Text.ShouldContain($"lodger show {name}"));
        (await stage.LodgerAsync(null, "adopt", "987654", "--save", "/root/notes", "--yes")).ExitCode.ShouldBe((int)ExitCode.NotFound);

        // The yes is to what was shown: what was written since comes home first, and needs another one.
        await made.SshAsync("printf '{\"accuracy\": 0.99}' > '/workspace/my out/later.json'");
        (await stage.Client.ApproveAsync(waits.Id, new ApproveRequest(waits.ApprovalToken!, "test", waits.Receipt.HashOnly), Token)).IsOk.ShouldBeTrue();
        var again = await UntilAsync(stage, name, j => j is { Phase: JobPhase.AwaitingApproval, Receipt.Files: 4 });
        (await made.ShowAsync()).GetProperty("actual_status").GetString().ShouldBe("running");

        (await stage.LodgerAsync(null, "down", name, "--yes")).ExitCode.ShouldBe((int)ExitCode.ApprovalNeeded, "no yes said beforehand covers it");
        var unattended = await stage.LodgerAsync(null, ["approve", name, "--token", again.ApprovalToken!, .. again.Receipt!.HashOnly.SelectMany(f => (string[])["--names", f])]);
        unattended.ExitCode.ShouldBe((int)ExitCode.ApprovalNeeded, "nor does a script's");
        (await stage.Client.ApproveAsync(waits.Id, new ApproveRequest(again.ApprovalToken!, "test", again.Receipt.HashOnly), Token)).IsOk.ShouldBeTrue();
        await ShouldBeOverAsync(stage, name);
    }

    [Fact]
    public async Task However_often_the_server_is_killed_meanwhile_the_rental_stays_known_and_goes_once()
    {
        await using var stage = await ServerStage.StartAsync();
        using var made = await HandMade.MakeAsync(stage.Market, stage.Root, await OfferAsync(stage));
        await made.SshAsync(Works);
        var name = (await stage.Client.AdoptAsync("vastai", made.Id, new AdoptRequest(["/root/notes"], "test", ResultsDirectory: Path.Combine(stage.Root, "home"), Key: "a-key-of-one-submission"), Token)).Value.Name;
        for (var i = 0; i < 4; i++)
        {
            await stage.KillServerAsync();
            await stage.StartServerAsync();
            // Said again by who got no answer.
            (await stage.Client.AdoptAsync("vastai", made.Id, new AdoptRequest(["/root/notes"], "test", ResultsDirectory: Path.Combine(stage.Root, "home"), Key: "a-key-of-one-submission"), Token)).Value.Name.ShouldBe(name);
            await Task.Delay(i * 400, Token);
        }

        var waits = await stage.UntilAsync(name, JobPhase.AwaitingApproval);
        (await stage.Client.ApproveAsync(waits.Id, new ApproveRequest(waits.ApprovalToken!, "test", waits.Receipt!.HashOnly), Token)).IsOk.ShouldBeTrue();
        await stage.KillServerAsync();
        await stage.StartServerAsync();
        await ShouldBeOverAsync(stage, name);
        (await stage.Client.EventsAsync(waits.Id, 0, Token)).Value.Select(e => e.Event).ShouldNotContain(e => e is StopIntended || e is StartIntended || e is RentIntended);
    }

    [Fact]
    public async Task A_stopped_one_is_not_taken_and_one_that_stops_later_is_left_where_it_is_with_its_bill_named()
    {
        await using var stage = await ServerStage.StartAsync();
        using var made = await HandMade.MakeAsync(stage.Market, stage.Root, await OfferAsync(stage));
        await made.SshAsync(Works);
        await made.StateAsync("stopped");
        var refused = await UntilRefusedAsync(stage, made.Id);
        refused.ExitCode.ShouldBe((int)ExitCode.RentalUnusable, refused.Text);
        refused.Text.ShouldContain("its disk bills $");

        await made.StateAsync("running");
        var taken = await stage.LodgerAsync(null, "adopt", made.Id, "--save", "/root/notes", "--yes", "--detach", "--name", "mine");
        for (var i = 0; i < 100 && taken.ExitCode == (int)ExitCode.RentalUnusable; i++)
            taken = await stage.LodgerAsync(null, "adopt", made.Id, "--save", "/root/notes", "--yes", "--detach", "--name", "mine");
        taken.ExitCode.ShouldBe((int)ExitCode.Ok, taken.Text);
        var waits = await stage.UntilAsync("mine", JobPhase.AwaitingApproval);
        await made.StateAsync("stopped");
        await UntilAsync(stage, "mine", j => j.RentalStatus == Domain.Market.RentalStatus.Stopped);
        (await stage.Client.ApproveAsync(waits.Id, new ApproveRequest(waits.ApprovalToken!, "test", waits.Receipt!.HashOnly), Token)).IsOk.ShouldBeTrue();
        var left = await UntilAsync(stage, "mine", j => j.Waiting.Contains("start it where you started it", StringComparison.Ordinal));
        left.Waiting.ShouldContain("Its disk bills $");
        left.Phase.ShouldBe(JobPhase.NeedsAttention);

        // That yes was to what lay there then.
        await made.StateAsync("running");
        var again = await UntilAsync(stage, "mine", j => j is { Phase: JobPhase.AwaitingApproval, ApprovalToken: not null, RentalStatus: Domain.Market.RentalStatus.Running });
        (await stage.Client.ApproveAsync(waits.Id, new ApproveRequest(again.ApprovalToken!, "test", again.Receipt!.HashOnly), Token)).IsOk.ShouldBeTrue();
        await ShouldBeOverAsync(stage, "mine");
    }

    private static async Task<string> OfferAsync(ServerStage stage) => (await stage.OffersAsync()).OrderBy(o => o.GpuUsdPerHour).First().Id;

    private static async Task<(int ExitCode, string Text)> UntilRefusedAsync(ServerStage stage, string rental)
    {
        for (var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(5); ;)
        {
            var asked = await stage.LodgerAsync(null, "adopt", rental, "--yes");
            if (asked.ExitCode != (int)ExitCode.BadInput || DateTimeOffset.UtcNow > end)
                return asked;
        }
    }

    private static async Task<JobView> UntilAsync(ServerStage stage, string job, Func<JobView, bool> wanted)
    {
        for (var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(5); DateTimeOffset.UtcNow < end;)
        {
            if (await stage.Client.JobAsync(job, Token) is { IsOk: true, Value: { } seen } && wanted(seen))
                return seen;
            await Task.Delay(100, Token);
        }

        throw new TimeoutException(await stage.StoryAsync(job));
    }

    /// <summary>By the marketplace's own ledger: one rental was ever made, by hand, and it is gone.</summary>
    private static async Task ShouldBeOverAsync(ServerStage stage, string job)
    {
        var done = await stage.UntilAsync(job, JobPhase.Closed);
        done.Outcome.ShouldBe(JobOutcome.Succeeded, await stage.StoryAsync(job));
        done.Meter.NothingBills.ShouldBeTrue(await stage.StoryAsync(job));
        (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().ShouldHaveSingleItem().GetProperty("destroyed_at").ValueKind.ShouldNotBe(JsonValueKind.Null);
    }
}
