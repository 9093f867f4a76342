using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Push;

namespace Lodger.Marketplace.Control;

/// <summary>Orders troubles for calls, for creates and for webhooks to come.</summary>
internal sealed class FaultControl(FaultPlan faults, PushFaults pushFaults)
{
    private const double SecondsMax = 600;
    private const double CountMax = 1e6;

    public IEnumerable<ControlRoute> Routes() =>
    [
        new("POST", "creates", OrderForCreates),
        new("POST", "faults", OrderForCalls),
        new("POST", "webhooks", OrderForWebhooks),
        new("GET", "faults", _ => Pending()),
        new("DELETE", "faults", _ => Forget()),
    ];

    private JsonObject OrderForCreates(ControlCall call)
    {
        var boot = call.Text("boot") switch
        {
            null or "" => BootFault.None,
            "stuck" => BootFault.Stuck,
            "no_gpu" => BootFault.NoGpu,
            "image_error" => BootFault.ImageError,
            var other => throw new ControlException(400, $"boot '{other}' is not one of stuck, no_gpu, image_error"),
        };
        faults.Add(new CreateFault(
            call.Body["offer_id"] is null ? null : (long)call.Number("offer_id", 0, long.MaxValue),
            boot,
            call.Number("pull_slowdown", 0, 1e6, missing: 1),
            call.Number("invisible_seconds", 0, SecondsMax, missing: 0),
            call.Number("key_delay_seconds", 0, SecondsMax, missing: 0),
            (int)call.Number("count", 1, CountMax, missing: 1))
        {
            IsDirectCut = call.Text("direct") switch
            {
                null or "" or "ok" => false,
                "cut" => true,
                var other => throw new ControlException(400, $"direct '{other}' is not one of ok, cut"),
            },
        });
        return Pending();
    }

    private JsonObject OrderForCalls(ControlCall call)
    {
        if (!Enum.TryParse<FaultKind>(call.Text("kind"), ignoreCase: true, out var kind) || int.TryParse(call.Text("kind"), out _))
            throw new ControlException(400, "kind is not one of " + string.Join(", ", Enum.GetNames<FaultKind>()).ToLowerInvariant());
        faults.Add(new ApiFault(
            call.Text("endpoint") ?? throw new ControlException(400, "endpoint is missing"),
            kind,
            (int)call.Number("status", 200, 599, missing: kind == FaultKind.Status ? 502 : 200),
            call.Text("body") ?? "",
            call.Number("seconds", 0, SecondsMax, missing: 60),
            call.Flag("carried_out"),
            (int)call.Number("count", 1, CountMax, missing: 1),
            (int)call.Number("skip", 0, CountMax, missing: 0)));
        return Pending();
    }

    private JsonObject OrderForWebhooks(ControlCall call)
    {
        pushFaults.Add(new PushFault(
            call.Number("late_seconds", 0, SecondsMax, missing: 0), (int)call.Number("copies", 0, 10, missing: 0), (int)call.Number("count", 1, CountMax, missing: 1)));
        return Pending();
    }

    private JsonObject Forget()
    {
        faults.Clear();
        pushFaults.Clear();
        return Pending();
    }

    private JsonObject Pending()
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
            ["creates"] = new JsonArray([.. creates.Select(f => new JsonObject
            {
                ["boot"] = f.Boot.ToString().ToLowerInvariant(),
                ["pull_slowdown"] = f.PullSlowdown,
                ["invisible_seconds"] = f.InvisibleSeconds,
                ["key_delay_seconds"] = f.KeyDelaySeconds,
                ["direct"] = f.IsDirectCut ? "cut" : "ok",
                ["count"] = f.Remaining,
            })]),
            ["webhooks"] = new JsonArray([.. pushFaults.Pending.Select(f => new JsonObject { ["late_seconds"] = f.LateSeconds, ["copies"] = f.Copies, ["count"] = f.Remaining })]),
        };
    }
}
