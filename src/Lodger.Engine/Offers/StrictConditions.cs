using System.Globalization;
using Lodger.Domain.Market;

namespace Lodger.Engine.Offers;

/// <summary>Which condition alone keeps every offer out, found by leaving each out in turn.</summary>
public static class StrictConditions
{
    /// <summary>Questions to the market; the conditions of a longer list are not all tried.</summary>
    private const int MostAsked = 8;

    private const int MostSaid = 3;

    /// <param name="market">Is asked again, once for each condition.</param>
    /// <param name="conditions">All that were asked for.</param>
    /// <param name="diskGb">To price with.</param>
    /// <param name="withDefaults">The platform's safety filters are a condition, too.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    /// <returns>A sentence with the cheapest offer that there would be, to follow another one; empty: nothing that helps can be said.</returns>
    public static async Task<string> SayAsync(IMarket market, IReadOnlyList<OfferCondition> conditions, int diskGb, bool withDefaults, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(market);
        ArgumentNullException.ThrowIfNull(conditions);
        List<(string Said, string Query, bool WithDefaults)> tries =
            [.. conditions.Where(c => c.Said is not null).Take(MostAsked).Select(c => (c.Said!, OfferSearch.QueryOf(conditions.Where(other => other != c)), withDefaults))];
        if (withDefaults)
            tries.Add(("the safety filters", OfferSearch.QueryOf(AmongFree(conditions)), false));
        List<string> found = [];
        foreach (var (said, query, defaults) in tries)
        {
            if (!(await market.SearchAsync(query, diskGb, defaults, cancellationToken)).TryGet(out var offers, out _))
                return "";
            if (offers is [var cheapest, ..] && found.Count < MostSaid)
                found.Add($"without  {said}  there is offer {cheapest.Id} ({Words(cheapest)})");
        }

        return found.Count switch
        {
            0 => tries.Count > 1 && conditions.Count <= MostAsked && conditions.All(c => c.Said is not null) ? " No single condition is to blame: two or more of them would have to go." : "",
            _ => string.Create(CultureInfo.InvariantCulture, $" {char.ToUpperInvariant(found[0][0])}{string.Join("; ", found)[1..]}."),
        };
    }

    /// <summary>That nobody else has it now is no matter of safety, and one of the platform's filters all the same.</summary>
    private static IEnumerable<OfferCondition> AmongFree(IReadOnlyList<OfferCondition> conditions) =>
        conditions.Any(c => c.Query.Contains("rentable", StringComparison.Ordinal)) ? conditions : conditions.Append(new OfferCondition("rentable=true", null));

    private static string Words(Offer offer) =>
        string.Create(CultureInfo.InvariantCulture, $"{offer.GpuCount}x {offer.GpuName}, {Math.Floor(offer.GpuMemoryMb / 1000d):0} GB, ${offer.GpuUsdPerHour:0.00#}/h");
}
