using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
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

        var (conditions, filterError) = Filters.Read(filterNode as JsonObject ?? [], InstanceFacts.Stored.Contains);
        if (filterError is not null) return Reply.Error(400, "invalid_request", filterError);
        var (order, orderError) = ReadOrder(orderNode as JsonArray ?? []);
        if (orderError is not null) return Reply.Error(400, "invalid_request", orderError);

        var limit = int.TryParse(query["limit"], out var asked) ? asked <= 0 ? PageForNonsense : Math.Min(asked, PageMax) : PageMax;
        var rows = VisibleRows(call).Where(row => conditions.All(c => Filters.Matches(row[c.Field], c))).ToList();
        rows.Sort((a, b) => Compare(a, b, order));

        var start = 0;
        if (query["after_token"].ToString() is { Length: > 0 } token)
        {
            if (ReadToken(token) is not { } after) return Reply.Error(400, "invalid_token", "Invalid pagination token");
            start = rows.TakeWhile(row => Compare(row, after, order) <= 0).Count();
        }

        var page = rows.Skip(start).Take(limit).ToList();
        var next = start + page.Count < rows.Count ? WriteToken(page[^1], order) : null;
        var body = new JsonObject
        {
            ["success"] = true,
            ["instances_found"] = page.Count,
            ["total_instances"] = rows.Count,
            ["label_counts"] = LabelCounts(rows),
            ["next_token"] = next,
        };
        body["instances"] = new JsonArray([.. WholeRows(page).Select(row => Queries.Select(row, columnNode as JsonArray))]);
        return Reply.Ok(body);
    }

    private List<JsonObject> VisibleRows(ApiCall call)
    {
        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            var real = realTime.GetUtcNow();
            return [.. book.Contracts
                .Where(c => InstancesApi.IsVisible(c, call, now, destroyLinger) && real >= c.ListedFrom)
                .Select(c => InstanceFacts.StoredRow(c, book.Machines[c.MachineId]))];
        }
    }

    /// <summary>Only a page's rows are worth all their columns; the others were looked at by the stored ones.</summary>
    private List<JsonObject> WholeRows(List<JsonObject> page)
    {
        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            return [.. page.Select(row => instances.Facts(book.FindContract((long)row["id"]!)!, now))];
        }
    }

    private static (IReadOnlyList<(string Column, bool Descending)> Order, string? Error) ReadOrder(JsonArray keys)
    {
        var order = new List<(string, bool)>();
        foreach (var key in keys)
        {
            if (key is not JsonObject directive || directive["col"]?.ToString() is not { } column) return ([], "Error in query parameters: order_by needs col and dir");
            if (!InstanceFacts.Stored.Contains(column)) return ([], $"Error in query parameters: {column} is not a valid search key");
            order.Add((column, directive["dir"]?.ToString() == "desc"));
        }

        order.Add(("id", false)); // The tiebreaker.
        return (order, null);
    }

    private static int Compare(JsonObject a, JsonObject b, IReadOnlyList<(string Column, bool Descending)> order)
    {
        foreach (var (column, descending) in order)
        {
            var (x, y) = (a[column], b[column]);
            var difference = x is null || y is null ? (x is null ? 1 : 0) - (y is null ? 1 : 0) : Filters.Compare(x, y) ?? 0;
            if (difference != 0) return descending ? -difference : difference;
        }

        return 0;
    }

    private static JsonObject LabelCounts(List<JsonObject> rows)
    {
        var counts = new JsonObject();
        foreach (var group in rows.GroupBy(r => r["label"]?.ToString() ?? "", StringComparer.Ordinal)) counts[group.Key] = group.Count();
        return counts;
    }

    private static string WriteToken(JsonObject row, IReadOnlyList<(string Column, bool Descending)> order)
    {
        var values = new JsonObject();
        foreach (var (column, _) in order) values[column] = row[column]?.DeepClone();
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
}
