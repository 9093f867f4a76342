using Lodger.Server.Api;
using Lodger.Server.Site;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Access;

/// <summary>What an endpoint asks of who calls it over the network.</summary>
/// <param name="Scope">Null: being known is enough, or one of the two others holds.</param>
/// <param name="ForAnyone">Also for who shows nothing: what it answers is no secret, or it asks by itself.</param>
/// <param name="ForOwner">For nobody over the network, whatever they may.</param>
/// <param name="IsPerProject">It shows and touches nothing of another project than that of who asks. One about a job does, by itself: see <see cref="Gatekeeper"/>. The others are closed to who is limited to a project.</param>
/// <param name="IsOfAccount">It is about a job and reaches what belongs to its whole account: closed to them, too.</param>
/// <param name="AsksPlatform">The platform is asked for the answer, or a machine: few at once for each token, so that one that looks keeps none of the calls from what looks after jobs.</param>
/// <param name="Act">What it changes, in a word, for the audit log; null: nothing.</param>
internal sealed record Need(Scope? Scope, bool ForAnyone = false, bool ForOwner = false, bool IsPerProject = false, bool IsOfAccount = false, bool AsksPlatform = false, string? Act = null)
{
    public Need PerProject() => this with { IsPerProject = true };

    public Need OfAccount() => this with { IsOfAccount = true };

    public Need OfPlatform() => this with { AsksPlatform = true };

    public Need To(string act) => this with { Act = act };
}

/// <summary>Every endpoint and the scope that it needs: the one place. What is not here is closed to everybody but the owner; a test finds it.</summary>
internal static class NeededScopes
{
    private static readonly Need Anyone = new(null, ForAnyone: true);
    private static readonly Need Owner = new(null, ForOwner: true);
    private static readonly Need Known = new(Scope: null);
    private static readonly Need Read = new(Scope.Read);
    private static readonly Need Operate = new(Scope.Operate);
    private static readonly Need Approve = new(Scope.Approve);
    private static readonly Need Admin = new(Scope.Admin);

    public static IReadOnlyDictionary<(string Method, string Pattern), Need> Table { get; } = new Dictionary<(string, string), Need>
    {
        [("GET", Dashboard.Home)] = Anyone,
        [("GET", Dashboard.File)] = Anyone,
        [("POST", Routes.Session)] = Anyone.To("sign-in"),
        [("GET", Routes.Session)] = Known.PerProject(),
        [("DELETE", Routes.Session)] = Known.To("sign-out").PerProject(),
        [("POST", Routes.SessionCode)] = Known.To("code").PerProject(),
        [("GET", Routes.Tokens)] = Admin,
        [("POST", Routes.Tokens)] = Admin.To("token-create"),
        [("DELETE", Routes.Token)] = Admin.To("token-revoke"),
        [("GET", Routes.Audit)] = Admin,
        [("GET", Routes.Doors)] = Admin,
        [("POST", Routes.Doors)] = Owner.To("address-open"),
        [("DELETE", Routes.Doors)] = Owner.To("address-close"),
        [("GET", Routes.OpenApi)] = Anyone,
        [("GET", Routes.Metrics)] = Read.PerProject(),
        [("GET", Routes.Server)] = Read.PerProject(),
        [("POST", Routes.ServerStop)] = Admin.To("server-stop"),
        [("POST", Routes.Command)] = Owner,

        [("GET", Routes.Jobs)] = Read.PerProject(),
        [("GET", Routes.JobList)] = Read.PerProject(),
        [("POST", Routes.Jobs)] = Operate.To("submit").PerProject(),
        [("POST", Routes.Code)] = Operate.To("code").PerProject(),
        [("GET", Routes.Job)] = Read,
        [("GET", Routes.Events)] = Read,
        [("GET", Routes.Stream)] = Read.PerProject(),
        [("GET", Routes.Board)] = Read.PerProject(),
        [("GET", Routes.MoneyHistory)] = Read.PerProject(),
        [("GET", Routes.JobPlan)] = Read.OfPlatform(),
        [("GET", Routes.Log)] = Read.OfPlatform(),
        [("GET", Routes.RentalLog)] = Read.OfPlatform(),
        [("GET", Routes.Gate)] = Read,
        [("GET", Routes.Budget)] = Read,
        [("POST", Routes.Budget)] = Operate.To("budget"),
        [("GET", Routes.Results)] = Operate,
        [("GET", Routes.ResultBytes)] = Operate,
        [("GET", Routes.Storage)] = Read.OfPlatform(),
        [("GET", Routes.Doctor)] = Read.PerProject(),
        [("GET", Routes.JobDoctor)] = Read.OfPlatform(),
        [("GET", Routes.Rental)] = Read.OfPlatform(),
        [("GET", Routes.Clouds)] = Read.OfAccount().OfPlatform(),
        [("POST", Routes.Clouds)] = Operate.To("copy-by-host").OfAccount().OfPlatform(),
        [("GET", Routes.CloudCopy)] = Read.OfAccount().OfPlatform(),
        [("GET", Routes.Box)] = Operate.OfPlatform(),
        [("POST", Routes.Cancel)] = Operate.To("cancel"),
        [("POST", Routes.Drill)] = Operate.To("drill"),
        [("POST", Routes.Pull)] = Operate.To("pull"),
        [("POST", Routes.Approve)] = Approve.To("approve"),
        [("POST", Routes.Abandon)] = Approve.To("abandon"),

        [("GET", Routes.Offers)] = Read.PerProject().OfPlatform(),
        [("GET", Routes.Account)] = Read.OfPlatform(),
        [("POST", Routes.Plan)] = Read.PerProject().OfPlatform(),
        [("GET", Routes.Cost)] = Read.PerProject().OfPlatform(),
        [("GET", Routes.Clocks)] = Read.PerProject().OfPlatform(),
        [("GET", Routes.Survey)] = Read.OfPlatform(),
        [("GET", Routes.Volumes)] = Read.OfPlatform(),
        [("GET", Routes.VolumePlaces)] = Read.OfPlatform(),
        [("POST", Routes.Volumes)] = Operate.To("volume-create").OfPlatform(),
        [("POST", Routes.VolumeDelete)] = Approve.To("volume-delete").OfPlatform(),
        [("POST", Routes.RentalLook)] = Operate.To("rental-look").OfPlatform(),
        [("POST", Routes.Adopt)] = Operate.To("adopt").OfPlatform(),
        [("POST", Routes.Release)] = Operate.To("release").OfPlatform(),
        [("GET", Routes.Webhooks)] = Admin,
        [("POST", Routes.Webhook)] = Admin.To("webhook-add").OfPlatform(),
        [("DELETE", Routes.Webhook)] = Admin.To("webhook-remove").OfPlatform(),
    };

    /// <summary>Null: closed.</summary>
    public static Need? Of(HttpContext http) => http.GetEndpoint() is RouteEndpoint endpoint
        ? Table.GetValueOrDefault((HttpMethods.IsHead(http.Request.Method) ? HttpMethods.Get : http.Request.Method, endpoint.RoutePattern.RawText ?? ""))
        : null;

    /// <summary>Endpoints that are not in the table, and rows of it that are no endpoint; empty when it is whole.</summary>
    public static IReadOnlyList<string> Gaps(IEnumerable<Endpoint> endpoints)
    {
        var mapped = endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [""]).Select(m => (Method: m, Pattern: e.RoutePattern.RawText ?? ""))).ToHashSet();
        return [.. mapped.Except(Table.Keys).Select(e => $"{e.Method} {e.Pattern} says nowhere which scope it needs"), .. Table.Keys.Except(mapped).Select(e => $"{e.Method} {e.Pattern} needs a scope and is no endpoint")];
    }
}
