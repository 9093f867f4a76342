using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Http;

/// <summary>The account's environment variables. Names are made upper-case; values are never shown again.</summary>
internal sealed partial class SecretsApi(Book book)
{
    private const int SecretsMax = 100;
    private const int ValueCharactersMax = 4096;
    private const string Masked = "*****";

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("secret_create", "POST", "/api/v0/secrets", 3.0, Create),
        new("secret_list", "GET", "/api/v0/secrets", 5.0, List),
        new("secret_update", "PUT", "/api/v0/secrets", 3.0, Update),
        new("secret_delete", "DELETE", "/api/v0/secrets", 3.0, Delete),
    ];

    private Reply Create(ApiCall call)
    {
        var (name, value) = Read(call);
        if (name is null || value is null) return Missing();
        if (Complaint(name, value) is { } complaint) return complaint;
        lock (book.Lock)
        {
            var secrets = call.Account.Secrets;
            if (secrets.ContainsKey(name)) return Reply.Error(400, "existing_key", $"An environment variable {name} exists already.");
            if (secrets.Count >= SecretsMax) return Reply.Error(400, "max_secrets", $"At most {SecretsMax} environment variables are allowed.");
            secrets[name] = value;
            book.Save(call.Account);
            return Reply.Success("Environment variable added successfully");
        }
    }

    private Reply List(ApiCall call)
    {
        lock (book.Lock)
        {
            var secrets = new JsonObject();
            foreach (var name in call.Account.Secrets.Keys) secrets[name] = Masked;
            return Reply.Ok(new JsonObject { ["success"] = true, ["secrets"] = secrets });
        }
    }

    private Reply Update(ApiCall call)
    {
        var (name, value) = Read(call);
        if (name is null || value is null) return Missing();
        if (value.Length == 0) return Reply.Error(400, "empty_input", "The value is empty.");
        if (Complaint(name, value) is { } complaint) return complaint;
        lock (book.Lock)
        {
            if (!call.Account.Secrets.ContainsKey(name)) return Nonexistent(name);
            call.Account.Secrets[name] = value;
            book.Save(call.Account);
            return Reply.Success("Environment variable updated successfully");
        }
    }

    private Reply Delete(ApiCall call)
    {
        if (Read(call).Name is not { } name) return Missing();
        lock (book.Lock)
        {
            if (!call.Account.Secrets.Remove(name)) return Nonexistent(name);
            book.Save(call.Account);
            return Reply.Success("Environment variable deleted successfully");
        }
    }

    private static (string? Name, string? Value) Read(ApiCall call) => (call.Text("key") is { Length: > 0 } key ? key.ToUpperInvariant() : null, call.Text("value"));

    private static Reply? Complaint(string name, string value)
    {
        if (value.Length > ValueCharactersMax) return Reply.Error(400, "input_too_long", $"A value has at most {ValueCharactersMax} characters.");
        if (!Names().IsMatch(name)) return Reply.Error(400, "invalid_characters", $"'{name}' is no name of an environment variable.");
        return value.AsSpan().IndexOfAny('\0', '\n', '\r') >= 0 ? Reply.Error(400, "invalid_characters", "A value is one line of text.") : null;
    }

    private static Reply Missing() => Reply.Error(400, "missing_input", "Both 'key' and 'value' are required.");

    private static Reply Nonexistent(string name) => Reply.Error(400, "nonexistent_key", $"There is no environment variable {name}.");

    [GeneratedRegex(@"^[A-Z_][A-Z0-9_]*\z", RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex Names();
}
