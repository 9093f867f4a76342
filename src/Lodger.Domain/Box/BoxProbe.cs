namespace Lodger.Domain.Box;

/// <summary>Who can reach a port of the machine from outside.</summary>
public enum PortListener
{
    /// <summary>Nobody listens.</summary>
    None,

    /// <summary>Something listens on 127.0.0.1 alone: the mapped port outside leads to nothing.</summary>
    LoopbackOnly,

    Everywhere,
}

/// <param name="MemoryUsedMb">By whoever: a process outside the container does not show otherwise.</param>
public sealed record ProbedGpu(string Name, int MemoryMb, int MemoryUsedMb, int UtilizationPercent, string DriverVersion);

/// <summary>A file system as <c>df</c> and <c>df -i</c> show it. Null: it does not say.</summary>
public sealed record ProbedDisk(long? TotalBytes, long? FreeBytes, long? Inodes, long? InodesFree);

/// <summary>Downloads of the Hugging Face hub that are not complete.</summary>
/// <param name="QuietTime">Since the newest of them last grew.</param>
public sealed record HubDownloads(int Incomplete, long Bytes, TimeSpan QuietTime);

/// <summary>
/// A machine's live state from one bounded, read-only look over ssh, whether or not anything of ours ever ran there. Strings in it come from a hostile machine and are
/// cleaned. Null: it did not say.
/// </summary>
public sealed record BoxProbe
{
    /// <summary>Null: no lodge script is there to report.</summary>
    public BoxReport? Report { get; init; }

    /// <summary>The boot script ran at least once in this container.</summary>
    public bool HasBooted { get; init; }

    /// <summary>The lodge script or the boot script that waits for the payload is alive.</summary>
    public bool IsSupervised { get; init; }

    /// <summary>Processes of the job's command; null: none was recorded.</summary>
    public int? Processes { get; init; }

    /// <summary>Processor time that they have used so far.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>How far the machine's clock is ahead of ours; negative: behind.</summary>
    public TimeSpan? ClockAhead { get; init; }

    /// <summary>What <c>nvidia-smi</c> said when it failed, its first line; null: it worked, or is not there.</summary>
    public string? GpuComplaint { get; init; }

    /// <summary>False: the image has no <c>nvidia-smi</c>.</summary>
    public bool HasNvidiaSmi { get; init; }

    public IReadOnlyList<ProbedGpu> Gpus { get; init; } = [];

    /// <summary>Newest that the driver supports.</summary>
    public decimal? DriverCuda { get; init; }

    /// <summary>Of the image.</summary>
    public decimal? ImageCuda { get; init; }

    /// <summary>Of the container's cgroup; null: no limit.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Anonymous memory: what cannot be dropped as a cache can.</summary>
    public long? MemoryUsedBytes { get; init; }

    /// <summary>Processes that the kernel killed in this container for want of memory, since it was started.</summary>
    public int? OomKills { get; init; }

    public ProbedDisk? RootDisk { get; init; }

    /// <summary>Of the profile's data directory.</summary>
    public ProbedDisk? WorkDisk { get; init; }

    /// <summary>Null: nothing is being downloaded from the hub.</summary>
    public HubDownloads? Hub { get; init; }

    /// <summary>The hub's cache that is being filled lies on another file system than the data directory; its path.</summary>
    public string? HubBesideDataDisk { get; init; }

    /// <summary>Of the ports that were asked about.</summary>
    public IReadOnlyDictionary<int, PortListener> Ports { get; init; } = new Dictionary<int, PortListener>();
}
