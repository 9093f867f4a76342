using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Http;

/// <summary>An offer as search shows it. Field names and units are the platform's (MB, $/h, $/GB/month, Mbit/s).</summary>
internal static class OfferFacts
{
    /// <summary>Fields by which search filters, besides those of a row.</summary>
    private static readonly HashSet<string> FilterOnly = new(StringComparer.Ordinal)
    {
        "verified", "rented", "external", "datacenter", "ubuntu_version", "reliability", "reliability2", "resource_type", "has_avx",
    };

    public static bool IsSearchField(string field, JsonObject sample) => FilterOnly.Contains(field) || sample.ContainsKey(field);

    /// <summary>One row of a search.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="quote">What it costs now.</param>
    /// <param name="storageGb">Disk that <c>dph_total</c> includes.</param>
    /// <param name="bid">Priced as interruptible, at the minimum bid.</param>
    /// <param name="rentable">Nobody holds its GPUs.</param>
    /// <param name="rented">The caller holds its GPUs.</param>
    /// <param name="listedSince">The market's first day.</param>
    /// <param name="now">Market time.</param>
    public static JsonObject Make(Offer offer, Quote quote, decimal storageGb, bool bid, bool rentable, bool rented, DateTimeOffset listedSince, DateTimeOffset now)
    {
        var machine = offer.Machine;
        var gpu = machine.Gpu;
        var count = offer.GpuIds.Count;
        var baseUsd = bid ? quote.LowestBidUsdPerHour : quote.OnDemandUsdPerHour;
        var diskUsd = machine.StorageUsdPerGbMonth * storageGb / Meter.HoursPerMonth;
        var totalUsd = baseUsd + diskUsd;
        var ends = machine.ListedUntil(listedSince, now);
        var dlperf = Math.Round(gpu.DlPerf * count * 0.98, 6);
        var flops = Math.Round(gpu.Tflops * count, 5);
        var row = new JsonObject
        {
            ["id"] = offer.Id,
            ["ask_contract_id"] = offer.Id,
            ["bundle_id"] = offer.Id + 700_000_000,
            ["bundled_results"] = null,
            ["bw_nvlink"] = gpu.Name.Contains("SXM", StringComparison.Ordinal) && count > 1 ? 300.0 : 0,
            ["compute_cap"] = gpu.ComputeCapability,
            ["cpu_arch"] = "amd64",
            ["cpu_cores"] = machine.CpuCores,
            ["cpu_cores_effective"] = machine.CpuCoresShared * offer.Fraction,
            ["cpu_ghz"] = machine.CpuGhz,
            ["cpu_name"] = machine.CpuName,
            ["cpu_ram"] = machine.CpuRamMb,
            ["credit_discount_max"] = 0.1,
            ["cluster_id"] = null,
            ["cuda_max_good"] = double.Parse(machine.CudaMax, System.Globalization.CultureInfo.InvariantCulture),
            ["direct_port_count"] = machine.DirectPorts,
            ["disk_bw"] = machine.DiskMbPerSecond,
            ["disk_name"] = machine.DiskName,
            ["disk_space"] = Math.Round(machine.DiskGb * offer.Fraction, 2),
            ["discount_rate"] = 0,
            ["discounted_hourly"] = 0,
            ["dlperf"] = dlperf,
            ["dlperf_per_dphtotal"] = Math.Round(dlperf / (double)totalUsd, 4),
            ["dph_base"] = baseUsd,
            ["dph_total"] = totalUsd,
            ["dph_total_adj"] = totalUsd,
            ["driver_version"] = machine.DriverVersion,
            ["driver_vers"] = SeededCatalog.DriverNumber(machine.DriverVersion),
            ["duration"] = (ends - now).TotalSeconds,
            ["end_date"] = Seconds(ends),
            ["start_date"] = Seconds(listedSince),
            ["expected_reliability"] = machine.Reliability,
            ["external"] = false,
            ["flops_per_dphtotal"] = Math.Round(flops / (double)totalUsd, 4),
            ["geolocation"] = machine.Place,
            ["geolocode"] = PlaceNumber(machine),
            ["gpu_arch"] = "nvidia",
            ["gpu_display_active"] = false,
            ["gpu_frac"] = offer.Fraction,
            ["gpu_ids"] = new JsonArray([.. offer.GpuIds.Select(g => JsonValue.Create(g))]),
            ["gpu_lanes"] = 16,
            ["gpu_mem_bw"] = gpu.MemoryGbPerSecond,
            ["gpu_name"] = gpu.Name,
            ["gpu_ram"] = gpu.MemoryMb,
            ["gpu_total_ram"] = gpu.MemoryMb * count,
            ["gpu_max_power"] = gpu.MaxWatts,
            ["gpu_max_temp"] = 90,
            ["has_avx"] = 1,
            ["host_id"] = machine.HostId,
            ["hosting_type"] = machine.Datacenter ? 1 : 0,
            ["hostname"] = null,
            ["inet_down"] = machine.DownloadMbitPerSecond,
            ["inet_down_cost"] = machine.DownloadUsdPerGb,
            ["inet_up"] = machine.UploadMbitPerSecond,
            ["inet_up_cost"] = machine.UploadUsdPerGb,
            ["internet_down_cost_per_tb"] = machine.DownloadUsdPerGb * 1000,
            ["internet_up_cost_per_tb"] = machine.UploadUsdPerGb * 1000,
            ["is_bid"] = bid,
            ["is_vm_deverified"] = false,
            ["logo"] = "/static/logos/vastai_small2.png",
            ["machine_id"] = machine.Id,
            ["min_bid"] = quote.LowestBidUsdPerHour,
            ["mobo_name"] = machine.Board,
            ["num_gpus"] = count,
            ["nw_disk_avg_bw"] = null,
            ["nw_disk_max_bw"] = null,
            ["nw_disk_min_bw"] = null,
            ["os_version"] = machine.OsVersion,
            ["pci_gen"] = 4,
            ["pcie_bw"] = 24.6,
            ["public_ipaddr"] = Life.SpecMaker.PublicAddress,
            ["reliability"] = machine.Reliability,
            ["reliability2"] = machine.Reliability,
            ["reliability_mult"] = machine.Reliability,
            ["rentable"] = rentable,
            ["rented"] = rented,
            ["resource_type"] = "gpu",
            ["rn"] = 1,
            ["score"] = Math.Round(dlperf / (double)totalUsd * machine.Reliability, 4),
            ["static_ip"] = machine.StaticIp,
            ["storage_cost"] = machine.StorageUsdPerGbMonth,
            ["storage_cost_stopped"] = machine.StoppedStorageUsdPerGbMonth ?? machine.StorageUsdPerGbMonth,
            ["storage_total_cost"] = diskUsd,
            ["total_flops"] = flops,
            ["verification"] = machine.Verification,
            ["vericode"] = machine.Verification == "verified" ? 1 : 0,
            ["vms_enabled"] = false,
            ["vram_costperhour"] = VramUsdPerHour(baseUsd, gpu.MemoryMb * count),
            ["webpage"] = null,
            ["datacenter"] = machine.Datacenter,
            ["discounted_dph_total"] = totalUsd,
            ["search"] = Prices(baseUsd, diskUsd),
            ["instance"] = Prices(bid ? quote.OnDemandUsdPerHour : baseUsd, diskUsd),
            ["time_remaining"] = "",
            ["time_remaining_isbid"] = "",
        };
        // Drift, as on the platform: one of the two reliability fields is missing now and then.
        if (machine.Id % 5 == 0) row.Remove("reliability");
        return row;
    }

    /// <summary>The value that a filter on <paramref name="field"/> looks at.</summary>
    public static JsonNode? FilterValue(JsonObject row, string field) => field switch
    {
        "verified" => row["verification"]?.GetValue<string>() == "verified",
        "ubuntu_version" => row["os_version"],
        "driver_version" => SeededCatalog.DriverNumber(row["driver_version"]!.GetValue<string>()),
        "reliability" => row["reliability2"],
        "geolocation" => row["geolocation"]!.GetValue<string>()[^2..],
        _ => row[field],
    };

    /// <summary>Of a column that is the same whoever asks, and whenever, its value in a search.</summary>
    public static readonly IReadOnlyDictionary<string, Func<Offer, JsonNode?>> Fixed = new Dictionary<string, Func<Offer, JsonNode?>>(StringComparer.Ordinal)
    {
        ["machine_id"] = static offer => offer.Machine.Id,
        ["host_id"] = static offer => offer.Machine.HostId,
        ["gpu_name"] = static offer => offer.Machine.Gpu.Name,
        ["num_gpus"] = static offer => offer.GpuIds.Count,
    };

    /// <summary>Where a machine stands, as a number.</summary>
    public static int PlaceNumber(HostMachine machine) => machine.Place.Sum(c => c) * 1009;

    /// <summary>Unix seconds with a fraction.</summary>
    public static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Price of a GB of the GPUs' memory.</summary>
    public static decimal VramUsdPerHour(decimal gpuUsdPerHour, int memoryMb) => Math.Round(gpuUsdPerHour * 1000 / memoryMb, 8);

    public static JsonObject Prices(decimal gpuUsd, decimal diskUsd) => new()
    {
        ["gpuCostPerHour"] = gpuUsd,
        ["diskHour"] = diskUsd,
        ["totalHour"] = gpuUsd + diskUsd,
        ["discountTotalHour"] = 0,
        ["discountedTotalPerHour"] = gpuUsd + diskUsd,
    };
}
