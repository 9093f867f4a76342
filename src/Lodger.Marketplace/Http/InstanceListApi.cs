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
        Place? after = null;
        if (query["after_token"].ToString() is { Length: > 0 } token)
        {
            after = ReadToken(token, order);
            if (after is null) return Reply.Error(400, "invalid_token", "Invalid pagination token");
        }

        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            var rows = Rows(call, conditions, order, now);
            var page = (after is null ? rows : rows.SkipWhile(row => Compare(row.Place, after, order) <= 0)).Take(limit).ToList();
            var hasMore = page.Count > 0 && page[^1].Contract != rows[^1].Contract;
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
                rows.Add(new Row(contract, machine, new Place([.. order.Select(o => SortKey.Of(InstanceFacts.Stored[o.Column](contract, machine)))], contract.Id)));
        }

        rows.Sort((a, b) => Compare(a.Place, b.Place, order));
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

        return (order, null);
    }

    private static int Compare(Place a, Place b, IReadOnlyList<(string Column, bool Descending)> order)
    {
        for (var i = 0; i < order.Count; i++)
        {
            var difference = a.Columns[i].CompareTo(b.Columns[i]);
            if (difference != 0) return order[i].Descending ? -difference : difference;
        }

        return a.Id.CompareTo(b.Id);
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
        values["id"] = row.Contract.Id;
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(new JsonObject { ["values"] = values }.ToJsonString()));
    }

    private static Place? ReadToken(string token, IReadOnlyList<(string Column, bool Descending)> order)
    {
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(token))?["values"] is JsonObject values && values["id"] is JsonValue id
                ? new Place([.. order.Select(o => SortKey.Of(values[o.Column]))], id.GetValue<long>())
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Reply Invalid(string why) => Reply.Error(400, "invalid_request", "Error in query parameters: " + why);

    /// <summary>Where a row stands in the list: by the columns that were asked for, then by its id.</summary>
    private sealed record Place(IReadOnlyList<SortKey> Columns, long Id);

    private sealed record Row(Contract Contract, HostMachine Machine, Place Place);
}
