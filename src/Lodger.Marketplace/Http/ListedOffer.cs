using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Http;

/// <summary>An offer as one search sees it. A column is worked out when it is looked at: most offers of a search are left out by the first condition or two. Used with the book's lock held.</summary>
/// <param name="search">Who asks for what.</param>
/// <param name="taken">What the control surface says of the offer.</param>
internal sealed class ListedOffer(Book book, Offer offer, OfferSearch search, TakenOffer? taken)
{
    /// <summary>Fields by which search filters, besides columns.</summary>
    private static readonly HashSet<string> FilterOnly = new(StringComparer.Ordinal) { "verified", "ubuntu_version" };

    /// <summary>As a row has them. Names and units are the platform's (MB, $/h, $/GB/month, Mbit/s).</summary>
    private static readonly OrderedDictionary<string, Func<ListedOffer, JsonNode?>> Columns = new(StringComparer.Ordinal)
    {
        ["id"] = static o => o.Offer.Id,
        ["ask_contract_id"] = static o => o.Offer.Id,
        ["bundle_id"] = static o => o.Offer.Id + 700_000_000,
        ["bundled_results"] = static _ => null,
        ["bw_nvlink"] = static o => o.Gpu.Name.Contains("SXM", StringComparison.Ordinal) && o.Count > 1 ? 300.0 : 0,
        ["compute_cap"] = static o => o.Gpu.ComputeCapability,
        ["cpu_arch"] = static _ => "amd64",
        ["cpu_cores"] = static o => o.Machine.CpuCores,
        ["cpu_cores_effective"] = static o => o.Machine.CpuCoresShared * o.Offer.Fraction,
        ["cpu_ghz"] = static o => o.Machine.CpuGhz,
        ["cpu_name"] = static o => o.Machine.CpuName,
        ["cpu_ram"] = static o => o.Machine.CpuRamMb,
        ["credit_discount_max"] = static _ => 0.1,
        ["cluster_id"] = static _ => null,
        ["cuda_max_good"] = static o => double.Parse(o.Machine.CudaMax, CultureInfo.InvariantCulture),
        ["direct_port_count"] = static o => o.Machine.DirectPorts,
        ["disk_bw"] = static o => o.Machine.DiskMbPerSecond,
        ["disk_name"] = static o => o.Machine.DiskName,
        ["disk_space"] = static o => Math.Round(o.Machine.DiskGb * o.Offer.Fraction, 2),
        ["discount_rate"] = static _ => 0,
        ["discounted_hourly"] = static _ => 0,
        ["dlperf"] = static o => o.DlPerf,
        ["dlperf_per_dphtotal"] = static o => Math.Round(o.DlPerf / (double)o.TotalUsd, 4),
        ["dph_base"] = static o => o.BaseUsd,
        ["dph_total"] = static o => o.TotalUsd,
        ["dph_total_adj"] = static o => o.TotalUsd,
        ["driver_version"] = static o => o.Machine.DriverVersion,
        ["driver_vers"] = static o => SeededCatalog.DriverNumber(o.Machine.DriverVersion),
        ["duration"] = static o => (o.Ends - o.Now).TotalSeconds,
        ["end_date"] = static o => OfferFacts.Seconds(o.Ends),
        ["start_date"] = static o => OfferFacts.Seconds(o.ListedSince),
        ["expected_reliability"] = static o => o.Machine.Reliability,
        ["external"] = static _ => false,
        ["flops_per_dphtotal"] = static o => Math.Round(o.Flops / (double)o.TotalUsd, 4),
        ["geolocation"] = static o => o.Machine.Place,
        ["geolocode"] = static o => OfferFacts.PlaceNumber(o.Machine),
        ["gpu_arch"] = static _ => "nvidia",
        ["gpu_display_active"] = static _ => false,
        ["gpu_frac"] = static o => o.Offer.Fraction,
        ["gpu_ids"] = static o => new JsonArray([.. o.Offer.GpuIds.Select(g => JsonValue.Create(g))]),
        ["gpu_lanes"] = static _ => 16,
        ["gpu_mem_bw"] = static o => o.Gpu.MemoryGbPerSecond,
        ["gpu_name"] = static o => o.Gpu.Name,
        ["gpu_ram"] = static o => o.Gpu.MemoryMb,
        ["gpu_total_ram"] = static o => o.Gpu.MemoryMb * o.Count,
        ["gpu_max_power"] = static o => o.Gpu.MaxWatts,
        ["gpu_max_temp"] = static _ => 90,
        ["has_avx"] = static _ => 1,
        ["host_id"] = static o => o.Machine.HostId,
        ["hosting_type"] = static o => o.Machine.Datacenter ? 1 : 0,
        ["hostname"] = static _ => null,
        ["inet_down"] = static o => o.Machine.DownloadMbitPerSecond,
        ["inet_down_cost"] = static o => o.Machine.DownloadUsdPerGb,
        ["inet_up"] = static o => o.Machine.UploadMbitPerSecond,
        ["inet_up_cost"] = static o => o.Machine.UploadUsdPerGb,
        ["internet_down_cost_per_tb"] = static o => o.Machine.DownloadUsdPerGb * 1000,
        ["internet_up_cost_per_tb"] = static o => o.Machine.UploadUsdPerGb * 1000,
        ["is_bid"] = static o => o.IsBid,
        ["is_vm_deverified"] = static _ => false,
        ["logo"] = static _ => "/static/logos/vastai_small2.png",
        ["machine_id"] = static o => o.Machine.Id,
        ["min_bid"] = static o => o.Quote.LowestBidUsdPerHour,
        ["mobo_name"] = static o => o.Machine.Board,
        ["num_gpus"] = static o => o.Count,
        ["nw_disk_avg_bw"] = static _ => null,
        ["nw_disk_max_bw"] = static _ => null,
        ["nw_disk_min_bw"] = static _ => null,
        ["os_version"] = static o => o.Machine.OsVersion,
        ["pci_gen"] = static _ => 4,
        ["pcie_bw"] = static _ => 24.6,
        ["public_ipaddr"] = static _ => Life.SpecMaker.PublicAddress,
        ["reliability"] = static o => o.Machine.Reliability,
        ["reliability2"] = static o => o.Machine.Reliability,
        ["reliability_mult"] = static o => o.Machine.Reliability,
        ["rentable"] = static o => o.IsRentable,
        ["rented"] = static o => o.IsRented,
        ["resource_type"] = static _ => "gpu",
        ["rn"] = static _ => 1,
        ["score"] = static o => Math.Round(o.DlPerf / (double)o.TotalUsd * o.Machine.Reliability, 4),
        ["static_ip"] = static o => o.Machine.StaticIp,
        ["storage_cost"] = static o => o.Machine.StorageUsdPerGbMonth,
        ["storage_cost_stopped"] = static o => o.Machine.StoppedStorageUsdPerGbMonth ?? o.Machine.StorageUsdPerGbMonth,
        ["storage_total_cost"] = static o => o.DiskUsd,
        ["total_flops"] = static o => o.Flops,
        ["verification"] = static o => o.Machine.Verification,
        ["vericode"] = static o => o.Machine.Verification == "verified" ? 1 : 0,
        ["vms_enabled"] = static _ => false,
        ["vram_costperhour"] = static o => OfferFacts.VramUsdPerHour(o.BaseUsd, o.Gpu.MemoryMb * o.Count),
        ["webpage"] = static _ => null,
        ["datacenter"] = static o => o.Machine.Datacenter,
        ["discounted_dph_total"] = static o => o.TotalUsd,
        ["search"] = static o => OfferFacts.Prices(o.BaseUsd, o.DiskUsd),
        ["instance"] = static o => OfferFacts.Prices(o.IsBid ? o.Quote.OnDemandUsdPerHour : o.BaseUsd, o.DiskUsd),
        ["time_remaining"] = static _ => "",
        ["time_remaining_isbid"] = static _ => "",
    };

    private Quote? _quote;

    private Offer Offer => offer;

    private HostMachine Machine => offer.Machine;

    private GpuModel Gpu => offer.Machine.Gpu;

    private int Count => offer.GpuIds.Count;

    private Quote Quote => _quote ??= book.QuoteOf(offer);

    /// <summary>Priced as interruptible, at the lowest bid that would do.</summary>
    private bool IsBid => search.IsBid;

    private decimal BaseUsd => IsBid ? Quote.LowestBidUsdPerHour : Quote.OnDemandUsdPerHour;

    private decimal DiskUsd => Machine.StorageUsdPerGbMonth * search.StorageGb / Meter.HoursPerMonth;

    private decimal TotalUsd => BaseUsd + DiskUsd;

    private DateTimeOffset ListedSince => search.ListedSince;

    private DateTimeOffset Now => search.Now;

    private DateTimeOffset Ends => Machine.ListedUntil(ListedSince, Now);

    private double DlPerf => Math.Round(Gpu.DlPerf * Count * 0.98, 6);

    private double Flops => Math.Round(Gpu.Tflops * Count, 5);

    /// <summary>Nobody holds its GPUs.</summary>
    private bool IsRentable => taken is not null || book.CanBeRentedOnDemand(Machine.Id, offer.GpuIds);

    /// <summary>Whoever asks holds some of them.</summary>
    private bool IsRented => offer.GpuIds.Any(search.Held.Contains);

    public static bool IsSearchField(string field) => FilterOnly.Contains(field) || Columns.ContainsKey(field);

    /// <summary>The value that a filter on <paramref name="field"/> looks at.</summary>
    public JsonNode? FilterValue(string field) => field switch
    {
        "verified" => Machine.Verification == "verified",
        "ubuntu_version" => Machine.OsVersion,
        "driver_version" => SeededCatalog.DriverNumber(Machine.DriverVersion),
        "geolocation" => Machine.Place[^2..],
        _ => Columns[field](this),
    };

    /// <summary>Null: a row has no such column, or nothing in it.</summary>
    public JsonNode? Value(string column) => Columns.TryGetValue(column, out var value) && !IsMissing(column) ? value(this) : null;

    public JsonObject Row()
    {
        var row = new JsonObject();
        foreach (var (column, value) in Columns)
            if (!IsMissing(column))
                row[column] = value(this);
        return row;
    }

    /// <summary>Drift, as on the platform: one of the two reliability fields is missing now and then.</summary>
    private bool IsMissing(string column) => column == "reliability" && Machine.Id % 5 == 0;
}

/// <summary>What all offers of one search have in common.</summary>
/// <param name="StorageGb">Disk that <c>dph_total</c> includes.</param>
/// <param name="IsBid">Of interruptible rentals.</param>
/// <param name="Held">GPUs that whoever asks holds.</param>
/// <param name="ListedSince">The market's first day.</param>
/// <param name="Now">Market time.</param>
internal sealed record OfferSearch(decimal StorageGb, bool IsBid, IReadOnlySet<int> Held, DateTimeOffset ListedSince, DateTimeOffset Now);
