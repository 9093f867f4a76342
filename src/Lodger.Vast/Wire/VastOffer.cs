namespace Lodger.Vast.Wire;

/// <summary>One offer as the platform sends it. Null: not stated, or not readable as what it should be.</summary>
public sealed record VastOffer
{
    /// <summary>The ask that a create accepts.</summary>
    public long? Id { get; init; }

    public long? BundleId { get; init; }

    public long? MachineId { get; init; }

    public long? HostId { get; init; }

    public string? GpuName { get; init; }

    public string? GpuArch { get; init; }

    public long? NumGpus { get; init; }

    /// <summary>Share of the machine's GPUs, 0 to 1.</summary>
    public double? GpuFrac { get; init; }

    /// <summary>Memory of one GPU, MB.</summary>
    public double? GpuRam { get; init; }

    /// <summary>USD per hour for GPU and machine, without storage.</summary>
    public decimal? DphBase { get; init; }

    /// <summary>USD per hour with the storage that the search was made with.</summary>
    public decimal? DphTotal { get; init; }

    /// <summary>USD per GB and month.</summary>
    public decimal? StorageCost { get; init; }

    /// <summary>USD per hour for the storage that the search was made with.</summary>
    public decimal? StorageTotalCost { get; init; }

    /// <summary>USD per GB, from the machine.</summary>
    public decimal? InetUpCost { get; init; }

    /// <summary>USD per GB, to the machine.</summary>
    public decimal? InetDownCost { get; init; }

    /// <summary>USD per hour for the whole bundle.</summary>
    public decimal? MinBid { get; init; }

    public bool? IsBid { get; init; }

    /// <summary>GB.</summary>
    public double? DiskSpace { get; init; }

    /// <summary>MB per second.</summary>
    public double? DiskBw { get; init; }

    /// <summary>0 to 1. The platform knows it under two names.</summary>
    public double? Reliability { get; init; }

    /// <inheritdoc cref="Reliability"/>
    public double? Reliability2 { get; init; }

    /// <summary><c>verified</c>, <c>unverified</c>, <c>deverified</c>.</summary>
    public string? Verification { get; init; }

    /// <summary>Older form of <see cref="Verification"/>.</summary>
    public bool? Verified { get; init; }

    public bool? Rentable { get; init; }

    public bool? Rented { get; init; }

    public bool? External { get; init; }

    public bool? VmsEnabled { get; init; }

    public long? DirectPortCount { get; init; }

    /// <summary>Mbit per second.</summary>
    public double? InetDown { get; init; }

    /// <summary>Mbit per second.</summary>
    public double? InetUp { get; init; }

    public decimal? CudaMaxGood { get; init; }

    public string? DriverVersion { get; init; }

    public string? Geolocation { get; init; }

    /// <summary>Unix seconds at which the host stops offering it.</summary>
    public double? EndDate { get; init; }

    /// <summary>Seconds until then.</summary>
    public double? Duration { get; init; }

    public double? Dlperf { get; init; }

    public double? DlperfPerDphtotal { get; init; }

    /// <summary>Of the whole machine; can be null.</summary>
    public double? CpuCores { get; init; }

    /// <summary>The bundle's share.</summary>
    public double? CpuCoresEffective { get; init; }

    /// <summary>MB of the whole machine; the bundle's share is <c>CpuRam * CpuCoresEffective / CpuCores</c>.</summary>
    public double? CpuRam { get; init; }

    public string? CpuName { get; init; }

    public string? CpuArch { get; init; }

    public double? ComputeCap { get; init; }
}
