namespace Lodger.Marketplace.Catalog;

/// <summary>One host's machine with all its GPUs and what it asks for them.</summary>
internal sealed record HostMachine
{
    public required long Id { get; init; }
    public required long HostId { get; init; }
    public required GpuModel Gpu { get; init; }

    /// <summary>Ids of its GPUs; unique in the market, fixed for the machine's life.</summary>
    public required IReadOnlyList<int> GpuIds { get; init; }

    public required decimal GpuUsdPerHour { get; init; }
    public required decimal MinBidUsdPerGpuHour { get; init; }
    public required decimal StorageUsdPerGbMonth { get; init; }

    /// <summary>What storage costs while stopped, where the host asks more for it; null where it is the same.</summary>
    public decimal? StoppedStorageUsdPerGbMonth { get; init; }

    public required decimal UploadUsdPerGb { get; init; }
    public required decimal DownloadUsdPerGb { get; init; }
    public required double UploadMbitPerSecond { get; init; }
    public required double DownloadMbitPerSecond { get; init; }
    public required double Reliability { get; init; }
    public required string Verification { get; init; }
    public required int DirectPorts { get; init; }
    public required bool StaticIp { get; init; }
    public required string DriverVersion { get; init; }
    public required string CudaMax { get; init; }
    public required string Place { get; init; }
    public required string CpuName { get; init; }

    /// <summary>Virtual cores of the whole machine; null where the host does not report them.</summary>
    public required int? CpuCores { get; init; }

    /// <summary>Virtual cores that are shared out among the GPUs.</summary>
    public required int CpuCoresShared { get; init; }

    public required double CpuGhz { get; init; }
    public required int CpuRamMb { get; init; }
    public required double DiskGb { get; init; }
    public required double DiskMbPerSecond { get; init; }
    public required string DiskName { get; init; }
    public required string Board { get; init; }
    public required string OsVersion { get; init; }
    public required bool Datacenter { get; init; }

    /// <summary>The longest that the host lets contracts run.</summary>
    public required TimeSpan ListedFor { get; init; }

    /// <summary>End date of what is rented at <paramref name="now"/>: hosts prolong their listing when half of it is over.</summary>
    public DateTimeOffset ListedUntil(DateTimeOffset listedSince, DateTimeOffset now)
    {
        var half = ListedFor / 2;
        return listedSince + (half * (Math.Floor((now - listedSince) / half) + 2));
    }
}

/// <summary>A bundle of GPUs of one machine, for rent as a whole.</summary>
/// <param name="Id">The ask id that search shows and create takes.</param>
/// <param name="Machine">Where it is.</param>
/// <param name="GpuIds">Which GPUs.</param>
internal sealed record Offer(long Id, HostMachine Machine, IReadOnlyList<int> GpuIds)
{
    /// <summary>Share of the machine's GPUs, 0 to 1.</summary>
    public double Fraction => (double)GpuIds.Count / Machine.GpuIds.Count;
}

/// <summary>What an offer costs at a moment; all of it for the bundle as a whole, USD per hour.</summary>
/// <param name="OnDemandUsdPerHour">On demand.</param>
/// <param name="FloorUsdPerHour">The lowest bid that its host takes.</param>
/// <param name="LowestBidUsdPerHour">The lowest bid that would run now.</param>
internal sealed record Quote(decimal OnDemandUsdPerHour, decimal FloorUsdPerHour, decimal LowestBidUsdPerHour)
{
    /// <summary>Prices have four digits behind the point.</summary>
    public static decimal Rounded(decimal usd) => Math.Round(usd, 4);
}
