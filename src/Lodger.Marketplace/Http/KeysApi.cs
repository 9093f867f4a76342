using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Http;

/// <summary>
/// The account's ssh keys, and keys attached to one instance. Account keys reach only instances created afterwards. Malformed keys are taken as they
/// come, as on the platform: they just open nothing.
/// </summary>
internal sealed class KeysApi(Book book, Lifecycle life, ISandboxHost host, TimeProvider clock)
{
    private static readonly TimeSpan AttachBound = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WriteBound = TimeSpan.FromSeconds(60);

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("ssh_key_create", "POST", "/api/v0/ssh", 1.0, Create),
        new("ssh_key_list", "GET", "/api/v0/ssh", 0, List),
        new("ssh_key_delete", "DELETE", "/api/v0/ssh/{id:long}", 0, Delete),
        new("ssh_key_attach", "POST", "/api/v0/instances/{id:long}/ssh", 0, AttachAsync),
        new("ssh_key_update", "PUT", "/api/v0/ssh/{id:long}", 1.0, Update),
        new("ssh_key_attached", "GET", "/api/v0/instances/{id:long}/ssh", 0, Attached),
        new("ssh_key_detach", "DELETE", "/api/v0/instances/{id:long}/ssh/{key:long}", 2.0, DetachAsync),
    ];

    private Reply Create(ApiCall call)
    {
        if (ReadKey(call) is not { } text) return NoKey();
        lock (book.Lock)
        {
            var key = new SshKey(book.NextKeyId(), text, clock.GetUtcNow());
            call.Account.SshKeys.Add(key);
            book.Save(call.Account);
            var facts = Facts(call.Account, key);
            facts["public_key"] = key.PublicKey; // Create says public_key, list says key.
            return Reply.Ok(new JsonObject { ["success"] = true, ["key"] = facts });
        }
    }

    private Reply List(ApiCall call)
    {
        lock (book.Lock)
        {
            return Reply.Ok(new JsonArray([.. call.Account.SshKeys.Select(k =>
            {
                var facts = Facts(call.Account, k);
                facts["key"] = k.PublicKey;
                return facts;
            })]));
        }
    }

    private Reply Delete(ApiCall call)
    {
        lock (book.Lock)
        {
            if (call.Account.SshKeys.RemoveAll(k => k.Id == call.RouteId()) == 0) return NoKey();
            book.Save(call.Account);
            return Reply.Success();
        }
    }

    private Reply Update(ApiCall call)
    {
        if (ReadKey(call) is not { } text) return NoKey();
        lock (book.Lock)
        {
            var index = call.Account.SshKeys.FindIndex(k => k.Id == call.RouteId());
            if (index < 0) return NoKey();
            var key = call.Account.SshKeys[index] = call.Account.SshKeys[index] with { PublicKey = text };
            book.Save(call.Account);
            var facts = Facts(call.Account, key);
            facts["public_key"] = key.PublicKey;
            return Reply.Ok(new JsonObject { ["success"] = true, ["key"] = facts });
        }
    }

    private async Task<Reply> AttachAsync(ApiCall call)
    {
        if (ReadKey(call) is not { } key) return NoKey();
        Task attached;
        lock (book.Lock)
        {
            if (book.FindContract(call.RouteId()) is not { IsAlive: true } contract || contract.AccountId != call.Account.Id) return Reply.NoSuchInstance(call.RouteId());
            if (contract.SshKeys.Contains(key, StringComparer.Ordinal)) return Reply.Error(400, "invalid_args", "SSH key already associated with instance.");
            contract.SshKeys.Add(key);
            book.Save(contract);
            attached = life.BoxOf(contract).Enqueue(() => WriteKeyAsync(contract, key));
        }

        await Task.WhenAny(attached, Task.Delay(AttachBound)); // On a box that is still booting it arrives later, as on the platform.
        return Reply.Success("SSH key attached successfully");
    }

    /// <summary>Runs in the box's own order: before the disk is made there is nothing to do, because making it takes the contract's keys.</summary>
    private async Task WriteKeyAsync(Contract contract, string key)
    {
        SandboxSpec spec;
        lock (book.Lock)
        {
            if (!contract.IsAlive || !contract.HasDisk) return;
            spec = life.SpecOf(contract);
        }

        using var bound = new CancellationTokenSource(WriteBound);
        await host.AddKeyAsync(spec, key, bound.Token);
    }

    private async Task<Reply> DetachAsync(ApiCall call)
    {
        Task detached;
        lock (book.Lock)
        {
            if (book.FindContract(call.RouteId()) is not { IsAlive: true } contract || contract.AccountId != call.Account.Id) return Reply.NoSuchInstance(call.RouteId());
            if (contract.SshKeys.Find(k => IdOf(call.Account, k) == call.RouteId("key")) is not { } key)
                return Reply.Error(404, "no_such_ssh_key", $"The instance has no ssh key {call.RouteId("key")}.");
            contract.SshKeys.Remove(key);
            book.Save(contract);
            detached = life.BoxOf(contract).Enqueue(() => RemoveKeyAsync(contract, key));
        }

        await Task.WhenAny(detached, Task.Delay(AttachBound));
        return Reply.Success("SSH key removed from instance.");
    }

    /// <summary>Sessions that are open stay open, as they would.</summary>
    private async Task RemoveKeyAsync(Contract contract, string key)
    {
        SandboxSpec spec;
        lock (book.Lock)
        {
            if (!contract.IsAlive || !contract.HasDisk) return;
            spec = life.SpecOf(contract);
        }

        const string file = "/root/.ssh/authorized_keys";
        var quoted = "'" + key.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
        using var bound = new CancellationTokenSource(WriteBound);
        await host.ExecuteAsync(spec, $"grep -vxF -- {quoted} {file} > {file}.left; cat {file}.left > {file}; rm -f {file}.left", bound.Token);
    }

    private Reply Attached(ApiCall call)
    {
        lock (book.Lock)
        {
            if (book.FindContract(call.RouteId()) is not { IsAlive: true } contract || contract.AccountId != call.Account.Id) return Reply.NoSuchInstance(call.RouteId());
            var keys = new JsonArray([.. contract.SshKeys.Select(k => new JsonObject { ["id"] = IdOf(call.Account, k), ["name"] = null, ["public_key"] = k })]);
            return Reply.Ok(new JsonObject { ["success"] = true, ["ssh_keys"] = keys.ToJsonString() }); // A string that holds JSON, as documented.
        }
    }

    /// <summary>The account's number for a key; for one that the account does not have, a number that the key decides.</summary>
    private static long IdOf(Account account, string publicKey)
    {
        if (account.SshKeys.Find(k => k.PublicKey == publicKey) is { } own) return own.Id;
        ulong hash = 14695981039346656037; // FNV-1a
        foreach (var c in publicKey) hash = (hash ^ c) * 1099511628211;
        return 1_000_000_000 + (long)(hash % 1_000_000_000);
    }

    /// <summary>One line of text, or null.</summary>
    private static string? ReadKey(ApiCall call)
    {
        var text = call.Text("ssh_key")?.Trim();
        return string.IsNullOrEmpty(text) || text.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0 ? null : text;
    }

    private static Reply NoKey() => Reply.Error(400, "no_ssh_key", "No ssh key provided");

    private static JsonObject Facts(Account account, SshKey key) => new()
    {
        ["id"] = key.Id,
        ["user_id"] = account.Id,
        ["created_at"] = key.CreatedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        ["deleted_at"] = null,
    };
}
