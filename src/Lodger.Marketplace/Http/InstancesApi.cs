using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Http;

/// <summary>Create, show, manage and destroy.</summary>
internal sealed class InstancesApi(Book book, Rentals rentals, Lifecycle life, TimeProvider clock, TimeSpan destroyLinger)
{
    private const int BulkMax = 64;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("create", "PUT", "/api/v0/asks/{id:long}", 4.5, call => rentals.Create(call, call.RouteId())),
        new("show", "GET", "/api/v0/instances/{id:long}", 2.0, Show, forContainers: true),
        new("list_v0", "GET", "/api/v0/instances", 0, _ => Api.Deprecated()),
        new("manage", "PUT", "/api/v0/instances/{id:long}", 1.0, call => Manage(call, call.RouteId()), forContainers: true),
        new("create_bulk", "POST", "/api/v0/asks/bulk", 4.5, CreateBulk),
        new("instance_filters", "GET", "/api/v0/instances/filters", 0, ShowFilters),
        new("manage_batch", "PUT", "/api/v0/instances", 1.0, ManageBatch),
        new("reboot", "PUT", "/api/v0/instances/reboot/{id:long}", 1.0, call => StartAgain(call, life.Reboot)),
        new("recycle", "PUT", "/api/v0/instances/recycle/{id:long}", 1.0, call => StartAgain(call, life.Recycle, "invalid_id", "Invalid instance id.")),
        new("destroy", "DELETE", "/api/v0/instances/{id:long}", 3.0, call => Destroy(call, call.RouteId())),
        new("destroy_batch", "DELETE", "/api/v0/instances", 3.0, DestroyBatch),
    ];

    /// <summary>Whether the caller may still see it: its own, and not destroyed for longer than the platform takes to notice.</summary>
    public static bool IsVisible(Contract contract, ApiCall call, DateTimeOffset now, TimeSpan destroyLinger) =>
        contract.AccountId == call.Account.Id
        && (call.Scope is null || call.Scope.Id == contract.Id)
        && (contract.DestroyedAt is not { } destroyed || now < destroyed + destroyLinger);

    private Reply Show(ApiCall call)
    {
        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            var contract = book.FindContract(call.RouteId());
            if (contract is null || !IsVisible(contract, call, now, destroyLinger)) return Reply.Ok(new JsonObject { ["instances"] = null });
            return Reply.Ok(new JsonObject { ["instances"] = Facts(contract, now) });
        }
    }

    /// <summary>A contract's facts, metered up to now.</summary>
    public JsonObject Facts(Contract contract, DateTimeOffset now)
    {
        if (contract.IsAlive) life.MeterTo(contract, now);
        var box = contract.IsAlive ? life.BoxOf(contract) : new Box(new Network.Traffic(0, 0));
        return InstanceFacts.Make(contract, book.Machines[contract.MachineId], box, book.LowestBidUsd(contract), now);
    }

    private Reply Manage(ApiCall call, long id)
    {
        lock (book.Lock)
        {
            if (book.FindContract(id) is not { IsAlive: true } contract || contract.AccountId != call.Account.Id || (call.Scope is not null && call.Scope.Id != id))
                return Reply.NoSuchInstance(id);

            var state = call.Text("state");
            if (state is null && !call.Body.ContainsKey("label")) return Reply.Error(400, "invalid_args", "state or label is required");
            if (call.Scope is not null && (state != "stopped" || call.Body.ContainsKey("label")))
                return Reply.Error(403, "auth_error", "This key may only show and stop its own instance.");
            if (call.Body.ContainsKey("label"))
            {
                var label = call.Text("label");
                if (label?.Length > OrderReader.LabelCharactersMax) return Reply.Error(400, "invalid_args", $"label is longer than {OrderReader.LabelCharactersMax} characters");
                contract.Label = label;
                book.Save(contract);
            }

            return state switch
            {
                null => Reply.Success(),
                "stopped" => Stop(contract),
                "running" => Start(call.Account, contract),
                _ => Reply.Error(400, "invalid_args", $"state '{state}' is not one of stopped, running"),
            };
        }
    }

    private Reply Stop(Contract contract)
    {
        if (contract.Claims || contract.Phase is not Phase.Stopped) life.Stop(contract, StopCause.User, "Stopped by the user");
        return Reply.Success();
    }

    private Reply Start(Account account, Contract contract)
    {
        if (book.BalanceUsd(account) <= 0) return Reply.Error(400, "insufficient_credit", "Your account lacks credit; see the billing page.");
        if (clock.GetUtcNow() >= contract.EndsAt) return Reply.Error(400, "invalid_args", "The rental's end date has passed; it cannot be started again.");
        life.Start(contract);
        return Reply.Success();
    }

    /// <summary>The official client's bulk create: one body for many offers. One refusal does not stop the others.</summary>
    private Reply CreateBulk(ApiCall call)
    {
        if (Ids(call, "ids") is not { Count: > 0 and <= BulkMax } ids) return Reply.Error(400, "invalid_args", $"ids must be a list of 1 to {BulkMax} offer ids");
        var results = new JsonArray();
        foreach (var id in ids)
        {
            var result = (JsonObject)rentals.Create(call, id).Body;
            result["ask_id"] = id;
            results.Add(result);
        }

        return Reply.Ok(new JsonObject
        {
            ["success"] = results.All(r => r!["success"]!.GetValue<bool>()),
            ["new_contracts"] = new JsonArray([.. results.Where(r => r!["new_contract"] is not null).Select(r => r!["new_contract"]!.DeepClone())]),
            ["results"] = results,
        });
    }

    /// <summary>The combinations of what lists filter by, as the official client asks for them.</summary>
    private Reply ShowFilters(ApiCall call)
    {
        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            var combinations = book.Contracts.Where(c => IsVisible(c, call, now, destroyLinger))
                .Select(c => (Status: InstanceFacts.ActualStatus(c), book.Machines[c.MachineId].Verification, Gpu: book.Machines[c.MachineId].Gpu.Name)).Distinct();
            return Reply.Ok(new JsonObject
            {
                ["success"] = true,
                ["filters"] = new JsonArray([.. combinations.Select(c => new JsonObject { ["actual_status"] = c.Status, ["verification"] = c.Verification, ["gpu_name"] = c.Gpu })]),
            });
        }
    }

    private Reply ManageBatch(ApiCall call)
    {
        if (Ids(call, "ids") is not { } ids) return Reply.Error(400, "invalid_args", "ids must be a list of instance ids");
        foreach (var id in ids)
            if (Manage(call, id) is { Status: not 200 } refused)
                return refused;
        return Reply.Success();
    }

    private Reply StartAgain(ApiCall call, Action<Contract> how, string error = "invalid_args", string message = "invalid instance_id")
    {
        lock (book.Lock)
        {
            if (book.FindContract(call.RouteId()) is not { IsAlive: true } contract || contract.AccountId != call.Account.Id)
                return Reply.Error(400, error, message);
            how(contract);
            return Reply.Success();
        }
    }

    private Reply Destroy(ApiCall call, long id)
    {
        lock (book.Lock)
        {
            if (book.FindContract(id) is not { IsAlive: true } contract || contract.AccountId != call.Account.Id) return Reply.NoSuchInstance(id);
            life.Destroy(contract);
            return Reply.Success("Instance destroyed successfully");
        }
    }

    private Reply DestroyBatch(ApiCall call)
    {
        if (Ids(call, "instance_ids") is not { } ids) return Reply.Error(400, "invalid_args", "instance_ids must be a list of instance ids");
        foreach (var id in ids)
            if (Destroy(call, id) is { Status: not 200 } refused)
                return refused;
        return Reply.Success();
    }

    private static List<long>? Ids(ApiCall call, string name)
    {
        if (call.Body[name] is not JsonArray array) return null;
        var ids = new List<long>();
        foreach (var node in array)
        {
            if (Filters.Number(node) is not { } id) return null;
            ids.Add((long)id);
        }

        return ids;
    }
}
