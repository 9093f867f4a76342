using System.Globalization;
using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    private const int PageRows = 25;

    /// <summary><c>GET /instances/{id}/</c>: one instance; null only when the platform says that there is none.</summary>
    public async Task<Outcome<VastInstance?>> ShowAsync(long instanceId, CancellationToken cancellationToken)
    {
        var request = new Request(Route.Show) { Id = instanceId, Query = [("owner", "me")] };
        var verdict = await JudgeAsync(request, cancellationToken);
        if (verdict.Refusal is { } refusal) return refusal.IsInstanceGone ? (VastInstance?)null : problems.Of(request.Route, refusal);
        if (verdict.Body is not { } body) return verdict.Unknown!;

        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("instances", out var row)) return problems.Unreadable(request.Route, "no instance in it");
        if (row.ValueKind == JsonValueKind.Null) return (VastInstance?)null;
        if (Verdict.Read(row, VastJson.Default.VastInstance) is not { Id: { } id } instance) return problems.Unreadable(request.Route, "an instance without an id");
        return id == instanceId ? instance : problems.Unreadable(request.Route, $"asked for instance {instanceId}, got {id}");
    }

    /// <summary><c>GET /api/v1/instances/</c>, every page: all instances of the account, or a problem; never a part of them.</summary>
    public async Task<Outcome<IReadOnlyList<VastInstance>>> ListAsync(CancellationToken cancellationToken)
    {
        // Rows can move between pages while others rent and destroy: an id counts once, its latest row.
        var found = new Dictionary<long, VastInstance>();
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        string? after = null;
        for (var page = 0; page < options.PagesMax; page++)
        {
            if (!(await CallAsync(PageRequest(after), body => ReadPage(body, found), cancellationToken)).TryGet(out var read, out var problem)) return problem;
            if (read.NextToken.Length == 0)
            {
                return read.Total is { } total && total > found.Count
                    ? problems.Unreadable(Route.List, $"it counts {total} rentals and shows {found.Count}")
                    : Outcome<IReadOnlyList<VastInstance>>.Ok([.. found.Values.OrderBy(instance => instance.Id)]);
            }

            if (!tokens.Add(read.NextToken)) return problems.Unreadable(Route.List, "its pages go round in a circle");
            after = read.NextToken;
        }

        return problems.Unreadable(Route.List, $"it has more than {options.PagesMax} pages");
    }

    /// <summary><c>PUT /instances/{id}/</c>: tells it to stop. The disk goes on billing.</summary>
    /// <param name="maySend">As for <see cref="DestroyAsync"/>.</param>
    public Task<Outcome<Done>> StopAsync(long instanceId, CancellationToken cancellationToken, Func<bool>? maySend = null) =>
        ChangeAsync(instanceId, new ChangeInstance { State = "stopped" }, cancellationToken, maySend);

    /// <summary><c>PUT /instances/{id}/</c>: tells it to run, which it does once its own GPUs are free.</summary>
    /// <param name="maySend">As for <see cref="DestroyAsync"/>.</param>
    public Task<Outcome<Done>> StartAsync(long instanceId, CancellationToken cancellationToken, Func<bool>? maySend = null) =>
        ChangeAsync(instanceId, new ChangeInstance { State = "running" }, cancellationToken, maySend);

    /// <summary><c>PUT /instances/bid_price/{id}/</c>: sets the bid of an interruptible.</summary>
    /// <param name="usdPerHour">For the whole machine.</param>
    /// <param name="maySend">As for <see cref="DestroyAsync"/>.</param>
    public Task<Outcome<Done>> ChangeBidAsync(long instanceId, decimal usdPerHour, CancellationToken cancellationToken, Func<bool>? maySend = null) =>
        DoAsync(new Request(Route.ChangeBid) { Id = instanceId, Body = Json(new BidBody { Price = usdPerHour }, VastBodies.Default.BidBody), MaySend = maySend }, cancellationToken);

    /// <param name="label">At most 1024 characters.</param>
    public Task<Outcome<Done>> LabelAsync(long instanceId, string label, CancellationToken cancellationToken) =>
        ChangeAsync(instanceId, new ChangeInstance { Label = label }, cancellationToken);

    /// <summary>
    /// <c>DELETE /instances/{id}/</c>: irreversible. Ok also when it was gone already. The platform needs a while: only <see cref="ShowAsync"/>
    /// answering null says that it is gone.
    /// </summary>
    /// <param name="maySend">Asked just before each try; false: it is not sent, a problem <c>not-sent</c>.</param>
    public async Task<Outcome<Done>> DestroyAsync(long instanceId, CancellationToken cancellationToken, Func<bool>? maySend = null)
    {
        var request = new Request(Route.Destroy) { Id = instanceId, Body = Json(new EmptyBody(), VastBodies.Default.EmptyBody), MaySend = maySend };
        var verdict = await JudgeAsync(request, cancellationToken);
        if (verdict.Refusal is { } refusal) return refusal.IsInstanceGone ? Done.Ok : problems.Of(request.Route, refusal);
        if (verdict.Body is not { } body) return verdict.Unknown!;
        return body.ValueKind == JsonValueKind.Object ? Done.Ok : problems.Unreadable(request.Route, "no JSON object");
    }

    private Task<Outcome<Done>> ChangeAsync(long instanceId, ChangeInstance change, CancellationToken cancellationToken, Func<bool>? maySend = null) =>
        DoAsync(new Request(Route.Change) { Id = instanceId, Body = Json(change, VastBodies.Default.ChangeInstance), MaySend = maySend }, cancellationToken);

    private static Request PageRequest(string? after)
    {
        List<(string, string)> query =
        [
            ("select_filters", "{}"),
            ("order_by", """[{"col":"id","dir":"asc"}]"""),
            ("limit", PageRows.ToString(CultureInfo.InvariantCulture)),
        ];
        if (after is not null) query.Add(("after_token", after));
        return new Request(Route.List) { Query = query };
    }

    private Outcome<Page> ReadPage(JsonElement body, Dictionary<long, VastInstance> found)
    {
        if (Elements(body, "instances") is not { } rows) return problems.Unreadable(Route.List, "no list of instances");
        foreach (var row in rows)
        {
            // One row that cannot be read could be the one that bills: the listing as a whole is unknown.
            if (Verdict.Read(row, VastJson.Default.VastInstance) is not { Id: { } id } instance) return problems.Unreadable(Route.List, "an instance without an id");
            found[id] = instance;
        }

        return Page.After(body) is { } page ? page : problems.Unreadable(Route.List, "its next page is named by something that is no text");
    }
}

/// <summary>How a listing goes on.</summary>
/// <param name="NextToken">Names the next page; empty when there is none.</param>
/// <param name="Total">Rows of all pages together, when the platform says.</param>
internal sealed record Page(string NextToken, long? Total)
{
    /// <summary>Null when there seems to be a next page and its name cannot be read.</summary>
    public static Page? After(JsonElement body)
    {
        var total = body.TryGetProperty("total_instances", out var count) && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out var number) ? number : (long?)null;
        if (!body.TryGetProperty("next_token", out var token) || token.ValueKind == JsonValueKind.Null) return new Page("", total);
        if (token.ValueKind is JsonValueKind.False) return new Page("", total);
        if (token.ValueKind != JsonValueKind.String) return null;
        try
        {
            return new Page(token.GetString()!, total);
        }
        catch (InvalidOperationException)
        {
            return null; // Half of a surrogate pair.
        }
    }
}
