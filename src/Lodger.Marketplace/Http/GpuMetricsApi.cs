using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metrics;

namespace Lodger.Marketplace.Http;

/// <summary>Supply, demand and prices of each GPU model: now, as a series, and by place. Counts are GPUs of this market's machines; prices are per GPU and hour.</summary>
internal sealed class GpuMetricsApi(Book book, MarketHistory history, TimeProvider clock)
{
    private const int PointsDefault = 20;
    private const int PointsMax = 500;
    private const int StepSecondsMin = 60;
    private const string DefaultNames = "RTX 5090,RTX 4090,RTX 3090";

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("gpu_current", "GET", "/api/v0/metrics/gpu/current", 3.0, Current),
        new("gpu_history", "GET", "/api/v0/metrics/gpu/history", 3.0, History),
        new("gpu_locations", "GET", "/api/v0/metrics/gpu/locations", 3.0, Locations),
    ];

    /// <summary>The names of all models, which anybody may ask: the official client does so before it knows its user.</summary>
    public void MapNames(IEndpointRouteBuilder routes) => routes.MapGet("/api/v0/gpu_names/unique", http => Api.SendAsync(http, Reply.Ok(new JsonObject
    {
        ["gpu_names"] = new JsonArray([.. book.Machines.Values.Select(m => m.Gpu.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]),
    })));

    private Reply Current(ApiCall call)
    {
        if (Choice(call) is not { } wanted) return Invalid();
        lock (book.Lock)
        {
            var rows = new JsonArray();
            foreach (var group in history.Now().Machines.Where(s => wanted(s.Machine)).GroupBy(s => s.Machine.Gpu.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                MachineStand[] stands = [.. group];
                var count = GpuCount.Of(stands);
                var prices = Percentiles.Of(stands.Select(s => s.GpuUsdPerHour))!;
                var row = new JsonObject
                {
                    ["gpu_name"] = group.Key,
                    ["total"] = count.Total,
                    ["available"] = count.FreeVerified + count.FreeUnverified,
                    ["rented_verified"] = count.RentedVerified,
                    ["avail_verified"] = count.FreeVerified,
                    ["rented_unverified"] = count.RentedUnverified,
                    ["avail_unverified"] = count.FreeUnverified,
                    ["usage"] = count.Usage,
                    ["usage_30d"] = history.MeanUsage(m => m.Gpu.Name == group.Key && wanted(m)),
                    ["price_p10"] = prices.P10,
                    ["price_p25"] = prices.P25,
                    ["price_median"] = prices.Median,
                    ["price_p75"] = prices.P75,
                    ["price_p90"] = prices.P90,
                };
                foreach (var (name, value) in Stats(stands[0].Machine.Gpu, prices.Median)) row[name] = value?.DeepClone();
                rows.Add(row);
            }

            return Reply.Ok(new JsonObject { ["success"] = true, ["gpus"] = rows });
        }
    }

    private Reply History(ApiCall call)
    {
        var query = call.Http.Request.Query;
        if (Choice(call) is not { } wanted) return Invalid();
        var end = Unix(query["end"]) ?? clock.GetUtcNow();
        var start = Unix(query["start"]) ?? end.AddDays(-1);
        if (start >= end) return Reply.Error(400, "invalid_request", "start must come before end");
        var span = (end - start).TotalSeconds;
        var step = double.TryParse(query["step"], CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? seconds : span / PointsDefault;
        step = Math.Max(Math.Max(step, StepSecondsMin), span / PointsMax);
        var names = query["gpu_name"].ToString() is { Length: > 0 } asked ? asked : DefaultNames;
        var named = names.Split(',').Select(n => n.Trim().Replace('_', ' ')).ToHashSet(StringComparer.Ordinal);
        lock (book.Lock)
        {
            var moments = history.Between(start, end, TimeSpan.FromSeconds(step));
            var gpus = new JsonObject();
            foreach (var gpu in book.Machines.Values.Where(wanted).Select(m => m.Gpu).DistinctBy(g => g.Name).Where(g => names == "all" || named.Contains(g.Name)))
                gpus[gpu.Name] = Series(gpu, [.. moments.Select(m => m with { Machines = [.. m.Machines.Where(s => s.Machine.Gpu.Name == gpu.Name && wanted(s.Machine))] })]);
            return Reply.Ok(new JsonObject { ["success"] = true, ["gpus"] = gpus });
        }
    }

    private Reply Locations(ApiCall call)
    {
        lock (book.Lock)
        {
            return Reply.Ok(new JsonObject
            {
                ["success"] = true,
                ["locations"] = new JsonArray([.. history.Now().Machines.Select(s =>
                {
                    var (latitude, longitude, city) = Places.Of(s.Machine.Place);
                    return new JsonObject
                    {
                        ["latitude"] = latitude,
                        ["longitude"] = longitude,
                        ["city"] = city,
                        ["country_code"] = s.Machine.Place[^2..],
                        ["gpu_name"] = s.Machine.Gpu.Name,
                        ["rented"] = s.RentedGpus > 0,
                        ["verified"] = s.IsVerified,
                        ["datacenter"] = s.Machine.Datacenter,
                        ["num_gpus"] = s.Machine.GpuIds.Count,
                    };
                })]),
            });
        }
    }

    /// <summary>Counts and prices as arrays of one length. A price of nothing is 0: the arrays hold numbers only.</summary>
    private static JsonObject Series(GpuModel gpu, IReadOnlyList<MarketMoment> moments)
    {
        GpuCount[] counts = [.. moments.Select(m => GpuCount.Of(m.Machines))];
        Percentiles?[] rented = [.. moments.Select(m => Percentiles.Of(m.Machines.Where(s => s.RentedGpus > 0).Select(s => s.GpuUsdPerHour)))];
        Percentiles?[] free = [.. moments.Select(m => Percentiles.Of(m.Machines.Where(s => s.FreeGpus > 0).Select(s => s.GpuUsdPerHour)))];
        var latest = moments.Count == 0 ? null : Percentiles.Of(moments[^1].Machines.Select(s => s.GpuUsdPerHour));
        return new JsonObject
        {
            ["supply_demand"] = new JsonObject
            {
                ["timestamps"] = Array(moments, m => m.At.ToUnixTimeSeconds()),
                ["rented_verified"] = Array(counts, c => c.RentedVerified),
                ["avail_verified"] = Array(counts, c => c.FreeVerified),
                ["rented_unverified"] = Array(counts, c => c.RentedUnverified),
                ["avail_unverified"] = Array(counts, c => c.FreeUnverified),
                ["total"] = Array(counts, c => c.Total),
            },
            ["pricing"] = new JsonObject
            {
                ["timestamps"] = Array(moments, m => m.At.ToUnixTimeSeconds()),
                ["rented_p10"] = Array(rented, p => p?.P10 ?? 0),
                ["rented_median"] = Array(rented, p => p?.Median ?? 0),
                ["rented_p90"] = Array(rented, p => p?.P90 ?? 0),
                ["avail_p10"] = Array(free, p => p?.P10 ?? 0),
                ["avail_median"] = Array(free, p => p?.Median ?? 0),
                ["avail_p90"] = Array(free, p => p?.P90 ?? 0),
            },
            ["stats"] = Stats(gpu, latest?.Median ?? gpu.UsdPerHour),
        };
    }

    private static JsonObject Stats(GpuModel gpu, decimal usdPerHour) => new()
    {
        ["tflops"] = gpu.Tflops,
        ["dlperf"] = gpu.DlPerf,
        ["tflops_per_dollar"] = Math.Round(gpu.Tflops / (double)usdPerHour, 1),
        ["dlperf_per_dollar"] = Math.Round(gpu.DlPerf / (double)usdPerHour, 1),
    };

    private static JsonArray Array<TItem, TValue>(IEnumerable<TItem> items, Func<TItem, TValue> value) => new([.. items.Select(i => JsonValue.Create(value(i)))]);

    /// <summary>The machines that the filters let through; null when a filter is not understood.</summary>
    private static Func<HostMachine, bool>? Choice(ApiCall call)
    {
        var query = call.Http.Request.Query;
        var (verified, hosting, count) = (query["verified"].ToString(), query["hosting_type"].ToString(), query["num_gpus"].ToString());
        if (verified is not ("" or "yes" or "no" or "all") || hosting is not ("" or "all" or "secure_cloud" or "community")) return null;
        var gpus = 0;
        if (count is not ("" or "all") && !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out gpus)) return null;
        return m => (verified == "all" || m.Verification == "verified" == (verified is "" or "yes"))
            && (hosting is "" or "all" || m.Datacenter == (hosting == "secure_cloud"))
            && (gpus == 0 || m.GpuIds.Count == gpus);
    }

    private static Reply Invalid() => Reply.Error(400, "invalid_request", "verified is yes, no or all; hosting_type all, secure_cloud or community; num_gpus a number or all");

    private static DateTimeOffset? Unix(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 100_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
