using Lodger.Domain.Market;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Adapter;

/// <summary>A volume of the wire as Domain's. Never fails: a volume that is hidden because a field is odd goes on billing.</summary>
internal static class VolumeReading
{
    /// <summary>Null when it lacks what nobody can decide without: id, machine, space, or the price.</summary>
    public static VolumeOffer? ReadOffer(VastOffer wire, Func<string?, string> clean)
    {
        if (wire is not { Id: { } id, MachineId: { } machine } || Units.Amount(wire.DiskSpace) is not { } free || Units.Price(wire.StorageCost) is not { } price) return null;
        return new()
        {
            Id = id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            MachineId = machine.ToString(System.Globalization.CultureInfo.InvariantCulture),
            FreeGb = free,
            StorageUsdPerGbMonth = price,
            Reliability = (wire.Reliability ?? wire.Reliability2) is >= 0 and <= 1 and { } reliability ? reliability : null,
            Verified = wire.Verification is { } verification ? verification == "verified" : wire.Verified == true,
            Location = wire.Geolocation is { Length: > 0 } place ? clean(place) : null,
            ContractEnd = Units.Time(wire.EndDate),
        };
    }

    public static Volume Read(VastVolume wire, Func<string?, string> clean)
    {
        var size = Units.Amount(wire.DiskSpace) ?? 0;
        var price = Units.Price(wire.StorageTotalCost) ?? (Units.Price(wire.StorageCost) is { } perMonth ? Units.DiskUsdPerHour(perMonth, size) : 0);
        return new()
        {
            Id = wire.Id!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Label = string.IsNullOrEmpty(wire.Label) ? null : clean(wire.Label),
            MachineId = wire.MachineId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "",
            SizeGb = size,
            UsdPerHour = price,
            MadeAt = Units.Time(wire.StartDate),
            UsedBy = wire.Instances is { } users ? [.. users.Select(u => u?.Id?.ToString(System.Globalization.CultureInfo.InvariantCulture)).OfType<string>()] : null,
        };
    }
}
