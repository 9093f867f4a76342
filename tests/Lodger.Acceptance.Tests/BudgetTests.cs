using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Acceptance.Tests;

/// <summary>A job that reaches its budget is stopped with its work safe, asks, and goes on from its checkpoint.</summary>
public sealed class BudgetTests
{
    private const string Counts = """
        mkdir -p out ckpt; i=$(cat ckpt/at.json 2>/dev/null || echo 0); echo "$i" >>out/starts.log
        while [ ! -e finish ]; do i=$((i + 1)); echo "$i" >ckpt/at.json.tmp; mv ckpt/at.json.tmp ckpt/at.json; echo "step $i"; sleep 0.5; done
        printf '{"steps": %s}' "$i" >out/metrics.json
        """;

    [Fact]
    public async Task It_is_stopped_with_its_newest_checkpoint_here_and_goes_on_with_another_budget()
    {
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Mirror = TimeSpan.FromSeconds(1) });
        var job = await stage.SubmitAsync(Counts, s => s with { Checkpoints = ["ckpt/*.json"] });
        await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        var budget = stage.Board.Budget(job).Value;
        stage.Board.SetBudget(job, budget.SpentUsd + budget.ReserveUsd, "test").Problem!.ExitCode.ShouldBe(ExitCode.BudgetReached);
        stage.Board.SetBudget(job, budget.SpentUsd + budget.ReserveUsd + 0.0002m, "test").IsOk.ShouldBeTrue(stage.Story(job));

        var held = await stage.UntilAsync(job, s => s.Current is { HeldForBudget: true, StoppedAt: not null });
        held.IsHeld.ShouldBeTrue(stage.Story(job));
        held.Budget!.SpentUsd.ShouldBeGreaterThan(budget.SpentUsd);
        held.Current!.Ended.ShouldBeNull("the experiment is not cut short");
        (await stage.Adapter.ShowAsync(held.Current.RentalId!, TestContext.Current.CancellationToken)).Value!.Status.ShouldNotBe(RentalStatus.Running);
        (await stage.ContractsAsync()).ShouldAllBe(c => c.DestroyedAt == null);
        int.Parse(await File.ReadAllTextAsync(stage.AtHome(job, ".lodger/mirror/ckpt/at.json"), TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture).ShouldBeGreaterThan(1);

        stage.Board.SetBudget(job, held.BudgetUsd!.Value + 1, "test").IsOk.ShouldBeTrue(stage.Story(job));
        await stage.ExecAsync(job, "touch /workspace/job/finish");
        var closed = await stage.ClosedAsync(job);
        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        var starts = (await File.ReadAllLinesAsync(stage.AtHome(job, "out/starts.log"), TestContext.Current.CancellationToken)).Select(int.Parse).ToList();
        starts.Count.ShouldBe(2, stage.Story(job));
        starts[1].ShouldBeGreaterThan(0, "it went on from its checkpoint");
        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }
}
