using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Volumes;

namespace Lodger.Marketplace.Http;

/// <summary>Charges per contract.</summary>
internal sealed class MoneyApi(Book book, Lifecycle life, TimeProvider clock)
{
    private const int PageDefault = 100;
    private const int PageMax = 500;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("charges", "GET", "/api/v0/charges", 1.0, Charges),
    ];

    private Reply Charges(ApiCall call)
    {
        var query = call.Http.Request.Query;
        if (Parse(query["select_filters"]) is not { } filters || filters["day"] is not JsonObject day || Filters.Number(day["gte"]) is not { } from || Filters.Number(day["lte"]) is not { } to)
            return Reply.Error(400, "invalid_request", "Must provide both 'day' gte and lte filters for instance charges");
        var types = filters["type"]?["in"] as JsonArray;
        var offset = 0;
        if (query["after_token"].ToString() is { Length: > 0 } token && !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out offset))
            return Reply.Error(400, "invalid_token", "Invalid pagination token");
        var limit = int.TryParse(query["limit"], out var asked) && asked > 0 ? Math.Min(asked, PageMax) : PageDefault;
        var latestFirst = !string.Equals(query["latest_first"], "false", StringComparison.OrdinalIgnoreCase);

        lock (book.Lock)
        {
            MeterAll();
            var instances = book.Contracts
                .Where(c => Wants("instance") && c.AccountId == call.Account.Id && Unix(c.CreatedAt) <= to && Unix(c.DestroyedAt ?? c.MeteredTo) >= from)
                .Select(c => (c.CreatedAt, Row: (Func<JsonObject>)(() => Row(c))));
            var volumes = book.Volumes.All
                .Where(v => Wants("volume") && v.AccountId == call.Account.Id && Unix(v.CreatedAt) <= to && Unix(v.DeletedAt ?? v.MeteredTo) >= from)
                .Select(v => (v.CreatedAt, Row: (Func<JsonObject>)(() => Row(v))));
            var all = instances.Concat(volumes).OrderBy(c => c.CreatedAt).ToList();
            if (latestFirst) all.Reverse();
            var page = all.Skip(offset).Take(limit).Select(c => c.Row()).ToList();
            return Reply.Ok(new JsonObject
            {
                ["success"] = true,
                ["count"] = page.Count,
                ["total"] = all.Count,
                ["next_token"] = offset + page.Count < all.Count ? (offset + page.Count).ToString(CultureInfo.InvariantCulture) : null,
                ["results"] = new JsonArray([.. page]),
            });
        }

        bool Wants(string type) => types is null || types.Any(t => t?.ToString() == type);
    }

    private void MeterAll()
    {
        var now = clock.GetUtcNow();
        book.Volumes.MeterTo(now, book.OfflineMachines);
        foreach (var contract in book.Alive) life.MeterTo(contract, now);
    }

    private static JsonObject Row(Contract contract)
    {
        var charges = contract.Charges;
        var tariff = contract.Tariff;
        var (start, end) = (Unix(contract.CreatedAt), Unix(contract.DestroyedAt ?? contract.MeteredTo));
        return Row(
            "instance", contract.Id, contract.Label, start, end, charges.TotalUsd,
            [
                ("gpu", charges.GpuUsd, $"{Hours(contract.Usage.GpuTicks)} hours at ${Money(tariff.GpuUsdPerHour)}/hour"),
                ("disk", charges.DiskUsd, Disk(contract.Usage, tariff)),
                ("bwd", charges.DownloadUsd, $"{Gigabytes(contract.Usage.DownloadedBytes)} GB at ${Money(tariff.DownloadUsdPerGb)}/GB"),
                ("bwu", charges.UploadUsd, $"{Gigabytes(contract.Usage.UploadedBytes)} GB at ${Money(tariff.UploadUsdPerGb)}/GB"),
            ],
            contract.TemplateId);
    }

    private static JsonObject Row(VolumeContract volume) => Row(
        "volume", volume.Id, volume.Label, Unix(volume.CreatedAt), Unix(volume.DeletedAt ?? volume.MeteredTo), volume.Charges.TotalUsd,
        [("disk", volume.Charges.DiskUsd, Disk(volume.Usage, volume.Tariff))]);

    private static JsonObject Row(
        string type, long id, string? label, long start, long end, decimal amount, IReadOnlyList<(string Type, decimal Usd, string Description)> items, long? template = null)
    {
        var metadata = new JsonObject();
        if (label is not null) metadata["label"] = label;
        if (template is not null) metadata["template_id"] = template;
        return new JsonObject
        {
            ["start"] = start,
            ["end"] = end,
            ["type"] = type,
            ["source"] = $"{type}-{id}",
            ["description"] = $"{char.ToUpperInvariant(type[0])}{type[1..]} {id} Charges",
            ["amount"] = Math.Round(amount, 3),
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. items.Select(item => new JsonObject
            {
                ["start"] = start,
                ["end"] = end,
                ["type"] = item.Type,
                ["source"] = null,
                ["description"] = item.Description,
                ["amount"] = Math.Round(item.Usd, 6),
                ["metadata"] = new JsonObject(),
                ["items"] = new JsonArray(),
            })]),
        };
    }

    private static string Disk(Metering.Usage usage, Metering.Tariff tariff)
    {
        if (tariff.StoppedStorageUsdPerGbMonth is null) return $"{Hours(usage.DiskTicks + usage.StoppedDiskTicks)} hours at ${Money(tariff.DiskUsdPerHour)}/hour";
        return $"{Hours(usage.DiskTicks)} hours at ${Money(tariff.DiskUsdPerHour)}/hour, stopped {Hours(usage.StoppedDiskTicks)} hours at ${Money(tariff.StoppedDiskUsdPerHour)}/hour";
    }

    private static long Unix(DateTimeOffset at) => at.ToUnixTimeSeconds();

    private static string Hours(long ticks) => TimeSpan.FromTicks(ticks).TotalHours.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Money(decimal usd) => usd.ToString("0.000###", CultureInfo.InvariantCulture);

    private static JsonObject? Parse(string? text)
    {
        try
        {
            return string.IsNullOrEmpty(text) ? null : JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
