using System.Text.Json.Nodes;
using Lodger.Marketplace.Control;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Contracts;

/// <summary>Accepts offers: checks what create asks for and makes the contract.</summary>
internal sealed class Rentals(Book book, Lifecycle life, FaultPlan faults, TimeProvider clock, TimeProvider realTime, DateTimeOffset listedSince, Func<string> newSecret)
{
    /// <summary>The description's limit; the documentation's 16 KB is the other reading, and this the stricter.</summary>
    public const int OnstartCharactersMax = 4048;

    public const int LabelCharactersMax = 1024;
    private const decimal DiskGbMin = 10;

    /// <summary>Answers <c>PUT /api/v0/asks/{id}/</c>.</summary>
    public Reply Create(ApiCall call, long offerId)
    {
        var (order, error) = Read(call);
        if (error is not null) return Refuse(400, "invalid_args", "error 400/3467: Invalid args: " + error, offerId);

        lock (book.Lock)
        {
            if (book.BalanceUsd(call.Account) <= 0)
                return Refuse(400, "insufficient_credit", "Your account lacks credit; see the billing page.", offerId);

            var taken = book.TakenOffers.GetValueOrDefault(offerId);
            var now = clock.GetUtcNow();
            if (!book.Offers.TryGetValue(offerId, out var offer) || taken is { Gone: true } || book.OfflineMachines.Contains(offer.Machine.Id))
                return NoSuchAsk(offerId);
            if (order!.DiskGb > (decimal)(offer.Machine.DiskGb * offer.Fraction))
                return Refuse(400, "invalid_args", $"error 400/3467: Invalid args: this offer has {offer.Machine.DiskGb * offer.Fraction:0.#} GB of disk", offerId);

            var free = taken is null && book.AreFree(offer.GpuIds);
            if (!free && order.CancelUnavailable)
                return Refuse(410, "no_such_ask", $"error 410/3907: no_such_ask Instance type {offerId} is no longer available.", offerId);
            if (!free && taken is null) return NoSuchAsk(offerId); // An ask can be accepted once.

            var contract = Make(call.Account, offer, order, now, faults.TakeForCreate(offerId));
            if (free && order.StartNow) book.Hold(contract);
            life.Begin(contract);
            return Reply.Ok(new JsonObject { ["success"] = true, ["new_contract"] = contract.Id, ["instance_api_key"] = contract.ContainerKey });
        }
    }

    private Contract Make(Account account, Catalog.Offer offer, Order order, DateTimeOffset now, CreateFault? fault) => new()
    {
        Id = book.NextContractId(),
        AccountId = account.Id,
        OfferId = offer.Id,
        MachineId = offer.Machine.Id,
        GpuIds = offer.GpuIds,
        Image = order.Image,
        Env = order.Env.Entries,
        InnerPorts = order.Env.InnerPorts,
        Onstart = order.Onstart,
        Direct = order.Direct && offer.Machine.DirectPorts > 0,
        Tariff = new Tariff(offer.GpuUsdPerHour, offer.Machine.StorageUsdPerGbMonth, order.DiskGb, offer.Machine.UploadUsdPerGb, offer.Machine.DownloadUsdPerGb),
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
        ListedFrom = realTime.GetUtcNow() + TimeSpan.FromSeconds(fault?.InvisibleSeconds ?? 0),
    };

    private static (Order? Order, string? Error) Read(ApiCall call)
    {
        var body = call.Body;
        if (call.Text("image") is not { Length: > 0 } image) return (null, "'image' is required");
        if (body["price"] is not null) return (null, "interruptible rentals ('price') are not offered by this market yet");
        if (call.Flag("vm") == true) return (null, "VM instances are not offered by this market");
        if (call.Text("template_hash_id") is { Length: > 0 }) return (null, "templates are not offered by this market");
        if (body["volume_info"] is not null) return (null, "volumes are not offered by this market");
        if (body["args"] is not null || call.Text("args_str") is { Length: > 0 }) return (null, "runtype 'args' is not offered by this market; use ssh with onstart");

        var diskGb = body["disk"] is null ? DiskGbMin : Filters.Number(body["disk"]) ?? -1;
        if (diskGb < DiskGbMin) return (null, $"'disk' must be at least {DiskGbMin} (GB)");

        var onstart = call.Text("onstart");
        if (onstart?.Length > OnstartCharactersMax) return (null, $"'onstart' has {onstart.Length} characters; at most {OnstartCharactersMax} are allowed");

        var label = call.Text("label");
        if (label?.Length > LabelCharactersMax) return (null, $"'label' has {label.Length} characters; at most {LabelCharactersMax} are allowed");

        var words = (call.Text("runtype") ?? "ssh").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.FirstOrDefault(w => w is not ("ssh" or "ssh_direc" or "ssh_direct" or "ssh_proxy")) is { } unknown)
            return (null, $"runtype '{unknown}' is not offered by this market; use ssh");

        var env = EnvReader.Read(body["env"]);
        if (env.Error is not null) return (null, env.Error);

        var startNow = call.Text("target_state") is null or "running";
        var order = new Order(image, diskGb, onstart, label, env, words.Any(w => w is "ssh_direc" or "ssh_direct"), startNow, call.Flag("cancel_unavail") ?? startNow);
        return (order, null);
    }

    private static Reply NoSuchAsk(long offerId) =>
        Refuse(404, "invalid_args", $"error 404/3603: no_such_ask Instance type by id {offerId} is not available.", offerId);

    private static Reply Refuse(int status, string slug, string message, long offerId)
    {
        var reply = Reply.Error(status, slug, message);
        reply.Body["ask_id"] = offerId;
        return reply;
    }

    private sealed record Order(
        string Image, decimal DiskGb, string? Onstart, string? Label, EnvRequest Env, bool Direct, bool StartNow, bool CancelUnavailable);
}
