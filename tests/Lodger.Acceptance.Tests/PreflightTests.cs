using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Doctor;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

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

    private static CancellationToken Token => TestContext.Current.CancellationToken;

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

        var clean = ServerStage.SixSteps("clean") with { DiskGb = 20 };
        var offers = (await stage.Client.OffersAsync("vastai", "num_gpus=1", 20, anyOffer: true, Token)).Value.Offers;
        var verified = offers.First(o => o is { Verified: true, Reliability: > 0.98, DirectPorts: > 0, CudaMax: > 11.8m, DownloadMbps: > 300 });
        (await FoundAsync(clean, verified.Id)).ShouldBeEmpty();
        await ShouldBeAsync("VAST7", clean, offers.FirstOrDefault(o => !o.Verified)?.Id);
        await ShouldBeAsync("VAST8", clean, offers.FirstOrDefault(o => o.DirectPorts == 0)?.Id);
        await ShouldBeAsync("VAST4", clean with { Rent = RentMode.Interruptible, Work = TimeSpan.FromHours(3) }, offers.FirstOrDefault(o => o is { Verified: true, MinBidUsdPerHour: > 0, Reliability: > 0.98, DirectPorts: > 0 })?.Id);
        await ShouldBeAsync("VAST5", clean with { Image = "nvidia/cuda:99.1-base" }, verified.Id);
        await ShouldBeAsync("VAST10", clean with { DiskGb = 10 }, verified.Id);
        await ShouldBeAsync("VAST11", clean with { Setup = "huggingface-cli login --token hf_" + new string('a', 30) }, verified.Id);
        await ShouldBeAsync("VAST12", clean with { Run = "python train.py --data /network-volume/x" }, verified.Id);
        await ShouldBeAsync("docker-in-docker", clean with { Run = "docker run trainer" }, verified.Id);
        await ShouldBeAsync("hub-cache", clean with { Env = new Dictionary<string, string> { ["HF_HOME"] = "/root/hf" } }, verified.Id);
        await ShouldBeAsync("environment", clean with { Setup = "conda create -n x -y" }, verified.Id);

        // The image with an older CUDA fits: the rule has nothing to say any more, and no offer is left out for it.
        (await FoundAsync(clean with { Image = "nvidia/cuda:11.8.0-base" }, verified.Id)).ShouldBeEmpty();

        async Task ShouldBeAsync(string rule, JobSpec spec, string? offer)
        {
            var found = await FoundAsync(spec, offer.ShouldNotBeNull($"the market has no offer for {rule}"));
            found.ShouldContain(rule);
        }

        async Task<IReadOnlyList<string>> FoundAsync(JobSpec spec, string offer)
        {
            var plan = (await stage.Client.PlanAsync(new PlanRequest(spec, "vastai", true, offer, new PlanInputs { CodeBytes = 1000, DataBytes = 0 }), Token)).Value;
            return [.. plan.Findings.Where(f => f.Severity > Severity.Note || f.Id == "environment").Select(f => f.Id)];
        }
    }
}
