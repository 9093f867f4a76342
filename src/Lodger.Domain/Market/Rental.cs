namespace Lodger.Domain.Market;

/// <summary>What a rental is doing, read from all of the platform's status fields together.</summary>
public enum RentalStatus
{
    /// <summary>The platform answered something that cannot be read. Stops every decision that could destroy, rent or pay twice.</summary>
    Unknown,

    /// <summary>Contract made, nothing on the machine yet.</summary>
    Provisioning,

    /// <summary>The host pulls the image.</summary>
    Loading,

    /// <summary>The container runs; not yet the same as reachable.</summary>
    Running,

    /// <summary>Stopped because somebody asked for it. The disk goes on billing.</summary>
    Stopped,

    /// <summary>Stopped although nobody of ours asked: outbid, out of balance, or stopped elsewhere.</summary>
    Preempted,

    /// <summary>Told to run, waiting for its very own GPUs.</summary>
    Scheduling,

    /// <summary>The container ended; before the first boot this never becomes running by itself.</summary>
    Exited,

    /// <summary>The image cannot start on this host.</summary>
    CannotStart,

    /// <summary>The host is not connected. Nothing is billed meanwhile.</summary>
    Offline,
}

/// <summary>Where a port of the rental is reached from outside.</summary>
/// <param name="Host">Public address.</param>
/// <param name="Port">External port; changes with every rental and can change at a restart: never remember it.</param>
public sealed record Endpoint(string Host, int Port)
{
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>One instance as the platform shows it at one moment.</summary>
public sealed record Rental
{
    public required string Id { get; init; }

    /// <summary>Lodger's rentals carry <c>lodger/&lt;job&gt;/&lt;attempt&gt;</c>; null for rentals made without one.</summary>
    public string? Label { get; init; }

    public required RentalStatus Status { get; init; }

    /// <summary>The platform's own words: every status field and its message, as evidence for the journal. Redacted.</summary>
    public required string Evidence { get; init; }

    public required string MachineId { get; init; }

    public required string GpuName { get; init; }

    public required int GpuCount { get; init; }

    public required int GpuMemoryMb { get; init; }

    /// <summary>True for a bid; a rental that should be on-demand and is not must be noticed before work is paid for.</summary>
    public bool Interruptible { get; init; }

    /// <summary>What an interruptible rental bids, USD per hour for the whole machine; null when it is none, or the platform does not say.</summary>
    public decimal? BidUsdPerHour { get; init; }

    /// <summary>USD per hour for the GPU while running.</summary>
    public required decimal GpuUsdPerHour { get; init; }

    /// <summary>USD per hour for the disk, in every state but offline.</summary>
    public required decimal DiskUsdPerHour { get; init; }

    public required decimal UploadUsdPerGb { get; init; }

    public required decimal DownloadUsdPerGb { get; init; }

    public double DiskGb { get; init; }

    /// <summary>Billed traffic from the machine so far; null: the platform does not say.</summary>
    public long? UploadedBytes { get; init; }

    /// <summary>Billed traffic to the machine so far; null: the platform does not say.</summary>
    public long? DownloadedBytes { get; init; }

    /// <summary>The host is a datacenter; null: the platform does not say.</summary>
    public bool? IsDatacenter { get; init; }

    /// <summary>ssh straight to the host; null when the host maps no port.</summary>
    public Endpoint? DirectSsh { get; init; }

    /// <summary>ssh through the platform's proxy: works everywhere, slow.</summary>
    public Endpoint? ProxySsh { get; init; }

    /// <summary>Internal port, for example <c>8081/tcp</c>, to where it is reached from outside.</summary>
    public IReadOnlyDictionary<string, Endpoint> Ports { get; init; } = new Dictionary<string, Endpoint>();

    /// <summary>Platform time.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the contract ends, platform time: the rental stops, cannot be restarted, and may be deleted 48 h later.</summary>
    public DateTimeOffset? ContractEnd { get; init; }
}
