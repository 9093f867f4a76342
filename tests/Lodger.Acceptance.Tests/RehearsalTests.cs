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
        report["passed"]!.GetValue<bool>().ShouldBeTrue(demo.Text);
        demo.Text.ShouldContain("killed while it wrote checkpoints/last.json.tmp");
        demo.Text.ShouldContain("its host lost power");
        demo.Text.ShouldContain("identical, byte for byte");
        await demo.ShouldLeaveNothingAsync(atOnce: true);
    }

    private static string Example(string name) => Path.Combine(AppContext.BaseDirectory, "examples", "rehearsals", name);
}
