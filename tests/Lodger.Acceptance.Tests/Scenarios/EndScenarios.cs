using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Spec;

namespace Lodger.Acceptance.Tests.Scenarios;

/// <summary>A job that is run to its end, and what is done to it on the way.</summary>
/// <param name="Boot">What goes wrong when its rental boots, by the marketplace's word.</param>
/// <param name="Meanwhile">Done once its rental's command runs; gets the rental's id.</param>
internal sealed record EndCase(string Run, Func<EngineStage, JobSpec, JobSpec>? Change = null, string? Boot = null, Func<EngineStage, string, Task>? Meanwhile = null);

/// <param name="Cause">Words of the cause that comes first.</param>
/// <param name="Typed">Words of what is to be typed.</param>
internal sealed record EndScenario(string Name, Scenario Scenario, string Cause, string Typed, EndCase Near, EndCase Fires, EndCase Fixed);

/// <summary>How jobs fail, and what the doctor says first afterwards.</summary>
internal static class EndScenarios
{
    private const string Works = "mkdir -p out; echo '{\"accuracy\": 0.97}' >out/metrics.json; sleep 1";
    private const string Missing = "no_such_package_anywhere";
    private const string NoMemory = "until [ -e /tmp/go ]; do sleep 0.1; done; echo 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB'; exit 1";

    private static readonly EndCase Well = new(Works);

    public static IReadOnlyList<EndScenario> All { get; } =
    [
        new("module", Of("command-failed", "a command that prints a module's error and ends with 0", "a Python module that the image lacks", "`setup:` brings the module"), "lacks a package", $"setup: pip install {Missing}",
            new($"echo \"ModuleNotFoundError: No module named '{Missing}'\"; {Works}"), new($"python3 -c 'import {Missing}'"), new($"PYTHONPATH=lib python3 -c 'import {Missing}'; {Works}", (_, s) => s with { Setup = $"mkdir -p lib; echo 1 >lib/{Missing}.py" })),
        new("memory", Of("out-of-memory", "a command that something else kills", "a command that is killed while the cgroup counts a kill for want of memory", "a machine with enough memory"), "cgroup has a limit", "cpu_ram",
            new("kill -9 $$"), new("until grep -q '^oom_kill [1-9]' /sys/fs/cgroup/memory.events; do sleep 0.1; done; kill -9 $$", Meanwhile: (stage, id) => stage.Market.ControlAsync($"instances/{id}/symptoms", new { oom_kills = 1 })), Well),
        new("disk", Of("VAST10", "a file that would not have fitted, and was not kept", "a disk that is full when the command ends", "a disk with room"), "disk", "disk: 20GB",
            new("fallocate -l 400G big || { rm -f big; exit 1; }"), new("until [ -e /tmp/full ]; do sleep 0.1; done; while head -c 1000000 /dev/zero >>big; do sleep 0.5; done; exit 1", Meanwhile: FillAsync), Well),
        new("cuda", Of("VAST5", "an image with CUDA 11.8", "an image with CUDA 99.1", "an image with CUDA 11.8"), "driver", "cuda_max_good>=99.1",
            new(Works, Cuda("CUDA_VERSION", "11.8")), new(Works, Cuda("CUDA_VERSION", "99.1")), new(Works, Cuda("CUDA_VERSION", "11.8.0"))),
        new("vanished", Of("VAST7", "a rental that Lodger itself destroyed", "a rental that is deleted under the job's feet", "another host"), "disconnect", "lodger run",
            Well, new("sleep 600", Meanwhile: (stage, id) => stage.Market.ControlAsync($"instances/{id}/expire", new { })), Well),
        new("crlf", Of("crlf", "a command that is not there", "a script with Windows line ends", "the script with Linux line ends"), "CRLF", "--fix-crlf",
            new("frobnicate"), new("printf 'frobnicate\\r\\n' >r.sh; bash r.sh"), new($"printf 'echo fine\\n' >r.sh; bash r.sh; {Works}")),
        new("setup", Of("setup", "a setup that is done, before a command that fails", "a setup that ends with 4", "a setup that is done"), "setup", "lodger rehearse",
            new("exit 3", (_, s) => s with { Setup = "echo fine" }), new(Works, (_, s) => s with { Setup = "echo no such wheel; exit 4" }), new(Works, (_, s) => s with { Setup = "echo fine" })),
        new("data", Of("data", "an input that is there, before a command that fails", "an input that its server does not have", "an address that it has"), "address", "curl -fI 'http",
            new("exit 3", Data("/api/v0/gpu_names/unique/")), new(Works, Data("/nothing/here")), new(Works, Data("/api/v0/gpu_names/unique/"))),
        new("gpu", Of("gpu-missing", "a container with its GPU, and a command that fails", "a container without its GPU", "another host"), "without its GPU", "machine_id!=",
            new("exit 3"), new(Works, Boot: "no_gpu"), Well),
        new("image", Of("image-cannot-start", "a container that starts, and a command that fails at once", "a container that cannot be made", "another host"), "another processor", "--platform linux/amd64",
            new("exit 1"), new(Works, Boot: "image_error"), Well),
        new("damaged", Of("VAST2", "results that load, of a command that failed", "a checkpoint that does not load", "a program that writes it whole"), "does not load", "lodger pull",
            new($"{Works}; exit 3"), new("mkdir -p out; printf '{\"step\": 1' >out/best.json"), Well),
        new("fast", Of("fast-finish", "done in a second, ten were expected", "done in a second, ten hours were expected", "`work:` says what it takes", Severity.Note), "Hypothesis", "lodger logs",
            new(Works, (_, s) => s with { Work = TimeSpan.FromSeconds(10) }), new(Works, (_, s) => s with { Work = TimeSpan.FromHours(10) }), new(Works, (_, s) => s with { Work = TimeSpan.FromSeconds(12) })),
        new("require", Of("VAST5", "`NVIDIA_REQUIRE_CUDA=cuda>=11.8`", "`NVIDIA_REQUIRE_CUDA=cuda>=99.1`: the host's runtime refuses the container", "an image that requires less") with { IsLong = true }, "driver", "cuda_max_good",
            new(Works, Cuda("NVIDIA_REQUIRE_CUDA", "cuda>=11.8")), new(Works, Cuda("NVIDIA_REQUIRE_CUDA", "cuda>=99.1 brand=tesla,driver>=470,driver<471")), new(Works, Cuda("NVIDIA_REQUIRE_CUDA", "cuda>=11.8 driver>=450"))),
        new("zombie", Of("zombie-vram", "no GPU memory, on an empty card", "no GPU memory, on a card that holds 20 GB for nobody", "another host") with { IsLong = true }, "left its memory behind", "machine_id!=",
            new(NoMemory, Meanwhile: GoAsync), new(NoMemory, Meanwhile: async (stage, id) => { await stage.Market.ControlAsync($"instances/{id}/symptoms", new { gpu_memory_used_mb = 20_000 }); await GoAsync(stage, id); }), Well),
        new("token", Of("command-failed", "a command that succeeds although a server refused it", "a hub that refuses access", "the token is sent") with { IsLong = true }, "refuses access", "secrets: [HF_TOKEN]",
            new($"echo '401 Client Error: Unauthorized for url: https://hub.example'; {Works}"), new("echo 'huggingface_hub.errors.GatedRepoError: 401 Client Error. Cannot access gated repo'; exit 1"), Well),
        new("nan", Of("command-failed", "a loss that was NaN once, in a command that succeeded", "a loss that becomes NaN", "a lower learning rate") with { IsLong = true }, "NaN", "learning rate",
            new($"echo 'step 3 loss nan'; {Works}"), new("echo 'step 410 loss 2.1'; echo 'ValueError: loss is nan at step 411'; exit 1"), Well),
        new("stuck", Of("VAST13", "an image that arrives, and a command that fails", "an image that never arrives", "another host") with { IsLong = true }, "pull", "inet_down",
            new("exit 3"), new(Works, Boot: "stuck"), Well),
    ];

    private static Scenario Of(string rule, string near, string fires, string fix, Severity says = Severity.Error) => new(rule, Moment.PostMortem, near, fires, fix, says) { FiresAlways = true };

    private static Func<EngineStage, JobSpec, JobSpec> Cuda(string name, string value) => (_, s) => s with { Env = new Dictionary<string, string> { [name] = value } };

    private static Func<EngineStage, JobSpec, JobSpec> Data(string path) => (stage, s) => s with { Data = [new DataSource(new Uri(new Uri(stage.Market.Access.Url), path).ToString(), "x.bin", null)] };

    private static async Task FillAsync(EngineStage stage, string id)
    {
        await stage.ExecOnAsync(id, "touch /tmp/full");
        await stage.Market.ControlAsync($"instances/{id}/fill", new { what = "bytes", left = 0 });
    }

    private static Task GoAsync(EngineStage stage, string id) => stage.ExecOnAsync(id, "touch /tmp/go");
}
