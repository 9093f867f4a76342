using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;

namespace Lodger.Acceptance.Tests.Scenarios;

/// <summary>A scenario with what the doctor is asked in each of its three cases.</summary>
internal sealed record PlanScenario(
    Scenario Scenario, Func<PlanDesk, Task<IReadOnlyList<Finding>>> Near, Func<PlanDesk, Task<IReadOnlyList<Finding>>> Fires, Func<PlanDesk, Task<IReadOnlyList<Finding>>> Fixed);

/// <summary>What the doctor says before anything is paid for.</summary>
internal static class PlanScenarios
{
    private const long Gb = 1_000_000_000;

    private static readonly TimeSpan Hours = TimeSpan.FromHours(3);

    public static IReadOnlyList<PlanScenario> All { get; } =
    [
        Of("VAST4", Severity.Error, "three hours on demand", "three hours on a bid, no checkpoints", "`checkpoints: ['ckpt/**']`",
            d => d.SeesAsync(s => s with { Work = Hours }), d => d.SeesAsync(s => s with { Rent = RentMode.Interruptible, Work = Hours }), d => d.SeesAsync(s => s with { Rent = RentMode.Interruptible, Work = Hours, Checkpoints = ["ckpt/**"] })),
        Of("VAST5", Severity.Error, "an image whose name names no CUDA", "`nvidia/cuda:99.1-base`", "`nvidia/cuda:11.8.0-base`",
            d => d.SeesAsync(s => s with { Image = "lab/cucumber:12" }), d => d.SeesAsync(s => s with { Image = "nvidia/cuda:99.1-base" }), d => d.SeesAsync(s => s with { Image = "nvidia/cuda:11.8.0-base" })),
        Of("VAST6", Severity.Error, "64 ports", "65 ports", "two ports", d => d.SeesAsync(s => s with { Ports = Ports(64) }), d => d.SeesAsync(s => s with { Ports = Ports(65) }), d => d.SeesAsync(s => s with { Ports = Ports(2) })),
        Of("VAST7", Severity.Warning, "a verified host, reliable to 0.985", "a host that is not verified", "the plan without `--any-offer`",
            d => d.SeesAsync(s => s, o => o is { Verified: true, Reliability: >= 0.98 and < 0.99 }), d => d.SeesAsync(s => s, o => !o.Verified), d => d.ChoosesAsync(s => s)),
        Of("VAST8", Severity.Warning, "a host with few direct ports", "a host without a direct port", "`offers: direct_port_count>=1`",
            d => d.SeesAsync(s => s, o => o.DirectPorts is > 0 and < 50), d => d.SeesAsync(s => s, o => o.DirectPorts == 0), d => d.ChoosesAsync(s => s with { Offers = "direct_port_count>=1" })),
        Of("VAST9", Severity.Warning, "1 GB of results from a host that asks for bandwidth", "60 GB from it", "`offers: inet_up_cost<0.005`",
            d => d.SeesAsync(s => s, Dear), d => d.SeesAsync(s => s, Dear, i => i with { ResultBytes = 60 * Gb }), d => d.ChoosesAsync(s => s with { Offers = "inet_up_cost<0.005 inet_down_cost<0.005" }, i => i with { ResultBytes = 60 * Gb })),
        Of("VAST10", Severity.Warning, "`disk: 15GB` for an image of 5 GB, packed", "`disk: 10GB` for it", "`disk: 20GB`", d => d.SeesAsync(s => s with { DiskGb = 15 }), d => d.SeesAsync(s => s with { DiskGb = 10 }), d => d.SeesAsync(s => s)),
        Of("VAST11", Severity.Error, "`--max_token=512 --name hf_small`", "a hub token in `setup:`", "`secrets: [HF_TOKEN]`",
            d => d.SeesAsync(s => s with { Setup = "prepare --max_token=512 --name hf_small" }), d => d.SeesAsync(s => s with { Setup = "huggingface-cli login --token hf_" + new string('a', 30) }), d => d.SeesAsync(s => s with { Setup = "huggingface-cli login --token $HF_TOKEN", Secrets = ["HF_TOKEN"] })),
        Of("VAST12", Severity.Warning, "data in `/workspace/mnt`", "data in `/network-volume`", "data named under `data:`",
            d => d.SeesAsync(s => s with { Run = "python train.py --data /workspace/mnt/x" }), d => d.SeesAsync(s => s with { Run = "python train.py --data /network-volume/x" }), d => d.SeesAsync(s => s with { Data = [new("https://data.example/x", "x", null)], Run = "python train.py --data x" })),
        Of("VAST13", Severity.Warning, "an image of 5 GB on a line of under 700 Mbit/s", "one of 80 GB on it", "`offers: inet_down>=2000`",
            d => d.SeesAsync(s => s, Slow), d => d.SeesAsync(s => s, Slow, i => i with { ImageBytes = 80 * Gb }), d => d.ChoosesAsync(s => s with { Offers = "inet_down>=2000" }, i => i with { ImageBytes = 80 * Gb })),
        Of("VAST14", Severity.Warning, "RTX 3090: all have 24 GB", "A100 SXM4: offered with 40 and 80 GB", "`gpu: {name: A100 SXM4, memory: 80GB}`",
            d => d.SeesAsync(s => s with { Gpu = new(["RTX 3090"], 1, null) }, o => o.GpuName == "RTX 3090" && PlanDesk.IsSure(o)), d => d.SeesAsync(s => s with { Gpu = new(["A100 SXM4"], 1, null) }, A100), d => d.SeesAsync(s => s with { Gpu = new(["A100 SXM4"], 1, 80) }, o => A100(o) && o.GpuMemoryMb > 80_000)),
        Of("balance", Severity.Warning, "25 dollars for a job of some cents", "less than twice what the job is to cost", "credit is added", d => d.SeesAsync(s => s), d => d.WithBalanceAsync(0.12m), d => d.WithBalanceAsync(25)),
        Of("crlf", Severity.Error, "a table with Windows line ends", "a shell script with them", "the script saved with Linux line ends",
            d => d.CommandSaysAsync("a.csv", "1,2\r\n"), d => d.CommandSaysAsync("a.sh", "echo one\r\necho two\r\n"), d => d.CommandSaysAsync("a.sh", "echo one\necho two\n")),
        Of("docker-in-docker", Severity.Warning, "`python docker_run.py run`", "`docker run trainer`", "the inner image as `image:`",
            d => d.SeesAsync(s => s with { Run = "python docker_run.py run" }), d => d.SeesAsync(s => s with { Run = "docker run trainer" }), d => d.SeesAsync(s => s with { Image = "lab/trainer:1", Run = "train" })),
        Of("results-not-listed", Severity.Warning, "`--output_dir out`, which is listed", "`--output_dir runs`, `results: [out]`", "`results: ['runs/**']`",
            d => d.SeesAsync(s => s with { Run = "python train.py --output_dir out" }), d => d.SeesAsync(s => s with { Run = "python train.py --output_dir runs" }), d => d.SeesAsync(s => s with { Run = "python train.py --output_dir runs", Results = ["runs/**"] })),
        Of("hub-cache", Severity.Warning, "`HF_HOME` in `/workspace`", "`HF_HOME: /root/hf`", "no `HF_HOME`",
            d => d.SeesAsync(s => s with { Env = HfHome("/workspace/hf") }), d => d.SeesAsync(s => s with { Env = HfHome("/root/hf") }), d => d.SeesAsync(s => s)),
        Of("environment", Severity.Note, "`pip install conda-lock`", "`conda create`", "`pip install -r requirements.txt`",
            d => d.SeesAsync(s => s with { Setup = "pip install conda-lock" }), d => d.SeesAsync(s => s with { Setup = "conda create -n x -y" }), d => d.SeesAsync(s => s with { Setup = "pip install -r requirements.txt" })),
    ];

    private static PlanScenario Of(
        string rule, Severity says, string near, string fires, string fix, Func<PlanDesk, Task<IReadOnlyList<Finding>>> nearby, Func<PlanDesk, Task<IReadOnlyList<Finding>>> made, Func<PlanDesk, Task<IReadOnlyList<Finding>>> mended) =>
        new(new Scenario(rule, Moment.Preflight, near, fires, fix, says), nearby, made, mended);

    private static bool A100(Offer o) => o.GpuName == "A100 SXM4" && PlanDesk.IsSure(o);

    private static bool Dear(Offer o) => PlanDesk.IsSure(o) && o.UploadUsdPerGb > 0.015m;

    private static bool Slow(Offer o) => o is { Verified: true, Reliability: > 0.98, DirectPorts: > 0, DownloadMbps: < 700 };

    private static IReadOnlyList<string> Ports(int count) => [.. Enumerable.Range(8000, count).Select(n => $"{n}/tcp")];

    private static Dictionary<string, string> HfHome(string place) => new(StringComparer.Ordinal) { ["HF_HOME"] = place };
}
