using Lodger.Domain.Market;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Adapter;

/// <summary>An instance of the wire as Domain's rental. Never fails: a rental that is hidden because a field is odd goes on billing.</summary>
internal static class RentalReading
{
    private const string SshPort = "22/tcp";

    private const decimal GbPerTb = 1000;

    public static Rental Read(VastInstance wire, Func<string?, string> clean)
    {
        var ports = PublicPorts(wire);
        var storage = Units.Price(wire.StorageCost);
        var disk = Units.Amount(wire.DiskSpace);
        var diskPrice = storage is { } rate && disk is { } gb ? Units.DiskUsdPerHour(rate, gb) : Units.Price(wire.StorageTotalCost);
        var gpuPrice = Units.Price(wire.DphBase) ?? (Units.Price(wire.DphTotal) is { } total ? Math.Max(0, total - (diskPrice ?? 0)) : null);
        var uploadPrice = Units.Price(wire.InetUpCost) ?? Units.Price(wire.InternetUpCostPerTb) / GbPerTb;
        var downloadPrice = Units.Price(wire.InetDownCost) ?? Units.Price(wire.InternetDownCostPerTb) / GbPerTb;
        return new Rental
        {
            Id = wire.Id!.Value.ToString(),
            Label = string.IsNullOrEmpty(wire.Label) ? null : clean(wire.Label),
            Status = StatusReading.Read(Fields(wire)),
            Evidence = Evidence(wire, clean, gpuPrice is null || diskPrice is null || uploadPrice is null || downloadPrice is null),
            MachineId = wire.MachineId?.ToString() ?? "",
            GpuName = clean(wire.GpuName),
            GpuCount = Units.Count(wire.NumGpus) ?? 0,
            GpuMemoryMb = Units.Count(wire.GpuRam) ?? 0,
            Interruptible = wire.IsBid == true,
            // The description has no field for the bid itself; an interruptible pays what it bids, so its base price is the bid.
            BidUsdPerHour = wire.IsBid == true ? Units.Price(wire.BidPrice) ?? gpuPrice : null,
            GpuUsdPerHour = gpuPrice ?? 0,
            DiskUsdPerHour = diskPrice ?? 0,
            UploadUsdPerGb = uploadPrice ?? 0,
            DownloadUsdPerGb = downloadPrice ?? 0,
            DiskGb = disk ?? 0,
            UploadedBytes = Units.Bytes(wire.InetUpBilled),
            DownloadedBytes = Units.Bytes(wire.InetDownBilled),
            IsDatacenter = wire.HostingType is { } hosting ? hosting == 1 : null,
            DirectSsh = ports.GetValueOrDefault(SshPort),
            ProxySsh = Proxy(wire),
            Ports = ports,
            StartedAt = Units.Time(wire.StartDate),
            ContractEnd = Units.Time(wire.EndDate),
        };
    }

    private static StatusFields Fields(VastInstance wire) =>
        new(wire.ActualStatus, wire.IntendedStatus, wire.CurState, wire.NextState, wire.StatusMsg, wire.IsBid == true);

    private static string Evidence(VastInstance wire, Func<string?, string> clean, bool lacksPrice)
    {
        static string Word(Func<string?, string> clean, StatedText state) => clean(state.ToString());
        var message = clean(wire.StatusMsg);
        return $"actual={Word(clean, wire.ActualStatus)} intended={Word(clean, wire.IntendedStatus)} cur={Word(clean, wire.CurState)} next={Word(clean, wire.NextState)}"
            + (message.Length > 0 ? $" msg=\"{message}\"" : "")
            + (lacksPrice ? " (a price is not stated and shown as 0)" : "");
    }

    private static Dictionary<string, Endpoint> PublicPorts(VastInstance wire) =>
        HostName.Read(wire.PublicIpaddr) is { } host && wire.Ports is { } ports
            ? ports.External.ToDictionary(port => port.Key, port => new Endpoint(host, port.Value), StringComparer.Ordinal)
            : new Dictionary<string, Endpoint>(StringComparer.Ordinal);

    private static Endpoint? Proxy(VastInstance wire)
    {
        if (HostName.Read(wire.SshHost) is not { } host || wire.SshPort is not { } stated) return null;
        var port = wire.ImageRuntype?.Contains("jupyter", StringComparison.Ordinal) == true ? stated + 1 : stated;
        return port is >= 1 and <= 65535 ? new Endpoint(host, (int)port) : null;
    }
}
