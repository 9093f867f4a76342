using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Control;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Metering;
using Lodger.Marketplace.Volumes;

namespace Lodger.Marketplace.Contracts;

/// <summary>Accepts offers: checks what create asks for and makes the contract.</summary>
internal sealed class Rentals(Book book, Lifecycle life, FaultPlan faults, TimeProvider clock, TimeProvider realTime, DateTimeOffset listedSince, Func<string> newSecret)
{
    /// <summary>Answers <c>PUT /api/v0/asks/{id}/</c>.</summary>
    public Reply Create(ApiCall call, long offerId)
    {
        var (order, slug, error) = OrderReader.Read(call);
        if (order is null) return Refuse(400, slug, "error 400/3467: Invalid args: " + error, offerId);
        var (volumes, volumeError) = VolumeWish.Of(order);
        if (volumeError is not null) return Refuse(400, "invalid_args", "error 400/3467: Invalid args: " + volumeError, offerId);

        lock (book.Lock)
        {
            if (book.BalanceUsd(call.Account) <= 0)
                return Refuse(400, "insufficient_credit", "Your account lacks credit; see the billing page.", offerId);

            var taken = book.TakenOffers.GetValueOrDefault(offerId);
            var now = clock.GetUtcNow();
            if (!book.Offers.TryGetValue(offerId, out var offer) || taken is { Gone: true } || book.OfflineMachines.Contains(offer.Machine.Id))
                return NoSuchAsk(offerId);
            if (order.DiskGb > (decimal)(offer.Machine.DiskGb * offer.Fraction))
                return Refuse(400, "invalid_args", $"error 400/3467: Invalid args: this offer has {offer.Machine.DiskGb * offer.Fraction:0.#} GB of disk", offerId);

            if (volumes.Select(v => v.FindObstacle(book.Volumes, call.Account.Id, offer.Machine)).FirstOrDefault(o => o is not null) is { } obstacle)
                return Refuse(400, "invalid_args", "error 400/3467: Invalid args: " + obstacle, offerId);

            var quote = book.QuoteOf(offer);
            var free = taken is null && book.CanBeRentedOnDemand(offer.Machine.Id, offer.GpuIds);
            var canStart = free && (order.BidUsdPerHour is not { } bid || bid >= quote.LowestBidUsdPerHour);
            if (!canStart && order.CancelUnavailable)
                return Refuse(410, "no_such_ask", $"error 410/3907: no_such_ask Instance type {offerId} is no longer available.", offerId);
            if (!free && taken is null) return NoSuchAsk(offerId); // An ask can be accepted once.

            var fault = faults.TakeForCreate(offerId);
            var contract = Make(call.Account, offer, order, volumes, quote, now, fault);
            if (fault is { IsDirectCut: true }) life.BoxOf(contract).DirectLine = Network.Line.Cut;
            life.Begin(contract);
            var answer = new JsonObject { ["success"] = true, ["new_contract"] = contract.Id, ["instance_api_key"] = contract.ContainerKey };
            if (contract is { BidUsdPerHour: { } offered, StopCause: StopCause.Outbid })
            {
                // The contract exists all the same, stopped, and its disk bills.
                answer["success"] = false;
                answer["error"] = "bid_too_low";
                answer["msg"] = string.Create(CultureInfo.InvariantCulture, $"Your bid of {offered} is too low to start now; the lowest bid that would is {quote.LowestBidUsdPerHour}.");
            }

            return Reply.Ok(answer);
        }
    }

    private Contract Make(Account account, Catalog.Offer offer, Order order, IReadOnlyList<VolumeWish> volumes, Catalog.Quote quote, DateTimeOffset now, CreateFault? fault) => new()
    {
        Id = book.NextContractId(),
        AccountId = account.Id,
        OfferId = offer.Id,
        MachineId = offer.Machine.Id,
        GpuIds = offer.GpuIds,
        Image = order.Image,
        Env = order.Env.Entries,
        InnerPorts = order.Env.InnerPorts,
        UdpPorts = order.Env.UdpPorts,
        Volumes = [.. volumes.Select(wish => new AttachedVolume(wish.IsNew ? Rent(account, offer, wish, now) : wish.Id, wish.Path))],
        Secrets = account.Secrets.ToDictionary(StringComparer.Ordinal),
        Runtype = order.Runtype,
        Notebook = order.Notebook,
        Args = order.Args,
        TemplateId = order.Template?.Id,
        TemplateHashId = order.Template?.HashId,
        TemplateName = order.Template?.Text("name"),
        Onstart = order.Onstart,
        Direct = order.Direct && order.Runtype != Runtype.Args && offer.Machine.DirectPorts > 0,
        Tariff = new Tariff(
            order.BidUsdPerHour ?? quote.OnDemandUsdPerHour, offer.Machine.StorageUsdPerGbMonth, order.DiskGb, offer.Machine.UploadUsdPerGb, offer.Machine.DownloadUsdPerGb)
        {
            StoppedStorageUsdPerGbMonth = offer.Machine.StoppedStorageUsdPerGbMonth,
        },
        BidUsdPerHour = order.BidUsdPerHour,
        FloorUsdPerHour = quote.FloorUsdPerHour,
        DiskGb = (int)Math.Ceiling(order.DiskGb),
        CreatedAt = now,
        EndsAt = offer.Machine.ListedUntil(listedSince, now),
        ContainerKey = newSecret(),
        JupyterToken = newSecret(),
        SshKeys = [.. account.SshKeys.Select(k => k.PublicKey)],
        Label = order.Label,
        WantsToRun = order.StartNow,
        BootFault = fault?.Boot ?? BootFault.None,
        PullSlowdown = fault?.PullSlowdown ?? 1,
        KeyDelaySeconds = fault?.KeyDelaySeconds ?? 0,
        ListedFrom = realTime.GetUtcNow() + TimeSpan.FromSeconds(fault?.InvisibleSeconds ?? 0),
    };

    private long Rent(Account account, Catalog.Offer offer, VolumeWish wish, DateTimeOffset now) =>
        book.Volumes.Rent(book.NextContractId(), account.Id, offer.Machine, wish.SizeGb, wish.Name, now).Id;

    private static Reply NoSuchAsk(long offerId) =>
        Refuse(404, "invalid_args", $"error 404/3603: no_such_ask Instance type by id {offerId} is not available.", offerId);

    private static Reply Refuse(int status, string slug, string message, long offerId)
    {
        var reply = Reply.Error(status, slug, message);
        reply.Body["ask_id"] = offerId;
        return reply;
    }
}
