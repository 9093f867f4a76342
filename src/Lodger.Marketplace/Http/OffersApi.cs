using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Http;

/// <summary>Offer search: <c>POST /api/v0/bundles/</c> and its newer twin <c>PUT /api/v0/search/asks/</c>.</summary>
internal sealed class OffersApi(Book book, TimeProvider clock, DateTimeOffset listedSince)
{
    private const decimal DefaultStorageGb = 8;

    private static readonly HashSet<string> NotFilters = new(StringComparer.Ordinal)
    {
        "order", "type", "limit", "allocated_storage", "disable_bundling", "select_cols", "client_id", "extra_filters",
    };

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("search", "POST", "/api/v0/bundles", 0, call => Search(call, call.Body, null)),
        new("search", "PUT", "/api/v0/search/asks", 0, call => call.Body["q"] is JsonObject q
            ? Search(call, q, call.Body["select_cols"] as JsonArray)
            : Reply.Error(400, "invalid_request", "q is missing")),
    ];

    private Reply Search(ApiCall call, JsonObject query, JsonArray? columns)
    {
        var type = query["type"]?.ToString() ?? "on-demand";
        if (type is not ("on-demand" or "ondemand" or "bid" or "interruptible" or "reserved"))
            return Invalid($"Error in query parameters: {type} is not a type of offer");
        var storageGb = Filters.Number(query["allocated_storage"]) ?? DefaultStorageGb;
        if (storageGb < 0) return Invalid("Error in query parameters: allocated_storage is negative");

        var filters = new JsonObject();
        foreach (var (field, value) in query)
            if (!NotFilters.Contains(field))
                filters[field] = value?.DeepClone();
        var (conditions, error) = Filters.Read(filters, ListedOffer.IsSearchField);
        if (error is not null) return Invalid(error);
        var (order, orderError) = ReadOrder(query["order"]);
        if (orderError is not null) return Invalid(orderError);
        var limit = Filters.Number(query["limit"]) is { } asked and >= 0 and < int.MaxValue ? (int)asked : int.MaxValue;
        return Reply.Ok(new JsonObject { ["success"] = true, ["offers"] = new JsonArray([.. Rows(call.Account, storageGb, type is "bid" or "interruptible", [.. conditions.Select(Resolved)], order, limit, columns)]) });
    }

    private List<JsonObject> Rows(
        Account caller, decimal storageGb, bool isBid, List<Condition> conditions, IReadOnlyList<(string Field, bool Descending)> order, int limit, JsonArray? columns)
    {
        lock (book.Lock)
        {
            var held = book.Alive.Where(c => c.AccountId == caller.Id && c.HoldsGpus).SelectMany(c => c.GpuIds).ToHashSet();
            var search = new OfferSearch(storageGb, isBid, held, listedSince, clock.GetUtcNow());
            var found = new List<(ListedOffer Offer, IReadOnlyList<SortKey> Key)>();
            foreach (var offer in book.Offers.Values)
            {
                if (book.OfflineMachines.Contains(offer.Machine.Id)) continue;
                var taken = book.TakenOffers.GetValueOrDefault(offer.Id);
                if (taken is { StillListed: false }) continue;
                var listed = new ListedOffer(book, offer, search, taken);
                if (conditions.TrueForAll(c => Filters.Matches(listed.FilterValue(c.Field), c)))
                    found.Add((listed, [.. order.Select(o => SortKey.Of(listed.Value(o.Field)))]));
            }

            var sorted = found.Order(Comparer<(ListedOffer Offer, IReadOnlyList<SortKey> Key)>.Create((a, b) => Compare(a.Key, b.Key, order))); // Keeps what is alike in its order.
            return [.. sorted.Take(limit).Select(f => Queries.Select(f.Offer.Row(), columns))];
        }
    }

    /// <summary>Drivers compare as numbers, whichever way they are written.</summary>
    private static Condition Resolved(Condition condition) =>
        condition is { Field: "driver_version", Value: JsonValue value } && value.TryGetValue<string>(out var text) && text.Contains('.', StringComparison.Ordinal)
            ? new Condition(condition.Field, condition.Operator, SeededCatalog.DriverNumber(text))
            : condition;

    private static (IReadOnlyList<(string Field, bool Descending)> Order, string? Error) ReadOrder(JsonNode? order)
    {
        if (order is null) return ([], null);
        if (order is not JsonArray keys) return ([], "Error in query parameters: order must be a list");
        var read = new List<(string, bool)>();
        foreach (var key in keys)
        {
            if (key is not JsonArray { Count: 2 } pair) return ([], "Error in query parameters: order needs pairs of field and direction");
            read.Add((pair[0]!.ToString(), pair[1]!.ToString() == "desc"));
        }

        return (read, null);
    }

    private static int Compare(IReadOnlyList<SortKey> a, IReadOnlyList<SortKey> b, IReadOnlyList<(string Field, bool Descending)> order)
    {
        for (var i = 0; i < order.Count; i++)
        {
            var difference = a[i].CompareTo(b[i]);
            // What a host does not report comes last, either way.
            if (difference != 0) return order[i].Descending && a[i].Text is not null && b[i].Text is not null ? -difference : difference;
        }

        return 0;
    }

    private static Reply Invalid(string message) => Reply.Error(400, "invalid_request", message);
}
