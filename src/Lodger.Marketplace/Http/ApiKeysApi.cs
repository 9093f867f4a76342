using System.Text.Json.Nodes;
using Lodger.Marketplace.Access;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Http;

/// <summary>Keys with permissions. The secret is answered once, by create.</summary>
internal sealed class ApiKeysApi(Book book, TimeProvider clock, Func<string> newSecret)
{
    private const int KeysMax = 100;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("api_key_create", "POST", "/api/v0/auth/apikeys", 2.0, Create),
        new("api_key_list", "GET", "/api/v0/auth/apikeys", 1.0, List),
        new("api_key_show", "GET", "/api/v0/auth/apikeys/{id:long}", 1.0, Show),
        new("api_key_delete", "DELETE", "/api/v0/auth/apikeys/{id:long}", 2.0, Delete),
    ];

    private Reply Create(ApiCall call)
    {
        if (call.Text("name") is not { Length: > 0 } name) return Reply.Error(400, "missing_permissions", "A name is required.");
        if (Permissions.Complaint(call.Body["permissions"]) is { } complaint) return Reply.Error(400, "invalid_permissions", complaint);
        lock (book.Lock)
        {
            if (call.Account.ApiKeys.Count >= KeysMax) return Reply.Error(400, "invalid_request", $"An account has at most {KeysMax} keys.");
            var key = new ApiKeyRecord(book.NextKeyId(), name, newSecret(), call.Body["permissions"]?.DeepClone() as JsonObject, clock.GetUtcNow());
            call.Account.ApiKeys.Add(key);
            book.Save(call.Account);
            return Reply.Ok(new JsonObject { ["id"] = key.Id, ["key"] = key.Key, ["permissions"] = key.Permissions is null ? false : key.Permissions.DeepClone() });
        }
    }

    private Reply List(ApiCall call)
    {
        lock (book.Lock) return Reply.Ok(new JsonObject { ["apikeys"] = new JsonArray([First(call.Account), .. call.Account.ApiKeys.Select(k => Facts(call.Account, k))]) });
    }

    private Reply Show(ApiCall call)
    {
        lock (book.Lock)
        {
            if (call.RouteId() == call.Account.Id) return Reply.Ok(First(call.Account));
            return call.Account.ApiKeys.Find(k => k.Id == call.RouteId()) is { } key ? Reply.Ok(Facts(call.Account, key)) : NotFound();
        }
    }

    private Reply Delete(ApiCall call)
    {
        lock (book.Lock)
        {
            if (call.Account.ApiKeys.RemoveAll(k => k.Id == call.RouteId()) > 0)
            {
                book.Save(call.Account);
                return Reply.Ok("Successfully Deleted API Key"); // A bare string, as documented.
            }

            if (call.RouteId() == call.Account.Id) return Message(400, "The account's first key cannot be deleted.");
            var isAnothers = book.Accounts.Any(a => a.ApiKeys.Exists(k => k.Id == call.RouteId()));
            return isAnothers ? Message(403, "You do not have permission to delete this API Key.") : NotFound();
        }
    }

    /// <summary>The key with which the account was opened, under the account's number.</summary>
    private static JsonObject First(Account account) => Facts(account, new ApiKeyRecord(account.Id, "default", account.ApiKey, null, account.CreatedAt));

    private static JsonObject Facts(Account account, ApiKeyRecord key) => new()
    {
        ["id"] = key.Id,
        ["user_id"] = account.Id,
        ["name"] = key.Name,
        ["rights"] = key.Permissions is null ? "all" : "custom",
        ["permissions"] = key.Permissions?.DeepClone(),
        ["created_at"] = Times.Seconds(key.CreatedAt),
    };

    private static Reply NotFound() => Message(404, "API Key not found.");

    private static Reply Message(int status, string message) => new(status, new JsonObject { ["msg"] = message });
}
