using System.Text.Json.Nodes;
using Lodger.Acceptance.Tests.Stage;

namespace Lodger.Acceptance.Tests;

/// <summary>The built command on the jobs that ship with it.</summary>
public sealed class RehearsalTests
{
    [Fact]
    public async Task A_job_that_resumes_passes_its_rehearsal_with_the_results_of_an_uninterrupted_run_and_nothing_stays()
    {
        await using var demo = DemoStage.StartCommand("rehearse", Example("resumes.yaml"), "--json");
        (await demo.EndAsync()).ShouldBe(0, demo.Text);
        var report = JsonNode.Parse(demo.Text[demo.Text.IndexOf('{', StringComparison.Ordinal)..(demo.Text.LastIndexOf('}') + 1)])!;
        report["withPreemptions"]!["gpuTime"].ShouldNotBeNull(demo.Text);
        report["passed"]!.GetValue<bool>().ShouldBeTrue(demo.Text);
        demo.Text.ShouldContain("killed while it wrote checkpoints/last.json.tmp");
        demo.Text.ShouldContain("its host lost power");
        demo.Text.ShouldContain("identical, byte for byte");
        await demo.ShouldLeaveNothingAsync(atOnce: true);
    }

    /// <summary>With <c>./test --long</c>: each takes minutes.</summary>
    [Theory]
    [InlineData("restarts-at-zero.yaml", "it began again at step")]
    [InlineData("saves-in-place.yaml", "Write beside it and rename")]
    [InlineData("forgets-the-optimizer.yaml", "the results differ from the uninterrupted run")]
    public async Task A_job_that_would_lose_work_fails_its_rehearsal_and_is_told_why(string example, string why)
    {
        if (Environment.GetEnvironmentVariable("LODGER_LONG") is not "1")
            Assert.Skip("./test --long");
        await using var demo = DemoStage.StartCommand("rehearse", Example(example), "--json");
        (await demo.EndAsync()).ShouldBe(16, demo.Text);
        demo.Text.ShouldContain(why, customMessage: demo.Text);
        await demo.ShouldLeaveNothingAsync(atOnce: true);
    }

    private static string Example(string name) => Path.Combine(AppContext.BaseDirectory, "examples", "rehearsals", name);
}
