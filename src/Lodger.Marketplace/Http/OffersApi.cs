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

        var isBid = type is "bid" or "interruptible";
        var filters = new JsonObject();
        foreach (var (field, value) in query)
            if (!NotFilters.Contains(field))
                filters[field] = value?.DeepClone();
        var sample = Rows(call.Account, storageGb, isBid, [], most: 1).FirstOrDefault();
        var (conditions, error) = Filters.Read(filters, field => sample is null || OfferFacts.IsSearchField(field, sample));
        if (error is not null) return Invalid(error);

        var early = conditions.Where(c => OfferFacts.Fixed.ContainsKey(c.Field)).ToList();
        var found = Rows(call.Account, storageGb, isBid, early).Where(row => conditions.All(c => Filters.Matches(OfferFacts.FilterValue(row, c.Field), Resolved(c)))).ToList();
        if (Sort(found, query["order"]) is { } orderError) return Invalid(orderError);
        if (Filters.Number(query["limit"]) is { } limit and >= 0 && found.Count > limit)
            found.RemoveRange((int)limit, found.Count - (int)limit);
        return Reply.Ok(new JsonObject { ["success"] = true, ["offers"] = new JsonArray([.. found.Select(row => Queries.Select(row, columns))]) });
    }

    /// <summary>Rows of the offers that meet <paramref name="early"/>, conditions on columns that are always the same; the others are not worth a row.</summary>
    private List<JsonObject> Rows(Account caller, decimal storageGb, bool bid, IReadOnlyList<Condition> early, int most = int.MaxValue)
    {
        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            var held = book.Alive.Where(c => c.AccountId == caller.Id && c.HoldsGpus).SelectMany(c => c.GpuIds).ToHashSet();
            var rows = new List<JsonObject>();
            foreach (var offer in book.Offers.Values)
            {
                if (rows.Count == most) break;
                if (book.OfflineMachines.Contains(offer.Machine.Id) || !early.All(c => Filters.Matches(OfferFacts.Fixed[c.Field](offer), c))) continue;
                var taken = book.TakenOffers.GetValueOrDefault(offer.Id);
                if (taken is { StillListed: false }) continue;
                var rentable = taken is not null || book.CanBeRentedOnDemand(offer.Machine.Id, offer.GpuIds);
                rows.Add(OfferFacts.Make(offer, book.QuoteOf(offer), storageGb, bid, rentable, offer.GpuIds.Any(held.Contains), listedSince, now));
            }

            return rows;
        }
    }

    /// <summary>Drivers compare as numbers, whichever way they are written.</summary>
    private static Condition Resolved(Condition condition) =>
        condition is { Field: "driver_version", Value: JsonValue value } && value.TryGetValue<string>(out var text) && text.Contains('.', StringComparison.Ordinal)
            ? condition with { Value = SeededCatalog.DriverNumber(text) }
            : condition;

    private static string? Sort(List<JsonObject> rows, JsonNode? order)
    {
        if (order is null) return null;
        if (order is not JsonArray keys) return "Error in query parameters: order must be a list";
        var comparisons = new List<(string Field, bool Descending)>();
        foreach (var key in keys)
        {
            if (key is not JsonArray { Count: 2 } pair) return "Error in query parameters: order needs pairs of field and direction";
            comparisons.Add((pair[0]!.ToString(), pair[1]!.ToString() == "desc"));
        }

        var sorted = rows.Order(Comparer<JsonObject>.Create((a, b) => Compare(a, b, comparisons))).ToList();
        rows.Clear();
        rows.AddRange(sorted);
        return null;
    }

    private static int Compare(JsonObject a, JsonObject b, List<(string Field, bool Descending)> comparisons)
    {
        foreach (var (field, descending) in comparisons)
        {
            var (x, y) = (a[field], b[field]);
            if (x is null || y is null)
            {
                if (x is null && y is null) continue;
                return x is null ? 1 : -1; // What a host does not report comes last, either way.
            }

            var difference = Filters.Compare(x, y) ?? 0;
            if (difference != 0) return descending ? -difference : difference;
        }

        return 0;
    }

    private static Reply Invalid(string message) => Reply.Error(400, "invalid_request", message);
}
