namespace Lodger.Marketplace.Sandbox;

/// <summary>What a container sees of its machine when something is wrong with that; as it is here, of one with which nothing is.</summary>
public sealed record Symptoms
{
    /// <summary>Of each GPU, in MiB, by nobody who shows in the container.</summary>
    public int GpuMemoryUsedMb { get; init; } = 1;

    public int GpuBusyPercent { get; init; }

    /// <summary>What <c>date</c> adds to the time; programs that ask the kernel see the true one. Negative: it is behind.</summary>
    public int ClockAheadSeconds { get; init; }

    /// <summary>Of the cgroup; null: it has no limit.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Anonymous memory as the cgroup counts it; null: it does not say.</summary>
    public long? MemoryUsedBytes { get; init; }

    /// <summary>Processes that the kernel killed for want of memory, as the cgroup counts them.</summary>
    public int OomKills { get; init; }
}
