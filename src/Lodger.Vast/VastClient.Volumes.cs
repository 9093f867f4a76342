using System.Globalization;
using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Query;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    /// <summary><c>GET /volumes/</c>: the account's volumes, or a problem; never a part of them.</summary>
    public Task<Outcome<IReadOnlyList<VastVolume>>> VolumesAsync(CancellationToken cancellationToken)
    {
        var request = new Request(Route.ListVolumes) { Query = [("owner", "me"), ("type", "all_volume")] };
        return CallAsync(
            request,
            body =>
            {
                if (Elements(body, "volumes") is not { } rows) return problems.Unreadable(request.Route, "no list of volumes");
                var volumes = rows.Select(row => Verdict.Read(row, VastJson.Default.VastVolume)).ToList();
                return volumes.TrueForAll(volume => volume is { Id: not null })
                    ? Outcome<IReadOnlyList<VastVolume>>.Ok([.. volumes.Select(volume => volume!)])
                    : problems.Unreadable(request.Route, "a volume without an id");
            },
            cancellationToken);
    }

    /// <summary><c>POST /volumes/search/</c>: machines with space for volumes.</summary>
    /// <param name="query">Filters; nothing is added to them.</param>
    /// <param name="sizeGb">Size that the total prices are made with.</param>
    public Task<Outcome<IReadOnlyList<VastOffer>>> SearchVolumesAsync(OfferQuery query, OfferOrder order, int sizeGb, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(order);
        var request = new Request(Route.SearchVolumes) { Body = SearchBody.Write(query, order, sizeGb, limit, type: null) };
        return CallAsync(request, body => ReadOffers(request.Route, body), cancellationToken);
    }

    /// <summary><c>PUT /volumes/</c>: makes a volume. Sent once, whatever happens.</summary>
    /// <returns>A problem <c>volume-unclear</c> with <see cref="Problem.MayRetry"/>: it may have been made, look for the name.</returns>
    public async Task<Outcome<Done>> RentVolumeAsync(long offerId, int sizeGb, string name, CancellationToken cancellationToken)
    {
        var request = new Request(Route.RentVolume)
        {
            Timeout = options.CreateTimeout,
            Body = Json(new RentVolumeBody { Id = offerId, Size = sizeGb, Name = name }, VastBodies.Default.RentVolumeBody),
        };
        var reply = await transport.SendAsync(request, cancellationToken);
        if (reply.Missing == NoAnswer.NeverSent) return problems.NoAnswer(request.Route, reply);
        if (!reply.IsAnswer) return problems.VolumeUnclear(offerId, reply.Reason);

        var verdict = Verdict.Of(request.Route, reply, problems);
        if (verdict.Body is not null) return Done.Ok;
        if (verdict.Refusal is not { } refusal) return problems.VolumeUnclear(offerId, "the answer is not JSON");
        var isUnclear = refusal.IsServerFault || (!refusal.IsApi && !refusal.IsThrottled && !refusal.IsAuth);
        return isUnclear ? problems.VolumeUnclear(offerId, $"HTTP {refusal.Status} {refusal.Text}") : problems.Of(request.Route, refusal);
    }

    /// <summary><c>DELETE /volumes/</c>: irreversible. Ok also when it was gone already.</summary>
    public async Task<Outcome<Done>> DeleteVolumeAsync(long volumeId, CancellationToken cancellationToken)
    {
        // The description has the id in the body, the official client sends it in the query.
        var request = new Request(Route.DeleteVolume)
        {
            Query = [("id", volumeId.ToString(CultureInfo.InvariantCulture))],
            Body = Json(new DeleteVolumeBody { Id = volumeId }, VastBodies.Default.DeleteVolumeBody),
        };
        var verdict = await JudgeAsync(request, cancellationToken);
        if (verdict.Refusal is { } refusal) return refusal.IsVolumeGone ? Done.Ok : problems.Of(request.Route, refusal);
        if (verdict.Body is not { } body) return verdict.Unknown!;
        return body.ValueKind == JsonValueKind.Object ? Done.Ok : problems.Unreadable(request.Route, "no JSON object");
    }
}
