using System.Text.Json.Nodes;
using Lodger.Marketplace.Clock;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Push;

namespace Lodger.Marketplace.Control;

/// <summary>
/// The hidden hand under <c>/control/</c>, with a bearer token of its own: orders failures, sets balances, moves the clock, shows the ledger. The README beside this
/// project documents every call.
/// </summary>
internal sealed class ControlApi(
    Book book, Lifecycle life, Timeline timeline, Solvency solvency, FaultPlan faults, MarketClock clock, string token, PushFaults pushFaults, Func<decimal, Account> openAccount)
{
    private const double SecondsMax = 600;
    private const double SecondsAdvancedMax = 366 * 86_400d;

    public void Map(IEndpointRouteBuilder routes)
    {
        On(routes, "GET", "ledger", (_, _) => Ledger.Make(book, life, clock.GetUtcNow()));
        On(routes, "GET", "clock", (_, _) => ClockFacts());
        routes.MapPost("/control/clock/advance", AdvanceClockAsync);
        On(routes, "POST", "accounts", (_, body) =>
        {
            var account = openAccount((decimal)Number(body, "balance", -1e6, 1e6));
            return new JsonObject { ["id"] = account.Id, ["api_key"] = account.ApiKey };
        });
        On(routes, "POST", "balance", SetBalance);
        On(routes, "POST", "offers/{id}/take", TakeOffer);
        On(routes, "POST", "offers/{id}/give", GiveOffer);
        On(routes, "POST", "creates", OrderCreateFault);
        On(routes, "GET", "faults", (_, _) => PendingFaults());
        On(routes, "POST", "faults", OrderApiFault);
        On(routes, "DELETE", "faults", (_, _) =>
        {
            faults.Clear();
            pushFaults.Clear();
            return PendingFaults();
        });
        On(routes, "POST", "webhooks", OrderPushFault);
        On(routes, "POST", "instances/{id}/stop", StopInstance);
        On(routes, "POST", "instances/{id}/start", (http, _) => Instance(http, life.Start));
        On(routes, "POST", "machines/{id}/offline", (http, _) => Machine(http, life.TakeOffline));
        On(routes, "POST", "machines/{id}/online", (http, _) => Machine(http, life.BringOnline));
    }

    private void On(IEndpointRouteBuilder routes, string method, string path, Func<HttpContext, JsonObject, JsonObject> handle) =>
        routes.MapMethods("/control/" + path, [method], async (HttpContext http) =>
        {
            if (await ControlGate.LetInAsync(http, token) is not { } body) return;
            Reply reply;
            try
            {
                lock (book.Lock)
                {
                    timeline.CatchUp();
                    reply = Reply.Ok(handle(http, body));
                }
            }
            catch (ControlException e)
            {
                reply = Reply.Error(e.Status, "invalid_args", e.Message);
            }

            await Api.SendAsync(http, reply);
        });

    private async Task AdvanceClockAsync(HttpContext http)
    {
        if (await ControlGate.LetInAsync(http, token) is not { } body) return;
        try
        {
            await Advance.RunAsync(book, clock, timeline, TimeSpan.FromSeconds(Number(body, "seconds", 0, SecondsAdvancedMax)), http.RequestAborted);
            await Api.SendAsync(http, Reply.Ok(ClockFacts()));
        }
        catch (ControlException e)
        {
            await Api.SendAsync(http, Reply.Error(e.Status, "invalid_args", e.Message));
        }
    }

    private JsonObject ClockFacts() => new() { ["market_now"] = OfferFacts.Seconds(clock.GetUtcNow()), ["speed"] = clock.Speed };

    private JsonObject SetBalance(HttpContext http, JsonObject body)
    {
        var balance = (decimal)Number(body, "balance", -1e6, 1e6);
        var account = body["account_id"] is null ? book.Accounts.First() : book.FindAccount((long)Number(body, "account_id", 0, long.MaxValue))
            ?? throw new ControlException(404, "no such account");
        foreach (var contract in book.Alive) life.MeterTo(contract, clock.GetUtcNow());
        account.PaidInUsd += balance - book.BalanceUsd(account);
        book.Save(account);
        solvency.Reconsider();
        timeline.CatchUp();
        return new JsonObject { ["balance"] = book.BalanceUsd(account) };
    }

    private JsonObject TakeOffer(HttpContext http, JsonObject body)
    {
        var offer = book.Offers.GetValueOrDefault(Id(http)) ?? throw new ControlException(404, "no such offer");
        var gone = Number(body, "answer", 404, 410, missing: 410) < 410;
        var listed = body["still_listed"]?.ToString() == "true";
        book.TakenOffers[offer.Id] = new TakenOffer(gone, listed);
        if (gone) return Done();
        book.AddStranger(offer.Machine.Id, offer.GpuIds, null, clock.GetUtcNow(), until: null);
        life.Settle(offer.Machine.Id);
        return Done();
    }

    private JsonObject GiveOffer(HttpContext http, JsonObject body)
    {
        var offer = book.Offers.GetValueOrDefault(Id(http)) ?? throw new ControlException(404, "no such offer");
        book.TakenOffers.Remove(offer.Id);
        foreach (var stranger in book.Strangers.Where(s => s.GpuIds.SequenceEqual(offer.GpuIds)).ToList()) book.RemoveStranger(stranger.Id);
        life.Settle(offer.Machine.Id);
        return Done();
    }

    private JsonObject OrderCreateFault(HttpContext http, JsonObject body)
    {
        var boot = body["boot"]?.ToString() switch
        {
            null or "" => BootFault.None,
            "stuck" => BootFault.Stuck,
            "no_gpu" => BootFault.NoGpu,
            "image_error" => BootFault.ImageError,
            var other => throw new ControlException(400, $"boot '{other}' is not one of stuck, no_gpu, image_error"),
        };
        faults.Add(new CreateFault(
            body["offer_id"] is null ? null : (long)Number(body, "offer_id", 0, long.MaxValue),
            boot,
            Number(body, "pull_slowdown", 0, 1e6, missing: 1),
            Number(body, "invisible_seconds", 0, SecondsMax, missing: 0),
            Number(body, "key_delay_seconds", 0, SecondsMax, missing: 0),
            (int)Number(body, "count", 1, 1e6, missing: 1)));
        return PendingFaults();
    }

    private JsonObject OrderApiFault(HttpContext http, JsonObject body)
    {
        if (!Enum.TryParse<FaultKind>(body["kind"]?.ToString(), ignoreCase: true, out var kind) || int.TryParse(body["kind"]?.ToString(), out _))
            throw new ControlException(400, "kind is not one of " + string.Join(", ", Enum.GetNames<FaultKind>()).ToLowerInvariant());
        faults.Add(new ApiFault(
            body["endpoint"]?.ToString() ?? throw new ControlException(400, "endpoint is missing"),
            kind,
            (int)Number(body, "status", 200, 599, missing: kind == FaultKind.Status ? 502 : 200),
            body["body"]?.ToString() ?? "",
            Number(body, "seconds", 0, SecondsMax, missing: 60),
            body["carried_out"]?.ToString() == "true",
            (int)Number(body, "count", 1, 1e6, missing: 1),
            (int)Number(body, "skip", 0, 1e6, missing: 0)));
        return PendingFaults();
    }

    private JsonObject OrderPushFault(HttpContext http, JsonObject body)
    {
        pushFaults.Add(new PushFault(
            Number(body, "late_seconds", 0, SecondsMax, missing: 0), (int)Number(body, "copies", 0, 10, missing: 0), (int)Number(body, "count", 1, 1e6, missing: 1)));
        return PendingFaults();
    }

    private JsonObject PendingFaults()
    {
        var (api, creates) = faults.Pending();
        return new JsonObject
        {
            ["api"] = new JsonArray([.. api.Select(f => new JsonObject
            {
                ["endpoint"] = f.Endpoint,
                ["kind"] = f.Kind.ToString().ToLowerInvariant(),
                ["count"] = f.Remaining,
                ["skip"] = f.Skip,
                ["carried_out"] = f.CarriedOut,
            })]),
            ["creates"] = new JsonArray([.. creates.Select(f => new JsonObject { ["boot"] = f.Boot.ToString().ToLowerInvariant(), ["count"] = f.Remaining })]),
            ["webhooks"] = new JsonArray([.. pushFaults.Pending.Select(f => new JsonObject { ["late_seconds"] = f.LateSeconds, ["copies"] = f.Copies, ["count"] = f.Remaining })]),
        };
    }

    private JsonObject StopInstance(HttpContext http, JsonObject body) => body["cause"]?.ToString() switch
    {
        null or "host" => Instance(http, c => life.Stop(c, StopCause.Host, "Stopped by the host")),
        "outbid" => Instance(http, c => life.Stop(c, StopCause.Outbid, "Outbid")),
        var other => throw new ControlException(400, $"cause '{other}' is not one of host, outbid"),
    };

    private JsonObject Instance(HttpContext http, Action<Contract> act)
    {
        act(book.FindContract(Id(http)) is { IsAlive: true } contract ? contract : throw new ControlException(404, "no such instance"));
        return Done();
    }

    private JsonObject Machine(HttpContext http, Action<long> act)
    {
        act(book.Machines.ContainsKey(Id(http)) ? Id(http) : throw new ControlException(404, "no such machine"));
        return Done();
    }

    private static JsonObject Done() => new() { ["success"] = true };

    private static long Id(HttpContext http) => long.TryParse(http.Request.RouteValues["id"]?.ToString(), out var id) ? id : 0;

    private static double Number(JsonObject body, string name, double min, double max, double? missing = null)
    {
        if (body[name] is null && missing is { } value) return value;
        return Filters.Number(body[name]) is { } number && (double)number >= min && (double)number <= max
            ? (double)number
            : throw new ControlException(400, $"{name} must be a number from {min} to {max}");
    }

    /// <summary>A control call that cannot be understood.</summary>
    private sealed class ControlException(int status, string message) : Exception(message)
    {
        public int Status { get; } = status;
    }
}
