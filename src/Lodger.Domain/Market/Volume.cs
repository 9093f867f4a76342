namespace Lodger.Domain.Market;

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
