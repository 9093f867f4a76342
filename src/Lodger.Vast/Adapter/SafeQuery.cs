using Lodger.Domain.Problems;
using Lodger.Vast.Query;

namespace Lodger.Vast.Adapter;

/// <summary>
/// What an offer must be before real work is put on it: the official client's defaults, at least one direct port (bulk transfer works), and a host
/// that is seldom gone. A query loosens each by naming its field.
/// </summary>
internal static class SafeQuery
{
    private static readonly OfferFilter[] Ours =
    [
        new("direct_port_count", "gte", new QueryValue.Number(1)),
        new("reliability", "gte", new QueryValue.Number(0.98m)),
    ];

    public static Outcome<OfferQuery> Merge(string query)
    {
        // Parsed twice: a field that the query names, even to drop it with any, is no longer ours to decide.
        if (!OfferQuery.Parse(query, OfferQuery.OfficialDefaults).TryGet(out var merged, out var problem)) return problem;
        var named = OfferQueryParser.Parse(query, out _).Select(condition => condition.Field).ToHashSet(StringComparer.Ordinal);
        return Ours.Where(filter => !named.Contains(filter.Field)).Aggregate(merged, (all, filter) => all.With(filter));
    }
}
