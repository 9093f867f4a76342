namespace Lodger.Domain.Market;

/// <summary>A bundle of GPUs on one host's machine, for rent now, with its prices.</summary>
public sealed record Offer
{
    public required string Id { get; init; }

    /// <summary>The physical machine; volumes and stopped rentals are locked to it.</summary>
    public required string MachineId { get; init; }

    public required string HostId { get; init; }

    public required string GpuName { get; init; }

    public required int GpuCount { get; init; }

    /// <summary>Memory of one GPU in MiB; the name alone is coarse (40 and 80 GB A100 share it).</summary>
    public required int GpuMemoryMb { get; init; }

    /// <summary>On-demand price of GPU and machine, USD per hour, without storage.</summary>
    public required decimal GpuUsdPerHour { get; init; }

    /// <summary>Storage, USD per GB and month of 30 days.</summary>
    public required decimal StorageUsdPerGbMonth { get; init; }

    /// <summary>Upload from the machine, USD per GB.</summary>
    public required decimal UploadUsdPerGb { get; init; }

    /// <summary>Download to the machine, USD per GB.</summary>
    public required decimal DownloadUsdPerGb { get; init; }

    /// <summary>Lowest bid that would run now, USD per hour; null when the offer takes no bids.</summary>
    public decimal? MinBidUsdPerHour { get; init; }

    /// <summary>Largest disk that can be rented with it, GB.</summary>
    public required double DiskGb { get; init; }

    /// <summary>0 to 1; null when the platform does not say.</summary>
    public double? Reliability { get; init; }

    public bool Verified { get; init; }

    /// <summary>Ports that can be mapped directly; 0 means proxy ssh only.</summary>
    public int DirectPorts { get; init; }

    public double DownloadMbps { get; init; }

    public double UploadMbps { get; init; }

    /// <summary>Newest CUDA version that the driver supports, for example 12.4; null when unknown.</summary>
    public decimal? CudaMax { get; init; }

    public string? DriverVersion { get; init; }

    /// <summary>Two-letter country or free text; null when unknown.</summary>
    public string? Location { get; init; }

    /// <summary>When the host stops offering it, platform time; a contract cannot be longer. Null when unknown.</summary>
    public DateTimeOffset? ContractEnd { get; init; }

    /// <summary>Deep-learning performance score; 0 when unknown.</summary>
    public double DlPerf { get; init; }

    /// <summary>It holds every GPU of its machine: who rented one there waits for the same. False also when that is not known.</summary>
    public bool IsWholeMachine { get; init; }
}
