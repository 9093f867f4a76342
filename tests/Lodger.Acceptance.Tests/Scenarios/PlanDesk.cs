using System.Text.Json;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

namespace Lodger.Acceptance.Tests.Scenarios;

/// <summary>Asks the real server what speaks against a job on an offer of the market.</summary>
internal sealed class PlanDesk(ServerStage stage, IReadOnlyList<Offer> offers)
{
    /// <summary>A job of which nothing is to be said.</summary>
    public static JobSpec Clean { get; } = ServerStage.SixSteps("clean") with { DiskGb = 20 };

    /// <summary>An offer of which nothing is to be said.</summary>
    public static bool IsSure(Offer o) => o is { Verified: true, Reliability: > 0.98, DirectPorts: > 0, CudaMax: > 11.8m, DownloadMbps: > 1000 };

    public static async Task<PlanDesk> OpenAsync(ServerStage stage) =>
        new(stage, (await stage.Client.OffersAsync("vastai", "num_gpus=1", 20, anyOffer: true, TestContext.Current.CancellationToken)).Value.Offers);

    /// <summary>Of this job, on the first offer of this kind.</summary>
    public Task<IReadOnlyList<Finding>> SeesAsync(Func<JobSpec, JobSpec> job, Func<Offer, bool>? offer = null, Func<PlanInputs, PlanInputs>? inputs = null) =>
        FoundAsync(job(Clean), offers.First(offer ?? IsSure).Id, inputs, anyOffer: true);

    /// <summary>Of this job, on the offer that the plan chooses among those that its defaults and the job let through.</summary>
    public Task<IReadOnlyList<Finding>> ChoosesAsync(Func<JobSpec, JobSpec> job, Func<PlanInputs, PlanInputs>? inputs = null) => FoundAsync(job(Clean), null, inputs, anyOffer: false);

    public async Task<IReadOnlyList<Finding>> WithBalanceAsync(decimal usd)
    {
        await stage.Market.ControlAsync("balance", new { balance = usd });
        return await SeesAsync(s => s);
    }

    /// <summary>By the command itself, in a directory with this file.</summary>
    public async Task<IReadOnlyList<Finding>> CommandSaysAsync(string name, string content)
    {
        var code = Directory.CreateDirectory(Path.Combine(stage.Root, "work", "code")).FullName;
        foreach (var old in Directory.EnumerateFiles(code))
            File.Delete(old);
        await File.WriteAllTextAsync(Path.Combine(code, name), content);
        var (_, text) = await stage.LodgerAsync("name: clean\nimage: python:3.12-slim\ngpu: RTX 3060\ndisk: 20GB\nrun: sh a.sh\ncode: code\nresults: [out]\n", "plan", "job.yaml", "--json");
        text.ShouldStartWith("{");
        return JsonSerializer.Deserialize(text[..(text.LastIndexOf('}') + 1)], ApiJson.Default.PlanView)!.Findings;
    }

    private async Task<IReadOnlyList<Finding>> FoundAsync(JobSpec spec, string? offer, Func<PlanInputs, PlanInputs>? inputs, bool anyOffer)
    {
        var small = new PlanInputs { CodeBytes = 1000, DataBytes = 0 };
        var request = new PlanRequest(spec, "vastai", anyOffer, offer, inputs?.Invoke(small) ?? small);
        return (await stage.Client.PlanAsync(request, TestContext.Current.CancellationToken)).Value.Findings;
    }
}
