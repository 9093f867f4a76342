using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Http;

/// <summary><c>GET /api/v1/instances/</c>: pages of at most 25 by keyset, with filters, columns and order in the query string as JSON.</summary>
internal sealed class InstanceListApi(Book book, InstancesApi instances, TimeProvider clock, TimeProvider realTime, TimeSpan destroyLinger)
{
    private const int PageMax = 25;
    private const int PageForNonsense = 5;

    public IEnumerable<Endpoint> Endpoints() => [new("list", "GET", "/api/v1/instances", 1.0, List)];

    private Reply List(ApiCall call)
    {
        var query = call.Http.Request.Query;
        if (!Queries.TryParse(query["select_filters"], out var filterNode) || filterNode is not (null or JsonObject)) return Invalid("select_filters is not a JSON object");
        if (!Queries.TryParse(query["select_cols"], out var columnNode) || columnNode is not (null or JsonArray)) return Invalid("select_cols is not a JSON list");
        if (!Queries.TryParse(query["order_by"], out var orderNode) || orderNode is not (null or JsonArray)) return Invalid("order_by is not a JSON list");

        var (conditions, filterError) = Filters.Read(filterNode as JsonObject ?? [], InstanceFacts.Stored.ContainsKey);
        if (filterError is not null) return Reply.Error(400, "invalid_request", filterError);
        var (order, orderError) = ReadOrder(orderNode as JsonArray ?? []);
        if (orderError is not null) return Reply.Error(400, "invalid_request", orderError);

        var limit = int.TryParse(query["limit"], out var asked) ? asked <= 0 ? PageForNonsense : Math.Min(asked, PageMax) : PageMax;
        IReadOnlyList<SortKey>? after = null;
        if (query["after_token"].ToString() is { Length: > 0 } token)
        {
            if (ReadToken(token) is not { } values) return Reply.Error(400, "invalid_token", "Invalid pagination token");
            after = [.. order.Select(o => SortKey.Of(values[o.Column]))];
        }

        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            var rows = Rows(call, conditions, order, now);
            var page = (after is null ? rows : rows.SkipWhile(row => Compare(row.Key, after, order) <= 0)).Take(limit).ToList();
            var hasMore = page.Count > 0 && page[^1] != rows[^1];
            return Reply.Ok(new JsonObject
            {
                ["success"] = true,
                ["instances_found"] = page.Count,
                ["total_instances"] = rows.Count,
                ["label_counts"] = LabelCounts(rows),
                ["next_token"] = hasMore ? WriteToken(page[^1], order) : null,
                ["instances"] = new JsonArray([.. page.Select(row => Queries.Select(instances.Facts(row.Contract, now), columnNode as JsonArray))]),
            });
        }
    }

    /// <summary>In order. Only a page's rows are worth all their columns.</summary>
    private List<Row> Rows(ApiCall call, IReadOnlyList<Condition> conditions, IReadOnlyList<(string Column, bool Descending)> order, DateTimeOffset now)
    {
        var real = realTime.GetUtcNow();
        var rows = new List<Row>();
        foreach (var contract in book.Contracts)
        {
            if (!InstancesApi.IsVisible(contract, call, now, destroyLinger) || real < contract.ListedFrom) continue;
            var machine = book.Machines[contract.MachineId];
            if (conditions.All(c => Filters.Matches(InstanceFacts.Stored[c.Field](contract, machine), c)))
                rows.Add(new Row(contract, machine, [.. order.Select(o => SortKey.Of(InstanceFacts.Stored[o.Column](contract, machine)))]));
        }

        rows.Sort((a, b) => Compare(a.Key, b.Key, order));
        return rows;
    }

    private static (IReadOnlyList<(string Column, bool Descending)> Order, string? Error) ReadOrder(JsonArray keys)
    {
        var order = new List<(string, bool)>();
        foreach (var key in keys)
        {
            if (key is not JsonObject directive || directive["col"]?.ToString() is not { } column) return ([], "Error in query parameters: order_by needs col and dir");
            if (!InstanceFacts.Stored.ContainsKey(column)) return ([], $"Error in query parameters: {column} is not a valid search key");
            order.Add((column, directive["dir"]?.ToString() == "desc"));
        }

        order.Add(("id", false)); // The tiebreaker.
        return (order, null);
    }

    private static int Compare(IReadOnlyList<SortKey> a, IReadOnlyList<SortKey> b, IReadOnlyList<(string Column, bool Descending)> order)
    {
        for (var i = 0; i < order.Count; i++)
        {
            var difference = a[i].CompareTo(b[i]);
            if (difference != 0) return order[i].Descending ? -difference : difference;
        }

        return 0;
    }

    private static JsonObject LabelCounts(List<Row> rows)
    {
        var counts = new JsonObject();
        foreach (var group in rows.GroupBy(r => r.Contract.Label ?? "", StringComparer.Ordinal)) counts[group.Key] = group.Count();
        return counts;
    }

    private static string WriteToken(Row row, IReadOnlyList<(string Column, bool Descending)> order)
    {
        var values = new JsonObject();
        foreach (var (column, _) in order) values[column] = InstanceFacts.Stored[column](row.Contract, row.Machine);
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(new JsonObject { ["values"] = values }.ToJsonString()));
    }

    private static JsonObject? ReadToken(string token)
    {
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(token))?["values"] is JsonObject values && values.ContainsKey("id") ? values : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Reply Invalid(string why) => Reply.Error(400, "invalid_request", "Error in query parameters: " + why);

    private sealed record Row(Contract Contract, HostMachine Machine, IReadOnlyList<SortKey> Key);
}
