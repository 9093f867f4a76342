namespace Lodger.Domain.Market;

/// <summary>A machine's space for volumes, for rent now.</summary>
public sealed record VolumeOffer
{
    public required string Id { get; init; }

    /// <summary>A volume that is made there never leaves it.</summary>
    public required string MachineId { get; init; }

    public required double FreeGb { get; init; }

    /// <summary>USD per GB and month of 30 days, while the volume exists, used or not.</summary>
    public required decimal StorageUsdPerGbMonth { get; init; }

    /// <summary>0 to 1; null when the platform does not say.</summary>
    public double? Reliability { get; init; }

    public bool Verified { get; init; }

    /// <summary>Null when unknown.</summary>
    public string? Location { get; init; }

    /// <summary>When the host stops offering the machine, platform time. Null when unknown.</summary>
    public DateTimeOffset? ContractEnd { get; init; }
}

/// <summary>Where a rental has a volume.</summary>
/// <param name="Path">Absolute directory on the rental.</param>
public sealed record AttachedVolume(string VolumeId, string Path);

/// <summary>A rented volume: a disk of fixed size on one machine, which lives and bills by itself until it is deleted.</summary>
public sealed record Volume
{
    public required string Id { get; init; }

    public string? Label { get; init; }

    /// <summary>It never leaves this machine.</summary>
    public required string MachineId { get; init; }

    public double SizeGb { get; init; }

    /// <summary>While it exists and its host is online, used or not.</summary>
    public required decimal UsdPerHour { get; init; }

    /// <summary>Platform time; null: it does not say.</summary>
    public DateTimeOffset? MadeAt { get; init; }

    /// <summary>Rentals that have it attached, stopped ones too; null: the platform does not say.</summary>
    public IReadOnlyList<string>? UsedBy { get; init; }
}
