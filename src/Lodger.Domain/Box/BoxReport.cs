using System.Text.Json.Serialization;

namespace Lodger.Domain.Box;

/// <summary>Where the lodge script stands on the rented machine.</summary>
public enum BoxPhase
{
    /// <summary>Nothing was read; never to be taken for "not started".</summary>
    Unknown,

    /// <summary>Booted; the payload is not there yet.</summary>
    WaitingForPayload,

    /// <summary>Checks the GPU and the image against what was asked for.</summary>
    Checking,

    /// <summary>Fetches <c>data:</c>.</summary>
    Fetching,

    /// <summary>Runs <c>setup</c>, once.</summary>
    SettingUp,

    /// <summary>The job's command runs.</summary>
    Running,

    /// <summary>The job's command ended; <see cref="BoxReport.ExitCode"/> says how.</summary>
    Ended,

    /// <summary>A check before the job failed; <see cref="BoxReport.Failure"/> says which.</summary>
    Refused,

    /// <summary>A newer attempt runs elsewhere; this one must not start.</summary>
    Fenced,
}

/// <summary>One GPU as <c>nvidia-smi</c> on the machine reports it.</summary>
public sealed record BoxGpu(string Name, int MemoryMb, int UtilizationPercent, string DriverVersion);

/// <summary>
/// What the machine says about itself in one short ssh round trip. Every string in it comes from a hostile machine:
/// bounded, and cleaned of control characters before it gets here.
/// </summary>
public sealed record BoxReport
{
    /// <summary>A GPU that is busy for no more than this does no work worth the name.</summary>
    private const int IdlePercent = 5;

    public required BoxPhase Phase { get; init; }

    /// <summary>Attempt whose payload lies there; 0 when none does.</summary>
    public int Attempt { get; init; }

    /// <summary>Starts of the container that the lodge script has counted.</summary>
    public int Starts { get; init; }

    public TimeSpan? HeartbeatAge { get; init; }

    /// <summary>Exit status of the job's command; null until it ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Which check failed and with what values, in a sentence; null when none did.</summary>
    public string? Failure { get; init; }

    /// <summary>Since the job's command began, on the machine's clock.</summary>
    public TimeSpan? RunTime { get; init; }

    /// <summary>Since the job's log or progress file last grew.</summary>
    public TimeSpan? QuietTime { get; init; }

    public long LogBytes { get; init; }

    /// <summary>The end of the log or of the progress file, at most 4 KB.</summary>
    public string ProgressText { get; init; } = "";

    /// <summary>How often the job is told to write a checkpoint at this moment; null when it is not told.</summary>
    public TimeSpan? CheckpointEvery { get; init; }

    /// <summary>Step of the last checkpoint that the job says it wrote; null, like all that follows of it, for a job that does not report (docs/cadence.md).</summary>
    public long? CheckpointStep { get; init; }

    /// <summary>How long the job took to write it, as it measured.</summary>
    public TimeSpan? CheckpointWriteTime { get; init; }

    public long? CheckpointBytes { get; init; }

    /// <summary>Below the workdir; null also when it lies elsewhere or its name is not plain.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Since that report, on the machine's clock.</summary>
    public TimeSpan? CheckpointAge { get; init; }

    /// <summary>Mean time of one step between checkpoints, as the job measured; null while it has made too few.</summary>
    public TimeSpan? StepTime { get; init; }

    public long? DiskFreeBytes { get; init; }

    public long? DiskTotalBytes { get; init; }

    public long? InodesFree { get; init; }

    /// <summary>Processes that the kernel killed for want of memory since the command was launched, by the container's cgroup; null where none counts.</summary>
    public int? OomKills { get; init; }

    /// <summary>The command ended with no space left on the disk.</summary>
    public bool EndedOnFullDisk { get; init; }

    public IReadOnlyList<BoxGpu> Gpus { get; init; } = [];

    /// <summary>It has GPUs, and none works; false when it does not say.</summary>
    [JsonIgnore]
    public bool IsGpuIdle => Gpus.Count > 0 && Gpus.All(g => g.UtilizationPercent <= IdlePercent);
}
