using System.Globalization;
using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Vast.Credentials;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    private const int ChargesPageRows = 500;

    /// <summary><c>GET /users/current/</c>.</summary>
    public Task<Outcome<VastUser>> UserAsync(CancellationToken cancellationToken)
    {
        var request = new Request(Route.User) { Query = [("owner", "me")] };
        return CallAsync<VastUser>(
            request,
            body => Verdict.Read(body, VastJson.Default.VastUser) is { } user && (user.Balance is not null || user.Credit is not null)
                ? user
                : problems.Unreadable(request.Route, "no balance in it"),
            cancellationToken);
    }

    /// <summary><c>GET /ssh/</c>: the account's keys that are in force.</summary>
    public async Task<Outcome<IReadOnlyList<VastSshKey>>> SshKeysAsync(CancellationToken cancellationToken)
    {
        var request = new Request(Route.ListKeys);
        var verdict = await JudgeAsync(request, cancellationToken);
        // Documented: 404 is how an account without keys is answered, in a form that is not.
        if (verdict.Refusal is { Status: 404, IsAuth: false, IsRetired: false }) return Outcome<IReadOnlyList<VastSshKey>>.Ok([]);
        if (verdict.Refusal is { } refusal) return problems.Of(request.Route, refusal);
        if (verdict.Body is not { } body) return verdict.Unknown!;
        if (SshKeyRows.Of(body) is not { } rows) return problems.Unreadable(request.Route, "no list of keys");

        var keys = rows.Select(row => Verdict.Read(row, VastJson.Default.VastSshKey)).ToList();
        return keys.TrueForAll(key => key is not null)
            ? Outcome<IReadOnlyList<VastSshKey>>.Ok([.. keys.Where(key => key!.DeletedAt is null).Select(key => key!)])
            : problems.Unreadable(request.Route, "a key that is no object");
    }

    /// <summary><c>POST /ssh/</c>: adds a key to the account. Reaches instances made afterwards.</summary>
    public Task<Outcome<Done>> AddSshKeyAsync(SshPublicKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return DoAsync(new Request(Route.AddKey) { Body = Json(new SshKeyBody { SshKey = key.ToString() }, VastBodies.Default.SshKeyBody) }, cancellationToken);
    }

    /// <summary><c>POST /instances/{id}/ssh/</c>: gives an instance one more key. Ok also when it had it already.</summary>
    public async Task<Outcome<Done>> AttachSshKeyAsync(long instanceId, SshPublicKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        var request = new Request(Route.AttachKey) { Id = instanceId, Body = Json(new SshKeyBody { SshKey = key.ToString() }, VastBodies.Default.SshKeyBody) };
        var verdict = await JudgeAsync(request, cancellationToken);
        if (verdict.Refusal is { } refusal) return refusal.IsAttachedAlready ? Done.Ok : problems.Of(request.Route, refusal);
        return verdict.Unknown is { } unknown ? unknown : Done.Ok;
    }

    /// <summary><c>GET /charges/</c>, every page: what contracts cost in a period.</summary>
    /// <param name="types"><c>instance</c>, <c>volume</c>.</param>
    public async Task<Outcome<IReadOnlyList<VastCharge>>> ChargesAsync(DateTimeOffset from, DateTimeOffset to, IReadOnlyList<string> types, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(types);
        var days = string.Create(CultureInfo.InvariantCulture, $"\"gte\":{from.ToUnixTimeSeconds()},\"lte\":{to.ToUnixTimeSeconds()}");
        var filters = "{\"day\":{" + days + "},\"type\":{\"in\":[" + string.Join(',', types.Select(type => $"\"{type}\"")) + "]}}";
        var charges = new List<VastCharge>();
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        string? after = null;
        for (var page = 0; page < options.PagesMax; page++)
        {
            List<(string, string)> query = [("select_filters", filters), ("limit", ChargesPageRows.ToString(CultureInfo.InvariantCulture)), ("format", "table")];
            if (after is not null) query.Add(("after_token", after));
            if (!(await CallAsync(new Request(Route.Charges) { Query = query }, body => ReadCharges(body, charges), cancellationToken)).TryGet(out var read, out var problem))
                return problem;
            if (read.NextToken.Length == 0) return Outcome<IReadOnlyList<VastCharge>>.Ok(charges);
            if (!tokens.Add(read.NextToken)) return problems.Unreadable(Route.Charges, "its pages go round in a circle");
            after = read.NextToken;
        }

        return problems.Unreadable(Route.Charges, $"it has more than {options.PagesMax} pages");
    }

    private Outcome<Page> ReadCharges(JsonElement body, List<VastCharge> charges)
    {
        if (Elements(body, "results") is not { } rows) return problems.Unreadable(Route.Charges, "no list of charges");
        foreach (var row in rows)
        {
            if (Verdict.Read(row, VastJson.Default.VastCharge) is not { Source: not null } charge) return problems.Unreadable(Route.Charges, "a charge that names no contract");
            charges.Add(charge);
        }

        return Page.After(body) is { } page ? page : problems.Unreadable(Route.Charges, "its next page is named by something that is no text");
    }
}

/// <summary>The rows of a key listing, in the forms that occur: a list, an object that holds one, an object that holds one as text.</summary>
internal static class SshKeyRows
{
    public static List<JsonElement>? Of(JsonElement body)
    {
        if (body.ValueKind == JsonValueKind.Array) return [.. body.EnumerateArray()];
        if (body.ValueKind != JsonValueKind.Object) return null;
        foreach (var name in (string[])["ssh_keys", "keys"])
        {
            if (!body.TryGetProperty(name, out var inner)) continue;
            if (inner.ValueKind == JsonValueKind.Array) return [.. inner.EnumerateArray()];
            if (inner.ValueKind == JsonValueKind.String) return Parse(inner);
        }

        return null;
    }

    private static List<JsonElement>? Parse(JsonElement text)
    {
        try
        {
            using var document = JsonDocument.Parse(text.GetString()!);
            return document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.Clone().EnumerateArray()] : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
