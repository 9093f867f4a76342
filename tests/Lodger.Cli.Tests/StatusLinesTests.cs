using Lodger.Cli.Jobs;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Progress;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests;

public sealed class StatusLinesTests
{
    [Fact]
    public void Where_lines_cannot_be_redrawn_each_step_is_one_line_that_fits()
    {
        using var stage = new TestStage { IsTerminal = true };
        using var status = new StatusLines(stage.Around());
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            for (var i = 0; i <= 200; i++)
                status.Show(At(attempt, JobPhase.Sending, i) with { Work = new WorkView("sending code", new TransferProgress(i * 1_000_000, 200_000_000, 36_000_000)) });
            for (var i = 0; i <= 200; i++)
            {
                status.Show(At(attempt, JobPhase.Running, i) with { Progress = new JobProgress(i, 200, 1.92, "") });
                status.Show(At(attempt, JobPhase.Running, i) with { Work = new WorkView("copying a checkpoint", new TransferProgress(i, null, 0)) });
            }
        }

        var lines = stage.Out.TrimEnd().Split('\n');
        lines.Count(l => l.Contains("sending code", StringComparison.Ordinal)).ShouldBe(2, stage.Out);
        lines.Count(l => l.Contains("copying a checkpoint", StringComparison.Ordinal)).ShouldBe(2, stage.Out);
        lines.Count(l => l.Contains("step ", StringComparison.Ordinal)).ShouldBe(22, "each tenth, from none to all");
        lines.Length.ShouldBe(26);
        lines.ShouldAllBe(l => l.Length <= 80);
    }

    private static JobView At(int attempt, JobPhase phase, int i) => Samples.Job with { Attempt = attempt, Phase = phase, Meter = Samples.Job.Meter with { SoFarUsd = i / 100m } };
}
