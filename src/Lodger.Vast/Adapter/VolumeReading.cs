using Lodger.Domain.Market;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Adapter;

/// <summary>A volume of the wire as Domain's. Never fails: a volume that is hidden because a field is odd goes on billing.</summary>
internal static class VolumeReading
{
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
