using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;

namespace Lodger.Marketplace.Http;

/// <summary>What rows of offers, of rentals and of volumes have in common.</summary>
internal static class OfferFacts
{
    /// <summary>Fields by which a search for volumes filters, besides those of a row.</summary>
    private static readonly HashSet<string> FilterOnly = new(StringComparer.Ordinal)
    {
        "verified", "rented", "external", "datacenter", "ubuntu_version", "reliability", "reliability2", "resource_type", "has_avx",
    };

    public static bool IsSearchField(string field, JsonObject sample) => FilterOnly.Contains(field) || sample.ContainsKey(field);

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
