using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;

namespace Lodger.Acceptance.Tests;

public sealed class DiskTests
{
    /// <summary>Leaves about 200 MB, then writes checkpoints with the real torch until it was told to stop.</summary>
    private const string Fills = """
        mkdir -p out ckpt
        free=$(df -Pk . | awk 'NR == 2 { print $4 }')
        fallocate -l "$((free - 200 * 1024))K" filler
        /usr/bin/python3 -c '
        import os, time, torch
        step = 0
        while not os.path.exists("/tmp/go-on") and step < 500:
            step += 1
            torch.save({"step": step, "w": torch.full((1000,), float(step))}, "ckpt/periodic.tmp")
            os.replace("ckpt/periodic.tmp", f"ckpt/periodic-{step}.pth")
            print(f"step {step}/500", flush=True)
            time.sleep(3)
        '
        rm filler
        printf '["%s"]' "$(ls ckpt | paste -sd ,)" >out/left.json
        """;

    [Fact]
    public async Task A_disk_that_fills_is_relieved_of_older_checkpoints_whose_copies_are_verified_and_those_copies_stay()
    {
        await using var stage = await EngineStage.StartAsync(EngineStage.Quick with { Mirror = TimeSpan.FromSeconds(1), MakeRoom = TimeSpan.FromSeconds(5) });
        var job = await stage.SubmitAsync(Fills, spec => spec with { Checkpoints = ["ckpt/*.pth"] });

        var pruned = await stage.UntilAsync(job, s => s.Current?.LastPrune?.Checkpoints.Count > 0);
        await stage.ExecAsync(job, "touch /tmp/go-on");
        var closed = await stage.ClosedAsync(job);

        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        var left = await File.ReadAllTextAsync(stage.AtHome(job, "out/left.json"), TestContext.Current.CancellationToken);
        foreach (var gone in pruned.Current!.LastPrune!.Checkpoints)
        {
            left.Split('"')[1].Split(',').ShouldNotContain(Path.GetFileName(gone));
            File.Exists(stage.AtHome(job, Path.Combine(".lodger/mirror", gone))).ShouldBeTrue(stage.Story(job));
        }

        await stage.ShouldHaveDestroyedEverythingAsync(job);
    }
}
