using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;

namespace Lodger.Acceptance.Tests;

public sealed class MainJobTests
{
    [Fact]
    public async Task A_job_is_rented_run_brought_home_verified_and_destroyed()
    {
        await using var stage = await EngineStage.StartAsync();
        var job = await stage.SubmitAsync("mkdir -p out; echo '{\"accuracy\": 0.97}' > out/metrics.json; echo step 10/10 loss 0.1");
        var done = await stage.UntilAsync(job, s => s.Phase == JobPhase.Closed);
        TestContext.Current.SendDiagnosticMessage(stage.Story(job));
        done.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        File.ReadAllText(Path.Combine(done.Submission.ResultsDirectory, "out", "metrics.json")).ShouldContain("0.97");
        await stage.ShouldHaveMeteredAsync(job);
    }
}
