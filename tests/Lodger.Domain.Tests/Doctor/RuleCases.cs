using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Doctor;

/// <summary>What makes a rule fire, what looks like it and must not, and what is left after the fix.</summary>
internal sealed record RuleCase(string Rule, string Name, Facts Fires, Facts Nearby, Facts Fixed);

/// <summary>One case and more for every rule.</summary>
internal static class RuleCases
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly PlatformProfile Profile = Samples.Profile() with
    {
        Gotchas = [.. Enumerable.Range(1, 15).Select(n => new Gotcha($"VAST{n}", $"title {n}", "symptom", "cause", "fix", "", ""))],
    };

    private static readonly PricedOffer Priced = new(Sure(Samples.Offer), 1.2m, 0.02m, 0.1m, TimeSpan.FromMinutes(2), TimeSpan.FromHours(3), "");

    public static Facts Plan { get; } = new()
    {
        Moment = Moment.Preflight,
        Spec = Samples.Spec,
        Profile = Profile,
        Priced = Priced,
        Offers = [Priced.Offer],
        Inputs = new PlanInputs { CodeBytes = 1_000_000, DataBytes = 0 },
        Account = new Account("anna", 25, true, Samples.T0),
        MarketNow = Samples.T0,
        SshPublicKey = "ssh-ed25519 AAAAC3Nz lodger@here",
        Now = Samples.T0,
    };

    private static readonly BoxReport Report = new()
    {
        Phase = BoxPhase.Running,
        Attempt = 1,
        Starts = 1,
        HeartbeatAge = TimeSpan.FromSeconds(3),
        RunTime = Hour,
        QuietTime = TimeSpan.FromSeconds(4),
        DiskFreeBytes = 10_000_000_000,
        DiskTotalBytes = 20_000_000_000,
        InodesFree = 900_000,
        OomKills = 0,
    };

    private static readonly BoxProbe Probe = new()
    {
        Report = Report,
        HasBooted = true,
        IsSupervised = true,
        Processes = 3,
        CpuTime = TimeSpan.FromMinutes(58),
        ClockAhead = TimeSpan.FromSeconds(1),
        HasNvidiaSmi = true,
        Gpus = [new("NVIDIA GeForce RTX 4090", 24_564, 18_000, 96, "550.54")],
        DriverCuda = 12.4m,
        ImageCuda = 12.4m,
        MemoryLimitBytes = 64_000_000_000,
        MemoryUsedBytes = 20_000_000_000,
        OomKills = 0,
        WorkDisk = new(20_000_000_000, 10_000_000_000, 1_000_000, 900_000),
        RootDisk = new(20_000_000_000, 10_000_000_000, 1_000_000, 900_000),
    };

    /// <summary>An hour into a healthy run.</summary>
    public static Facts Run { get; } = new()
    {
        Moment = Moment.Watch,
        Spec = Samples.Spec,
        Profile = Profile,
        Offers = [Priced.Offer],
        Account = new Account("anna", 25, true, Samples.T0),
        MarketNow = Samples.T0 + Hour,
        Job = Samples.Job(Samples.Running),
        Rental = Samples.Rental,
        Report = Report,
        ReportAge = TimeSpan.FromSeconds(2),
        Probe = Probe,
        Charges = new Charges("r1", 0.4m, 0.01m, 0.02m, 0.01m),
        Now = Samples.T0 + Hour,
    };

    /// <summary>All went well and is home.</summary>
    public static Facts Over { get; } = Run with { Moment = Moment.PostMortem, Job = Samples.Job(Samples.Finished), Probe = null, Report = Report with { Phase = BoxPhase.Ended, ExitCode = 0 } };

    /// <summary>What one rule says of it; null: nothing.</summary>
    public static Finding? Found(string rule, Facts facts) => Examination.Of(facts).FirstOrDefault(f => f.Id == rule);

    public static IReadOnlyList<RuleCase> All { get; } =
    [
        .. Before(), .. Rentals(), .. Machines(), .. Ends(),
    ];

    private static IEnumerable<RuleCase> Before()
    {
        yield return new("VAST4", "a long bid without checkpoints", PlanOf(s => s with { Rent = RentMode.Interruptible, Work = Hour * 5 }), PlanOf(s => s with { Work = Hour * 5 }), PlanOf(s => s with { Rent = RentMode.Interruptible, Work = Hour * 5, Checkpoints = ["ckpt/**"] }));
        yield return new("VAST5", "the image's name", PlanOf(s => s with { Image = "pytorch/pytorch:2.7.0-cuda12.8-cudnn9-runtime" }, o => o with { CudaMax = 12.4m }), PlanOf(s => s with { Image = "pytorch/pytorch:2.7.0-cuda12.8-cudnn9-runtime" }, o => o with { CudaMax = null }), PlanOf(s => s with { Image = "pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime" }, o => o with { CudaMax = 12.4m }));
        yield return new("VAST6", "too many ports", PlanOf(s => s with { Ports = Ports(65) }), PlanOf(s => s with { Ports = Ports(64) }), Plan);
        yield return new("VAST7", "an unverified host", PlanOf(null, o => o with { Verified = false }), PlanOf(null, o => o with { Reliability = null }), Plan);
        yield return new("VAST7", "an unreliable host", PlanOf(null, o => o with { Reliability = 0.95 }), PlanOf(null, o => o with { Reliability = 0.98 }), Plan);
        yield return new("VAST8", "no direct port", PlanOf(null, o => o with { DirectPorts = 0 }), PlanOf(null, o => o with { DirectPorts = 1 }), Plan);
        yield return new("VAST9", "traffic is half the total", Plan with { Priced = Priced with { TransferUsd = 2 } }, Plan with { Priced = Priced with { GpuUsd = 0.1m, TransferUsd = 0.4m } }, Plan);
        yield return new("VAST10", "more than the disk", PlanOf(s => s with { DiskGb = 12 }), PlanOf(s => s with { DiskGb = 15 }), Plan);
        yield return new("VAST11", "a token in the command", PlanOf(s => s with { Run = "HF_TOKEN=hf_" + new string('a', 24) + " python train.py" }), PlanOf(s => s with { Run = "python train.py --max_token=512 --name hf_small" }), PlanOf(s => s with { Secrets = ["HF_TOKEN"] }));
        yield return new("VAST11", "a password in env", PlanOf(s => s with { Env = Map("DB_PASSWORD", "correct-horse") }), PlanOf(s => s with { Env = Map("MAX_TOKEN", "512") }), Plan);
        yield return new("VAST12", "a network volume", PlanOf(s => s with { Run = "python train.py --data /runpod-volume/imagenet" }), PlanOf(s => s with { Run = "python train.py --data /workspace/mnt/imagenet" }), Plan);
        yield return new("VAST13", "a slow line", Plan with { Priced = Priced with { Boot = TimeSpan.FromMinutes(30) } }, Plan with { Priced = Priced with { Boot = TimeSpan.FromMinutes(9) } }, Plan);
        yield return new("VAST14", "two sizes under one name", PlanOf(s => s with { Gpu = new(["A100"], 1, null) }, o => o with { GpuName = "A100", GpuMemoryMb = 40_960 }, o => o with { Id = "offer-2", GpuName = "A100", GpuMemoryMb = 81_920 }), PlanOf(s => s with { Gpu = new(["RTX 4090"], 1, null) }, null, o => o with { Id = "offer-2", GpuMemoryMb = 24_000 }), PlanOf(s => s with { Gpu = new(["A100"], 1, 40) }, o => o with { GpuName = "A100", GpuMemoryMb = 40_960 }, o => o with { Id = "offer-2", GpuName = "A100", GpuMemoryMb = 81_920 }));
        yield return new("VAST14", "less memory than asked for", PlanOf(null, o => o with { GpuMemoryMb = 12_288 }), PlanOf(null, o => o with { GpuMemoryMb = 24_000 }), Plan);
        yield return new("crlf", "a script", Plan with { Inputs = Plan.Inputs! with { CrlfScripts = ["run.sh"] } }, Plan with { Inputs = Plan.Inputs! with { CodeBytes = 5 } }, Plan);
        yield return new("contract-end", "an offer that ends", PlanOf(null, o => o with { ContractEnd = Samples.T0 + Hour }), PlanOf(null, o => o with { ContractEnd = Samples.T0 + (Hour * 5) }), Plan);
        yield return new("balance", "barely enough", Plan with { Account = Plan.Account! with { BalanceUsd = 2 } }, Plan with { Account = Plan.Account! with { BalanceUsd = 3 } }, Plan);
        yield return new("ssh-key", "no type", Plan with { SshPublicKey = "AAAAC3Nz lodger@here" }, Plan with { SshPublicKey = "ecdsa-sha2-nistp256 AAAAE2 anna@laptop at work" }, Plan);
        yield return new("ssh-key", "no comment", Plan with { SshPublicKey = "ssh-ed25519 AAAAC3Nz" }, Plan with { SshPublicKey = null }, Plan);
        yield return new("docker-in-docker", "a container inside", PlanOf(s => s with { Run = "docker run --gpus all trainer" }), PlanOf(s => s with { Run = "python docker_run.py run" }), Plan);
        yield return new("results-not-listed", "another output directory", PlanOf(s => s with { Run = "python train.py --output_dir=runs/1" }), PlanOf(s => s with { Run = "python train.py --output_dir runs/1", Results = ["runs/**"] }), PlanOf(s => s with { Run = "python train.py --save-path /workspace/digits/runs", Results = ["runs/**"] }));
        yield return new("hub-cache", "HF_HOME on the root disk", PlanOf(s => s with { Env = Map("HF_HOME", "/root/.cache/huggingface") }), PlanOf(s => s with { Env = Map("HF_HOME", "/workspace/cache") }), Plan);
        yield return new("environment", "conda create", PlanOf(s => s with { Setup = "conda create -n x python=3.11 -y" }), PlanOf(s => s with { Setup = "pip install conda-lock" }), Plan);
    }

    private static IEnumerable<RuleCase> Rentals()
    {
        yield return new("VAST1", "stopped", Status(RentalStatus.Stopped), Status(RentalStatus.Offline), Run);
        yield return new("VAST1", "left behind", Run with { Others = [Samples.Rental with { Id = "r0", Status = RentalStatus.Preempted }] }, Run with { Others = [Samples.Rental with { Id = "r0", Status = RentalStatus.Stopped, DiskUsdPerHour = 0 }] }, Run);
        yield return new("VAST3", "waits for its GPU", Seen(RentalStatus.Scheduling, Hour), Seen(RentalStatus.Scheduling, TimeSpan.FromSeconds(20)), Run);
        yield return new("VAST4", "paused", Status(RentalStatus.Preempted), Status(RentalStatus.Stopped), Run);
        yield return new("VAST7", "offline", Status(RentalStatus.Offline), Status(RentalStatus.Unknown), Run);
        yield return new("VAST8", "proxy alone", RunOf(r => r with { DirectSsh = null, ProxySsh = new Endpoint("ssh4.example", 12_345) }), RunOf(r => r with { ProxySsh = new Endpoint("ssh4.example", 12_345) }), Run);
        yield return new("VAST9", "traffic above the GPU", Run with { Charges = new Charges("r1", 0.4m, 0.01m, 0.6m, 0.1m) }, Run with { Charges = new Charges("r1", 0.01m, 0.01m, 0.2m, 0.1m) }, Run);
        yield return new("VAST13", "loads for long", Booting(TimeSpan.FromMinutes(20)), Booting(TimeSpan.FromMinutes(4)), Run);
        yield return new("VAST15", "destroyed and shown", Destroying(RentalStatus.Exited), Destroying(null), Over with { Rental = null });
        yield return new("contract-end", "ends soon", RunOf(r => r with { ContractEnd = Samples.T0 + (Hour * 1.5) }), RunOf(r => r with { ContractEnd = Samples.T0 + (Hour * 9) }), Run);
        yield return new("contract-end", "has ended", RunOf(r => r with { Status = RentalStatus.Stopped, ContractEnd = Samples.T0 }), RunOf(r => r with { ContractEnd = null }), Run);
        yield return new("balance", "empty", Run with { Account = Run.Account! with { BalanceUsd = 0 } }, Run with { Account = null }, Run);
        yield return new("VAST5", "refused by the host's runtime", Refused(Unmet), Refused("msg=\"OCI runtime create failed: exec format error\""), Run);
        yield return new("image-cannot-start", "refused by the runtime", Status(RentalStatus.CannotStart, Samples.Running[..2]), Status(RentalStatus.Exited), Run);
    }

    private static IEnumerable<RuleCase> Machines()
    {
        yield return new("VAST5", "nvidia-smi and the image", Probed(p => p with { ImageCuda = 12.8m }), Probed(p => p with { ImageCuda = 12.1m, DriverCuda = null }), Run);
        yield return new("VAST6", "bound to loopback", Port(PortListener.LoopbackOnly), Port(PortListener.Everywhere), Run);
        yield return new("VAST6", "not mapped", RunSpec(s => s with { Ports = ["8081/tcp"] }), Port(PortListener.Everywhere), Run);
        yield return new("VAST10", "bytes", Probed(p => p with { WorkDisk = new(20_000_000_000, 100_000_000, 1_000_000, 900_000) }), Probed(p => p with { WorkDisk = new(20_000_000_000, 2_000_000_000, null, null) }), Run);
        yield return new("VAST10", "inodes", Probed(p => p with { WorkDisk = new(20_000_000_000, 10_000_000_000, 1_000_000, 1_000) }), Probed(p => p with { WorkDisk = new(20_000_000_000, 10_000_000_000, 0, 0) }), Run);
        yield return new("VAST14", "half the memory", Probed(p => p with { Gpus = [p.Gpus[0] with { MemoryMb = 12_288 }] }), Probed(p => p with { Gpus = [p.Gpus[0] with { MemoryMb = 24_000 }] }), Run);
        yield return new("ssh-key", "refused", Run with { BoxProblem = new Problem("ssh-key-refused", "The machine refuses Lodger's ssh key.", "", ExitCode.RentalUnusable) }, Run with { BoxProblem = new Problem("box-timeout", "No answer.", "", ExitCode.Unknown) }, Run);
        yield return new("no-heartbeat", "silent", Probed(p => p with { Report = Report with { HeartbeatAge = TimeSpan.FromMinutes(5) }, IsSupervised = false }), Probed(p => p with { Report = Report with { HeartbeatAge = TimeSpan.FromSeconds(100) } }), Run);
        yield return new("no-heartbeat", "onstart never ran", Probed(p => new BoxProbe(), Samples.Running[..4]), Probed(p => new BoxProbe { HasBooted = true }, Samples.Running[..4]), Run);
        yield return new("gpu-missing", "nvidia-smi fails", Probed(p => p with { GpuComplaint = "couldn't communicate with the NVIDIA driver", Gpus = [] }), Run with { Probe = null }, Run);
        yield return new("gpu-missing", "one of two", RunOf(r => r with { GpuCount = 2 }), RunOf(r => r with { GpuCount = 1 }), Run);
        yield return new("out-of-memory", "a killed loader", Probed(p => p with { Report = Report with { OomKills = 1 } }), Probed(p => p with { OomKills = 4 }), Run);
        yield return new("out-of-memory", "nearly all", Probed(p => p with { MemoryUsedBytes = 63_000_000_000 }), Probed(p => p with { MemoryUsedBytes = 63_000_000_000, MemoryLimitBytes = null }), Run);
        yield return new("hub-cache", "beside the data disk", Probed(p => p with { HubBesideDataDisk = "/root/.cache/huggingface" }), Probed(p => p with { Hub = new HubDownloads(1, 5, TimeSpan.Zero) }), Run);
        yield return new("stalled-download", "no growth", Probed(p => p with { Hub = new HubDownloads(2, 4_000_000_000, TimeSpan.FromMinutes(9)), Report = Report with { QuietTime = TimeSpan.FromMinutes(9) } }), Probed(p => p with { Hub = new HubDownloads(2, 4_000_000_000, TimeSpan.FromSeconds(5)), Report = Report with { QuietTime = TimeSpan.FromMinutes(9) } }), Run);
        yield return new("zombie-vram", "held by nobody", Probed(p => p with { Report = Report with { Phase = BoxPhase.Checking }, Processes = null }), Probed(p => p with { Report = Report with { Phase = BoxPhase.Checking }, Processes = null, Gpus = [p.Gpus[0] with { MemoryUsedMb = 300 }] }), Run);
        yield return new("clock-skew", "behind", Probed(p => p with { ClockAhead = TimeSpan.FromMinutes(-7) }), Probed(p => p with { ClockAhead = TimeSpan.FromSeconds(20) }), Run);
        yield return new("frozen-log", "nothing said", Probed(p => p with { Report = Report with { QuietTime = TimeSpan.FromMinutes(30) } }), Probed(p => p with { Report = Report with { QuietTime = TimeSpan.FromMinutes(9) } }), Run);
        yield return new("loader-starved", "idle at every look", Run with { Busy = Busy(20, 3) }, Run with { Busy = Busy(3, 0) }, Run with { Busy = Busy(20, 90) });
        yield return new("copies-stand-still", "none for long", RunSpec(s => s with { Checkpoints = ["ckpt/**"] }), RunSpec(s => s with { Checkpoints = ["ckpt/**"] }, TimeSpan.FromMinutes(15)), Run);
    }

    private static IEnumerable<RuleCase> Ends()
    {
        var failed = Ended(new JobEnded(1, EndReason.Exited, 1, ""));
        yield return new("VAST2", "does not load", After([.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, ""), new VerificationFailed(1, [new FileFinding("best.pth", "Damaged", "cut short")])]), After([.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, "")]), Over);
        yield return new("VAST2", "taken over, and not all of it home", Taken([new VerificationFailed(1, [new FileFinding("/out/train.log", "moving", "it is written to")])]), Taken([]), Over);
        yield return new("VAST2", "gone without a receipt", After([.. Samples.Running, new RentalVanished(1, "r1")]), After([.. Samples.Running[..2], new RentalVanished(1, "r1")]), Over);
        yield return new("VAST3", "given up in scheduling", GivenUp(RentalStatus.Scheduling, "rental-did-not-start"), GivenUp(RentalStatus.Scheduling, "cancelled"), Over);
        yield return new("VAST4", "paused and never back", After([.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"), new JobClosed(JobOutcome.NotRun, null)]), After([.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid")]), Over);
        yield return new("VAST5", "refused by the check", Ended(new JobEnded(1, EndReason.Refused, null, "The image has CUDA 12.8, the host's driver supports 12.4 at most.")), failed, Over);
        yield return new("VAST5", "given up: refused by the host's runtime", GivenUp(RentalStatus.CannotStart, "rental-did-not-start", Unmet), GivenUp(RentalStatus.CannotStart, "rental-did-not-start"), Over);
        yield return new("VAST7", "vanished", After([.. Samples.Running, new RentalVanished(1, "r1")]), After([.. Samples.Finished, new RentalVanished(1, "r1")]), Over);
        yield return new("VAST10", "no space left", Ended(new JobEnded(1, EndReason.Exited, 1, "its disk of 20 GB was full", EndCause.DiskFull)), failed, Over);
        yield return new("VAST13", "never booted", GivenUp(RentalStatus.Loading, NextRent.BootNeverCame), GivenUp(RentalStatus.Loading, "cancelled"), Over);
        yield return new("VAST14", "came with less", GivenUp(RentalStatus.Running, "rental-differs"), GivenUp(RentalStatus.Running, "box-unreachable"), Over);
        yield return new("image-cannot-start", "never ran", GivenUp(RentalStatus.CannotStart, "rental-did-not-start"), GivenUp(RentalStatus.Offline, "rental-did-not-start"), Over);
        yield return new("gpu-missing", "refused by the check", Ended(new JobEnded(1, EndReason.Refused, null, "nvidia-smi is not on this machine: no GPU is attached.")), failed, Over);
        yield return new("out-of-memory", "ended by it", Ended(new JobEnded(1, EndReason.Exited, 137, "the kernel killed a process of it", EndCause.OutOfMemory)), Ended(new JobEnded(1, EndReason.Exited, 137, "something killed it (signal 9)")), Over);
        yield return new("crlf", "by the log", failed with { LogTail = "start\nrun.sh: line 1: $'\\r': command not found\n" }, failed with { LogTail = "done: not found\n" }, Over);
        yield return new("data", "an input", Ended(new JobEnded(1, EndReason.Refused, null, "data: mnist.gz: the server refuses it.")), failed, Over);
        yield return new("setup", "a line of it", Ended(new JobEnded(1, EndReason.Refused, null, "setup: ended with status 1: No matching distribution")), failed, Over);
        yield return new("command-failed", "its own error", failed, Ended(new JobEnded(1, EndReason.Cancelled, 143, "")), Over);
        yield return new("zombie-vram", "no memory left for the command", Held(failed, 20_000), Held(failed, 300), Held(Over, 20_000));
        yield return new("fast-finish", "never seen running", Unseen(Hour * 40), Unseen(Hour * 10), Over);
        yield return new("fast-finish", "seconds of hours", Over with { Spec = Over.Spec with { Work = Hour * 40 } }, Over with { Spec = Over.Spec with { Work = Hour * 10 } }, Over);
    }

    private static Offer Sure(Offer o) => o with { Verified = true, Reliability = 0.995, DirectPorts = 20, CudaMax = 12.8m };

    public static Facts PlanOf(Func<JobSpec, JobSpec>? spec, Func<Offer, Offer>? offer = null, Func<Offer, Offer>? second = null)
    {
        var chosen = (offer ?? (o => o))(Priced.Offer);
        return Plan with { Spec = (spec ?? (s => s))(Samples.Spec), Priced = Priced with { Offer = chosen }, Offers = second is null ? [chosen] : [chosen, second(chosen)] };
    }

    public static Facts Taken(JobEvent[] then) => Run with
    {
        Job = Samples.JobOf(Samples.Adopted(new AdoptedRental("r1", "by hand", ["/out"])), [new RentalTaken(1, "r1", "lodger/digits.k3f9qa/1", "by hand"), new JobEnded(1, EndReason.Adopted, null, ""), .. then]),
        Probe = null,
        Report = null,
    };

    public static Facts RunOf(Func<Rental, Rental> change) => Run with { Rental = change(Samples.Rental) };

    public static Facts Probed(Func<BoxProbe, BoxProbe> change, JobEvent[]? events = null)
    {
        var probe = change(Probe);
        return Run with { Probe = probe, Report = probe.Report, Job = Samples.Job(events ?? Samples.Running) };
    }

    public static Facts Port(PortListener listener) => Probed(p => p with { Ports = new Dictionary<int, PortListener> { [8081] = listener } }) with
    {
        Spec = Samples.Spec with { Ports = ["8081/tcp"] },
        Rental = Samples.Rental with { Ports = new Dictionary<string, Endpoint> { ["8081/tcp"] = new("127.0.0.1", 40_001) } },
    };

    public static Facts RunSpec(Func<JobSpec, JobSpec> change, TimeSpan? ranFor = null) =>
        Run with { Spec = change(Samples.Spec), Job = Samples.Job(change(Samples.Spec), Samples.Running), Now = Samples.T0 + (ranFor ?? Hour) };

    public static Facts Status(RentalStatus status, JobEvent[]? events = null) => Run with
    {
        Rental = Samples.Rental with { Status = status, Evidence = "as the platform says" },
        Job = Samples.Job(events ?? Samples.Running),
        Probe = null,
        Report = null,
    };

    public static Facts Seen(RentalStatus status, TimeSpan ago)
    {
        var seen = Status(status);
        return seen with { Job = seen.Job!.After(Hour - ago, new RentalChanged(1, "r1", status, "as the platform says")) };
    }

    public static Facts Booting(TimeSpan since) => Status(RentalStatus.Loading, Samples.Running[..2]) with { Now = Samples.T0 + since };

    public static Facts Destroying(RentalStatus? shown) => After([.. Samples.Finished, Samples.Yes(), new DestroyIntended(1, "r1")]) with
    {
        Rental = shown is { } status ? Samples.Rental with { Status = status, DiskUsdPerHour = 0 } : null,
    };

    public static Facts After(params JobEvent[] events) => Over with { Job = Samples.Job(events), Rental = null };

    public static Facts Ended(JobEnded ended) => After([.. Samples.Running, ended, new BundlePulled(1, "m1", 2, 100), Samples.Receipt()]);

    private static Facts Unseen(TimeSpan work) => Over with { Spec = Over.Spec with { Work = work }, Job = Samples.Job([.. Samples.Finished.Where(e => e is not JobStarted)]) };

    public static Facts Held(Facts facts, int mb) => facts with
    {
        LogTail = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\n",
        Probe = Probe with { Report = Report with { Phase = BoxPhase.Ended, ExitCode = 1 }, Processes = 0, Gpus = [Probe.Gpus[0] with { MemoryUsedMb = mb }] },
    };

    private const string Unmet = "msg=\"Error: OCI runtime create failed: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.8, please update your driver\"";

    private static Facts Refused(string evidence)
    {
        var refused = Status(RentalStatus.CannotStart, Samples.Running[..2]);
        return refused with { Rental = refused.Rental! with { Evidence = evidence } };
    }

    public static Facts GivenUp(RentalStatus last, string problem, string message = "It came to nothing.") => After(
        [.. Samples.Running[..2], new RentalChanged(1, "r1", last, "as the platform says"), new AttemptGivenUp(1, new Problem(problem, message, "", ExitCode.RentalUnusable))]);

    public static IReadOnlyList<BusySample> Busy(int count, int percent) =>
        [.. Enumerable.Range(0, count).Select(i => new BusySample(Run.Now - TimeSpan.FromSeconds(15 * (count - i)), percent))];

    private static IReadOnlyList<string> Ports(int count) => [.. Enumerable.Range(8000, count).Select(n => $"{n}/tcp")];

    public static Dictionary<string, string> Map(string name, string value) => new(StringComparer.Ordinal) { [name] = value };
}
