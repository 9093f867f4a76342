using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;
using Lodger.Domain.Storage;

namespace Lodger.Acceptance.Tests;

/// <summary>Nothing is destroyed without a receipt and an approval for exactly what is there.</summary>
public sealed class GateTests
{
    private const string Works = "mkdir -p out; printf '{\"accuracy\": 0.97}' > out/metrics.json; printf '{\"step\": 1}\\n{\"step\": 2}\\n' > out/history.jsonl";

    private static JobSpec Ask(JobSpec spec) => spec with { Teardown = TeardownMode.Ask };

    [Theory]
    [InlineData("truncated")]
    [InlineData("flipped")]
    [InlineData("missing")]
    [InlineData("extra")]
    public async Task A_bundle_that_differs_stops_the_teardown_names_the_file_and_leaves_the_rental(string damage)
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(Works, Ask);
        await stage.UntilAsync(job, s => s.Phase == JobPhase.AwaitingApproval);
        var file = stage.AtHome(job, damage == "extra" ? "out/stray.json" : "out/metrics.json");
        switch (damage)
        {
            case "truncated":
                await using (var f = File.OpenWrite(file))
                    f.SetLength(f.Length - 1);
                break;
            case "flipped":
                var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
                bytes[^2] ^= 1;
                await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
                break;
            case "missing":
                File.Delete(file);
                break;
            default:
                await File.WriteAllTextAsync(file, "{}", TestContext.Current.CancellationToken);
                break;
        }

        stage.Approve(job).IsOk.ShouldBeTrue();
        var stopped = await stage.UntilAsync(job, s => s.Current is { Failure: not null } or { DestroyIntendedAt: not null });
        stopped.Current!.DestroyIntendedAt.ShouldBeNull(stage.Story(job));
        stopped.Current.Failure!.Findings.ShouldContain(f => f.Path == "out/" + Path.GetFileName(file), stage.Story(job));
        (await stage.ContractsAsync()).ShouldContain(c => c.DestroyedAt == null);

        // The machine still has it: pulled again, approved again, then it may go.
        if (damage == "extra")
            File.Delete(file);
        stage.Board.BringHome(job, "test").IsOk.ShouldBeTrue();
        await stage.UntilAsync(job, s => s.Phase == JobPhase.AwaitingApproval);
        stage.Approve(job).IsOk.ShouldBeTrue();
        (await stage.ClosedAsync(job)).Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task More_than_the_proxy_is_good_for_comes_through_it_only_after_a_persons_yes()
    {
        await using var stage = await EngineStage.StartAsync(proxyMaxBytes: 20);
        var job = await stage.SubmitAsync(Works + "; until [ -e /tmp/go ]; do sleep 0.1; done");
        var running = await stage.UntilAsync(job, s => s.Current is { StartedAt: not null });
        await stage.Market.ControlAsync($"instances/{running.Current!.RentalId}/direct", new { line = "cut" });
        await stage.ExecAsync(job, "touch /tmp/go", overProxy: true);
        for (var i = 0; i < 3000 && stage.Board.Find(job).Value.Live.BoxProblem?.Id != "proxy-too-slow"; i++)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        var refused = stage.Board.Find(job).Value.Live.BoxProblem.ShouldNotBeNull(stage.Story(job));
        (refused.Id, refused.ExitCode).ShouldBe(("proxy-too-slow", Domain.Problems.ExitCode.ApprovalNeeded));
        refused.Fix.ShouldContain("lodger pull job --over-proxy");
        stage.State(job).Current!.Pulled.ShouldBeNull();

        stage.Board.BringHome(job, "test", overProxy: true).IsOk.ShouldBeTrue(stage.Story(job));
        (await stage.ClosedAsync(job)).Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task More_than_the_proxy_is_good_for_is_neither_sent_nor_copied_through_it_without_a_yes_and_with_one_from_the_submission_everything_goes()
    {
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Mirror = TimeSpan.FromSeconds(1) }, proxyMaxBytes: 20);
        var code = Directory.CreateDirectory(Path.Combine(stage.Root, "code")).FullName;
        await File.WriteAllTextAsync(Path.Combine(code, "train.sh"), "# more than twenty bytes of a job\n" + Works, TestContext.Current.CancellationToken);
        JobSpec WithCode(JobSpec spec) => spec with { CodeDirectory = code };

        await stage.Market.ControlAsync("creates", new { direct = "cut" });
        var refused = await stage.SubmitAsync("sh train.sh", WithCode);
        await stage.UntilAsync(refused, _ => stage.Board.Find(refused).Value.Live.BoxProblem?.Id == "proxy-too-slow");
        var problem = stage.Board.Find(refused).Value.Live.BoxProblem!;
        problem.Message.ShouldContain("are to be sent there");
        problem.Fix.ShouldContain("lodger run job.yaml --over-proxy");
        stage.State(refused).Current!.PayloadDeliveredAt.ShouldBeNull(stage.Story(refused));

        var copies = await stage.SubmitAsync(
            "until [ -e /tmp/write ]; do sleep 0.1; done; mkdir -p ckpt out; printf '{\"step\": 1, \"loss\": 0.123456789}' > ckpt/at.json; until [ -e /tmp/go ]; do sleep 0.1; done; " + Works, s => s with { Name = "copies", Checkpoints = ["ckpt/*.json"] });
        var running = await stage.UntilAsync(copies, s => s.Current is { StartedAt: not null });
        await stage.Market.ControlAsync($"instances/{running.Current!.RentalId}/direct", new { line = "cut" });
        await stage.ExecAsync(copies, "touch /tmp/write", overProxy: true);
        await stage.UntilAsync(copies, _ => stage.Story(copies).Contains("checkpoints are not copied", StringComparison.Ordinal));
        File.Exists(stage.AtHome(copies, ".lodger/mirror/ckpt/at.json")).ShouldBeFalse(stage.Story(copies));
        stage.State(copies).Current!.Ended.ShouldBeNull("the job itself goes on");

        await stage.Market.ControlAsync("creates", new { direct = "cut" });
        var agreed = await stage.SubmitAsync("sh train.sh", s => WithCode(s) with { Name = "agreed" }, overProxy: true);
        (await stage.ClosedAsync(agreed)).Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(agreed));
    }

    [Fact]
    public async Task An_expected_result_that_was_never_made_stops_the_teardown_and_names_the_entry()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(Works, s => s with { Results = ["out", "model.safetensors"] });
        var stopped = await stage.UntilAsync(job, s => s.Current is { Failure: not null });
        stopped.Current!.Failure!.Findings.ShouldContain(f => f.Path == "model.safetensors", stage.Story(job));
        (await stage.ContractsAsync()).ShouldContain(c => c.DestroyedAt == null);
    }

    [Fact]
    public async Task A_result_that_does_not_load_stops_the_teardown_although_its_hash_matches()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(Works + "; printf '{\"cut\": ' > out/broken.json");
        var stopped = await stage.UntilAsync(job, s => s.Current is { Failure: not null });
        stopped.Current!.Failure!.Findings.ShouldContain(f => f.Path == "out/broken.json", stage.Story(job));
        stage.Approve(job).IsOk.ShouldBeFalse();
        (await stage.ContractsAsync()).ShouldContain(c => c.DestroyedAt == null);
    }

    [Fact]
    public async Task A_file_changed_on_the_machine_after_the_pull_reopens_the_gate_and_voids_the_yes()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(Works, Ask);
        var waiting = await stage.UntilAsync(job, s => s.Phase == JobPhase.AwaitingApproval);
        var first = waiting.Current!.Receipt!.ReceiptId;
        var before = (await stage.Board.StorageAsync(job, TestContext.Current.CancellationToken)).Value;
        before.Disks.ShouldHaveSingleItem().Files!.Count(f => f.Role == FileRole.Result).ShouldBe(2);
        before.OnlyOnRental.ShouldBeEmpty("both are home and verified");
        await stage.ExecAsync(job, "printf '{\"accuracy\": 0.99}' > /workspace/job/out/metrics.json; touch -d '+1 hour' /workspace/job/out/metrics.json");
        (await stage.Board.StorageAsync(job, TestContext.Current.CancellationToken)).Value.OnlyOnRental.ShouldHaveSingleItem().File.Path.ShouldBe("out/metrics.json");
        stage.Approve(job).IsOk.ShouldBeTrue();
        var again = await stage.UntilAsync(job, s => s.Current is { DestroyIntendedAt: not null } || (s.Current!.Receipt is { } r && r.ReceiptId != first));
        again.Current!.DestroyIntendedAt.ShouldBeNull(stage.Story(job));
        File.ReadAllText(stage.AtHome(job, "out/metrics.json")).ShouldContain("0.99");
        stage.Approve(job).IsOk.ShouldBeTrue();
        await stage.ClosedAsync(job);
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task Files_known_by_hash_only_need_a_yes_that_names_them_even_when_a_standing_one_was_given()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(Works + "; printf 'anything' > out/weights.unknown");
        var waiting = await stage.UntilAsync(job, s => s.Phase == JobPhase.AwaitingApproval);
        var token = Domain.Gate.ApprovalToken.For(waiting, waiting.Current!)!;
        stage.Board.Approve(job, token, "test", []).Problem!.Message.ShouldContain("out/weights.unknown");
        stage.Board.Approve(job, token, "test", ["out/weights.unknown"]).IsOk.ShouldBeTrue();
        await stage.ClosedAsync(job);
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task When_nobody_answers_the_rental_is_stopped_and_a_late_yes_still_destroys_it()
    {
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Approval = TimeSpan.FromSeconds(2) });
        var job = await stage.SubmitAsync(Works, Ask);
        await stage.UntilAsync(job, s => s.Current is { StoppedAt: not null });
        stage.Approve(job).IsOk.ShouldBeTrue();
        var closed = await stage.ClosedAsync(job);
        closed.Attempts[0].Starts.ShouldBe(0, stage.Story(job));
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task A_rental_that_ran_again_after_it_was_stopped_is_asked_again_before_it_goes()
    {
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Approval = TimeSpan.FromSeconds(20) });
        var job = await stage.SubmitAsync(Works, Ask);
        var stopped = await stage.UntilAsync(job, s => s.Current is { StoppedAt: not null });
        var rental = stopped.Current!.RentalId!;
        await stage.Adapter.StartAsync(rental, TestContext.Current.CancellationToken);
        await stage.ExecAsync(job, "printf '{\"accuracy\": 0.11}' > /workspace/job/out/metrics.json");
        stage.Approve(job);
        await stage.UntilAsync(job, s => s.Current is { DestroyIntendedAt: not null } || File.ReadAllText(stage.AtHome(job, "out/metrics.json")).Contains("0.11", StringComparison.Ordinal));
        stage.State(job).Current!.DestroyIntendedAt.ShouldBeNull(stage.Story(job));
        await stage.UntilAsync(job, s => s.Phase == JobPhase.AwaitingApproval);
        stage.Approve(job).IsOk.ShouldBeTrue();
        await stage.ClosedAsync(job);
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }

    [Fact]
    public async Task Data_is_given_up_only_for_the_rental_whose_id_was_typed()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(Works + "; sleep 60");
        var running = await stage.UntilAsync(job, s => s.Current is { StartedAt: not null });
        stage.Board.Abandon(job, "1", "test").IsOk.ShouldBeFalse();
        (await stage.ContractsAsync()).ShouldContain(c => c.DestroyedAt == null);
        stage.Board.Abandon(job, running.Current!.RentalId!, "test").IsOk.ShouldBeTrue();
        await stage.ClosedAsync(job);
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }
}
