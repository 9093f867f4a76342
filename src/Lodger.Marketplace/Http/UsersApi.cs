using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Http;

/// <summary>The account itself, the accounts that it opened, and the addresses it was used from.</summary>
internal sealed partial class UsersApi(Book book, Lifecycle life, TimeProvider clock, Func<NewAccount, Account> open)
{
    private const int SubaccountsMax = 50;
    private const int NameCharactersMax = 64;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("user", "GET", "/api/v0/users/current", 0, Current),
        new("user_set", "PUT", "/api/v0/users", 5.0, Set),
        new("subaccount_create", "POST", "/api/v0/users", 3.0, CreateSubaccount),
        new("subaccount_list", "GET", "/api/v0/subaccounts", 2.1, Subaccounts),
        new("ip_addresses", "GET", "/api/v0/users/{user}/ipaddrs", 2.9, Addresses),
    ];

    private Reply Current(ApiCall call)
    {
        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            foreach (var contract in book.Alive.Where(c => c.AccountId == call.Account.Id)) life.MeterTo(contract, now);
            var account = call.Account;
            var balance = book.BalanceUsd(account);
            return Reply.Ok(new JsonObject
            {
                ["id"] = account.Id,
                ["key_id"] = call.KeyId,
                ["username"] = Username(account),
                ["email"] = account.Email,
                ["email_verified"] = true,
                ["balance"] = balance,
                ["credit"] = book.FreeBalanceUsd(call.Account),
                ["balance_threshold"] = account.BalanceThresholdUsd,
                ["balance_threshold_enabled"] = true,
                ["has_billing"] = call.Account.HasCard,
                ["can_pay"] = true,
                ["parent_id"] = account.ParentId,
                ["ssh_key"] = account.SshKeys.Count == 0 ? null : account.SshKeys[0].PublicKey,
                ["sid"] = "local",
            });
        }
    }

    private Reply Set(ApiCall call)
    {
        var name = call.Text("username");
        if (name?.Length > NameCharactersMax) return Reply.Error(400, "input_too_long", $"username has at most {NameCharactersMax} characters");
        decimal? threshold = null;
        if (call.Body["balance_threshold"] is { } node && (threshold = Filters.Number(node)) is null or < 0) return Reply.Error(400, "invalid_characters", "balance_threshold is a number of dollars");
        if (name is null && threshold is null) return Reply.Error(400, "missing_input", "This market sets username and balance_threshold");
        lock (book.Lock)
        {
            call.Account.Username = name ?? call.Account.Username;
            call.Account.BalanceThresholdUsd = threshold ?? call.Account.BalanceThresholdUsd;
            book.Save(call.Account);
            return Reply.Success("User updated");
        }
    }

    private Reply CreateSubaccount(ApiCall call)
    {
        if (call.Text("email") is not { Length: > 0 and <= NameCharactersMax } email || !Emails().IsMatch(email) || email.Contains("@vast", StringComparison.OrdinalIgnoreCase))
            return Bad(400, "invalid_email", "Email address not allowed");
        if (call.Text("username") is not { Length: > 0 and <= NameCharactersMax } username || call.Text("password") is not { Length: > 0 }) return Bad(400, "missing_auth_value", "username and password are required");
        if (call.Text("parent_id") is not "me") return Bad(400, "invalid_request", "This market opens subaccounts only: parent_id must be \"me\"");
        lock (book.Lock)
        {
            if (book.Accounts.Any(a => string.Equals(a.Email, email, StringComparison.OrdinalIgnoreCase) || Username(a) == username)) return Bad(409, "user_exists", "user already exists.");
            if (book.Accounts.Count(a => a.ParentId == call.Account.Id) >= SubaccountsMax) return Bad(400, "invalid_request", $"An account has at most {SubaccountsMax} subaccounts.");
            var account = open(new NewAccount(0, email, username, call.Account.Id));
            return Reply.Ok(new JsonObject { ["id"] = account.Id, ["username"] = username, ["email"] = email, ["key_id"] = account.Id, ["api_key"] = account.ApiKey });
        }
    }

    private Reply Subaccounts(ApiCall call)
    {
        lock (book.Lock)
        {
            return Reply.Ok(new JsonObject
            {
                ["users"] = new JsonArray([.. book.Accounts.Where(a => a.ParentId == call.Account.Id).Select(a => new JsonObject
                {
                    ["id"] = a.Id,
                    ["parent_id"] = a.ParentId,
                    ["key_id"] = a.Id,
                    ["username"] = Username(a),
                    ["email"] = a.Email,
                    ["created_at"] = Times.Iso(a.CreatedAt),
                    ["deleted_at"] = null,
                })]),
            });
        }
    }

    private Reply Addresses(ApiCall call)
    {
        if (!call.IsOwnUser()) return Reply.Error(403, "auth_error", "These are another user's addresses.");
        lock (book.Lock)
        {
            return Reply.Ok(new JsonObject
            {
                ["success"] = true,
                ["results"] = new JsonArray([.. call.Account.Addresses.Select(a => new JsonObject
                {
                    ["id"] = a.Id,
                    ["user_id"] = call.Account.Id,
                    ["ip_address"] = a.Address,
                    ["timestamp"] = Times.Iso(a.FirstSeen),
                    ["ip"] = a.Address,
                    ["first_seen"] = Times.Iso(a.FirstSeen),
                    ["first_location"] = "loopback",
                })]),
            });
        }
    }

    private static string Username(Account account) => account.Username ?? account.Email.Split('@')[0];

    private static Reply Bad(int status, string slug, string message) => Reply.Error(status, slug, message);

    [GeneratedRegex(@"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}\z", RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex Emails();
}

/// <summary>What a new account starts with. Null names are made from its number.</summary>
internal sealed record NewAccount(decimal BalanceUsd, string? Email = null, string? Username = null, long? ParentId = null);
