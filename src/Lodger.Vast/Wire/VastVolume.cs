namespace Lodger.Vast.Wire;

/// <summary>A rented volume as the platform lists it. Null: not stated, or not readable as what it should be.</summary>
public sealed record VastVolume
{
    public long? Id { get; init; }

    public string? Label { get; init; }

    public long? MachineId { get; init; }

    /// <summary>GB.</summary>
    public double? DiskSpace { get; init; }

    /// <summary>USD per GB and month.</summary>
    public decimal? StorageCost { get; init; }

    /// <summary>USD per hour for this volume.</summary>
    public decimal? StorageTotalCost { get; init; }

    /// <summary>Unix seconds.</summary>
    public double? StartDate { get; init; }

    /// <summary>Those that have it attached.</summary>
    public IReadOnlyList<VastVolumeUser?>? Instances { get; init; }
}

/// <summary>An instance that has a volume attached.</summary>
public sealed record VastVolumeUser
{
    public long? Id { get; init; }
}
