using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;

namespace Lodger.Marketplace.Volumes;

/// <summary>Volume offers and rented volumes as the platform shows them.</summary>
internal static class VolumeFacts
{
    /// <summary>A machine's space for volumes.</summary>
    public static JsonObject Offer(HostMachine machine, double freeGb, decimal storageGb, DateTimeOffset listedSince, DateTimeOffset now)
    {
        var ends = machine.ListedUntil(listedSince, now);
        var row = Machine(machine);
        row["id"] = VolumeShelf.OfferId(machine);
        row["ask_contract_id"] = VolumeShelf.OfferId(machine);
        row["bundle_id"] = VolumeShelf.OfferId(machine) + 700_000_000;
        row["cpu_ghz"] = machine.CpuGhz;
        row["disk_bw"] = machine.DiskMbPerSecond;
        row["disk_space"] = freeGb;
        row["driver_vers"] = SeededCatalog.DriverNumber(machine.DriverVersion).ToString(CultureInfo.InvariantCulture);
        row["duration"] = (ends - now).TotalSeconds;
        row["end_date"] = OfferFacts.Seconds(ends);
        row["start_date"] = OfferFacts.Seconds(listedSince);
        row["external"] = false;
        row["geolocode"] = OfferFacts.PlaceNumber(machine).ToString(CultureInfo.InvariantCulture);
        row["gpu_arch"] = "nvidia";
        row["reliability"] = machine.Reliability;
        row["reliability_mult"] = machine.Reliability;
        row["storage_cost"] = machine.StorageUsdPerGbMonth;
        row["storage_total_cost"] = machine.StorageUsdPerGbMonth * storageGb / Metering.Meter.HoursPerMonth;
        row["score"] = Math.Round(machine.Reliability / (double)machine.StorageUsdPerGbMonth, 4);
        row["size"] = freeGb;
        row["vericode"] = machine.Verification == "verified" ? "1" : "0";
        row["vms_enabled"] = false;
        return row;
    }

    /// <summary>A rented volume.</summary>
    public static JsonObject Make(VolumeContract volume, HostMachine machine, IReadOnlyList<Contract> users)
    {
        var row = Machine(machine);
        row["id"] = volume.Id;
        row["cluster_id"] = null;
        row["label"] = volume.Label;
        row["disk_space"] = volume.Tariff.DiskGb;
        row["status"] = users.Count > 0 ? "attached" : "available";
        row["start_date"] = OfferFacts.Seconds(volume.CreatedAt);
        row["storage_cost"] = volume.Tariff.StorageUsdPerGbMonth;
        row["storage_total_cost"] = volume.Tariff.DiskUsdPerHour;
        row["instances"] = new JsonArray([.. users.Select(u => new JsonObject { ["id"] = u.Id, ["label"] = u.Label })]);
        return row;
    }

    private static JsonObject Machine(HostMachine machine) => new()
    {
        ["machine_id"] = machine.Id,
        ["host_id"] = machine.HostId,
        ["hosting_type"] = machine.Datacenter ? 1 : 0,
        ["cpu_arch"] = "amd64",
        ["cpu_name"] = machine.CpuName,
        ["cuda_max_good"] = double.Parse(machine.CudaMax, CultureInfo.InvariantCulture),
        ["disk_name"] = machine.DiskName,
        ["driver_version"] = machine.DriverVersion,
        ["geolocation"] = machine.Place,
        ["inet_down"] = machine.DownloadMbitPerSecond,
        ["inet_up"] = machine.UploadMbitPerSecond,
        ["mobo_name"] = machine.Board,
        ["os_version"] = machine.OsVersion,
        ["public_ipaddr"] = Life.SpecMaker.PublicAddress,
        ["reliability2"] = machine.Reliability,
        ["static_ip"] = machine.StaticIp,
        ["verification"] = machine.Verification,
    };
}
