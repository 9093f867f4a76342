using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;

namespace Lodger.Acceptance.Tests;

public sealed class MainJobTests
{
    [Fact]
    public async Task A_job_is_rented_run_brought_home_verified_and_destroyed()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync(
            "mkdir -p out; echo '{\"accuracy\": 0.97}' > out/metrics.json; echo step 10/10 loss 0.1",
            s => s with { Copies = [Path.Combine(stage.Root, "nas"), "nowhere-at-all:bucket"] });
        var done = await stage.UntilAsync(job, s => s.Phase == JobPhase.Closed);
        TestContext.Current.SendDiagnosticMessage(stage.Story(job));
        done.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        File.ReadAllText(Path.Combine(done.Submission.ResultsDirectory, "out", "metrics.json")).ShouldContain("0.97");
        await stage.ShouldHaveMeteredAsync(job);
        Directory.EnumerateFiles(Path.Combine(stage.Root, "known")).ShouldBeEmpty("the keys of a machine that is gone for ever are of no use");

        // Copied when nothing billed any more, and proven there; what could not be copied is said with the way on, and holds nothing up.
        var copy = Path.Combine(stage.Root, "nas", "results");
        File.ReadAllText(Path.Combine(copy, "out", "metrics.json")).ShouldContain("0.97");
        var events = stage.Board.Events(job, 0).Select(e => e.Event).ToList();
        var notes = events.OfType<Noted>().Select(n => n.Text).ToList();
        notes.ShouldContain($"copied to {copy}: 3 files, every byte read back from there and compared", stage.Story(job));
        notes.ShouldContain(n => n.Contains("not copied to nowhere-at-all:bucket", StringComparison.Ordinal) && n.Contains("lodger copy job nowhere-at-all:bucket", StringComparison.Ordinal), stage.Story(job));
        events.FindLastIndex(e => e is DestroyConfirmed).ShouldBeLessThan(events.FindIndex(e => e is Noted { Text: var text } && text.Contains("copied to", StringComparison.Ordinal)));
    }
}
