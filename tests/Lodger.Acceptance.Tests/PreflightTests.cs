using Lodger.Acceptance.Tests.Scenarios;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Acceptance.Tests;

/// <summary>What the doctor says before anything is paid for, on the offers of a real market.</summary>
public sealed class PreflightTests
{
    private const string Job = """
        name: small
        image: pytorch/pytorch:9.9.0-cuda99.1-cudnn9-runtime
        gpu: RTX 3060
        disk: 20GB
        run: python train.py --output_dir runs
        results: [out]
        teardown: when-verified
        """;

    [Fact]
    public async Task An_image_that_no_driver_supports_rents_nothing_and_findings_are_shown_with_what_to_type()
    {
        await using var stage = await ServerStage.StartAsync();
        var run = await stage.LodgerAsync(Job, "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.Findings, run.Text);
        run.Text.ShouldContain("CUDA 99.1");
        run.Text.ShouldContain("--accept VAST5");
        run.Text.ShouldContain("results-not-listed");
        (await stage.Market.ContractCountAsync()).ShouldBe(0);

        var desk = await PlanDesk.OpenAsync(stage);
        (await desk.SeesAsync(s => s)).ShouldBeEmpty();
        foreach (var one in PlanScenarios.All)
        {
            var rule = one.Scenario.Rule;
            (await one.Near(desk)).Select(f => f.Id).ShouldNotContain(rule, one.Scenario.Near);
            var fired = (await one.Fires(desk)).FirstOrDefault(f => f.Id == rule).ShouldNotBeNull(one.Scenario.ToString());
            fired.Severity.ShouldBe(one.Scenario.Says, fired.ToString());
            fired.Fix.ShouldNotBeEmpty();
            (await one.Fixed(desk)).Select(f => f.Id).ShouldNotContain(rule, one.Scenario.Fix);
        }

        (await stage.Market.ContractCountAsync()).ShouldBe(0);
    }
}
