using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Query;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    /// <summary><c>POST /bundles/</c>: on-demand offers that match, best first as the order says.</summary>
    /// <param name="query">Filters; nothing is added to them.</param>
    /// <param name="order">Sort order.</param>
    /// <param name="diskGb">Disk that the total prices are made with.</param>
    /// <param name="limit">Most offers wanted.</param>
    /// <returns>Offers that carry at least an id. When the platform sent some and none can be read, a problem.</returns>
    public Task<Outcome<IReadOnlyList<VastOffer>>> SearchAsync(OfferQuery query, OfferOrder order, int diskGb, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(order);
        var request = new Request(Route.Search) { Body = SearchBody.Write(query, order, diskGb, limit, "on-demand") };
        return CallAsync(request, body => ReadOffers(request.Route, body), cancellationToken);
    }

    /// <summary>
    /// <c>PUT /asks/{id}/</c>: rents. Sent once, whatever happens. A refusal that still names a new contract (a bid that was too low) is
    /// answered with its id: the rental exists and bills.
    /// </summary>
    /// <param name="maySend">Asked just before it is sent; false: it is not, a problem <c>not-sent</c>.</param>
    /// <returns>
    /// The instance's id, which is not the offer's. A problem <c>rent-unclear</c> with <see cref="Problem.MayRetry"/>: it may have been rented, look for the label.
    /// </returns>
    public async Task<Outcome<long>> CreateAsync(long offerId, CreateInstance instance, CancellationToken cancellationToken, Func<bool>? maySend = null)
    {
        ArgumentNullException.ThrowIfNull(instance);
        KeepSecret(RegistryPassword(instance.ImageLogin));
        var request = new Request(Route.Create)
        {
            Id = offerId,
            Timeout = options.CreateTimeout,
            MaySend = maySend,
            Body = Json(instance, VastBodies.Default.CreateInstance),
        };
        var reply = await transport.SendAsync(request, cancellationToken);
        if (reply.Missing is NoAnswer.NeverSent or NoAnswer.Withheld) return problems.NoAnswer(request.Route, reply);
        if (!reply.IsAnswer) return problems.RentUnclear(offerId, reply.Reason);

        var verdict = Verdict.Of(request.Route, reply, problems);
        if (verdict.Body is { } body)
            return Refusal.NewContractOf(body) is { } id ? id : problems.RentUnclear(offerId, "the answer names no new contract");
        if (verdict.Refusal is not { } refusal) return problems.RentUnclear(offerId, "the answer is not JSON");
        if (refusal.NewContract is { } madeAnyway) return madeAnyway;
        // A page in place of an answer, or a fault after the call went in: whether it was carried out is anybody's guess.
        var isUnclear = refusal.IsServerFault || (!refusal.IsApi && !refusal.IsThrottled && !refusal.IsAuth);
        return isUnclear ? problems.RentUnclear(offerId, $"HTTP {refusal.Status} {refusal.Text}") : problems.Of(request.Route, refusal);
    }

    private Outcome<IReadOnlyList<VastOffer>> ReadOffers(Route route, JsonElement body)
    {
        if (Elements(body, "offers") is not { } rows) return problems.Unreadable(route, "no list of offers");
        var offers = rows.Select(row => Verdict.Read(row, VastJson.Default.VastOffer)).Where(offer => offer?.Id is not null).Select(offer => offer!).ToList();
        return rows.Count > 0 && offers.Count == 0
            ? problems.Unreadable(route, $"none of {rows.Count} offers has an id")
            : Outcome<IReadOnlyList<VastOffer>>.Ok(offers);
    }

    // -u USER -p PASSWORD SERVER
    private static string? RegistryPassword(string? login)
    {
        var words = login?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var flag = Array.IndexOf(words, "-p");
        return flag >= 0 && flag + 1 < words.Length ? words[flag + 1] : null;
    }
}
