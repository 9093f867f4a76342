using System.Diagnostics;
using System.Globalization;
using Lodger.Domain.Problems;
using Lodger.Server.Http;
using Lodger.Server.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace Lodger.Server.Access;

/// <summary>
/// Lets requests through to their endpoint, or not: 1. the owner, always, unless an agent asks for them; 2. what anyone may; 3. who shows a token or a cookie that is good, 4. asks from a page of ours, 5. has the scope, and 6. asks about their own project alone. Who is known is answered, also with a no, only so often.
/// </summary>
internal sealed class Gatekeeper(AccessTokens tokens, Sessions sessions, AuditLog audit, Func<string, string?, Outcome<string>> jobOf, TimeProvider time, ILogger log)
{
    /// <summary>With <c>__Host-</c> a browser takes it from this host alone, over TLS alone.</summary>
    private const string SecureCookie = "__Host-lodger";
    private const string PlainCookie = "lodger";

    /// <summary>The route value of every endpoint that is about one job.</summary>
    private const string JobValue = "job";

    private const int KeysMax = 4096;

    /// <summary>A code, or a token, is a line.</summary>
    private const long AnyoneBytesMax = 4 << 10;

    /// <summary>A page that shows everything and follows logs asks a few times a second.</summary>
    private readonly Allowance requests = new(most: 200, perSecond: 40, KeysMax, time);

    /// <summary>What the platform is asked for: its calls are few, and jobs are looked after with them. A page that opens asks for a handful at once, and waits.</summary>
    private readonly Turns asking = new(most: 4, waitingMax: 16, TimeSpan.FromSeconds(20));

    /// <summary>Someone who mistyped tries a few times.</summary>
    private readonly Allowance failures = new(most: 10, perSecond: 1 / 6.0, KeysMax, time);

    public AccessTokens Tokens => tokens;

    public Sessions Sessions => sessions;

    public AuditLog Audit => audit;

    public async Task LetInAsync(HttpContext http, RequestDelegate next)
    {
        if (Entrance.Of(http) is not { } entrance)
        {
            await ProblemAnswers.WriteAsync(http, StatusCodes.Status401Unauthorized, Stranger);
            return;
        }

        var agent = Agent.Of(http);
        if (entrance.IsOwner && agent is null)
        {
            await AnswerAsync(http, Principal.Owner, NeededScopes.Of(http), next);
            return;
        }

        var need = http.GetEndpoint() is null ? new Need(Scope: null) : NeededScopes.Of(http);
        if (need is { ForAnyone: true })
        {
            // Whoever it is: nothing that is asked for here is said at length.
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
                body.MaxRequestBodySize = AnyoneBytesMax;
            await next(http);
            return;
        }

        if ((entrance.IsOwner ? Principal.Owner : Identify(http, entrance)) is not { } who)
        {
            await RefuseAsync(http, entrance);
            return;
        }

        if (agent is not null)
            who = Agent.For(who, agent);

        if (requests.Take(who.CountedAs) is { } wait)
            await ProblemAnswers.WriteAsync(http, StatusOf(TooManyRequests), TooManyRequests, (HeaderNames.RetryAfter, Seconds(wait)));
        else if (need is null or { ForOwner: true })
            await ForbidAsync(http, who, OwnerOnly);
        else if (who.Proof == Proof.Session && !SameOrigin.Holds(http.Request))
            await ForbidAsync(http, who, OtherPage);
        else if (need.Scope is { } scope && who.Refuse(scope) is { } lacking)
            await ForbidAsync(http, who, agent is null ? lacking : Agent.NeedsPerson);
        else if (agent is not null && need.Act is not null)
            await ForbidAsync(http, who, Agent.NeedsPerson);
        else if (!entrance.IsOwner && LocalMarket.Refuse(http.Request) is { } noMarket)
            await ForbidAsync(http, who, noMarket);
        else if (who.Project is { } project && http.GetEndpoint() is not null && (need.IsOfAccount || (!need.IsPerProject && !http.Request.RouteValues.ContainsKey(JobValue))))
            await ForbidAsync(http, who, new Problem("project-limited", $"{who.Name} is limited to the project {project}, and that concerns others, too.", "Ask with a token that is not.", ExitCode.NotAuthorized));
        else if (who.Project is { } own && http.Request.RouteValues[JobValue] is string key && !Rewrite(http, key, own).TryGet(out _, out var unknown))
            await ProblemAnswers.WriteAsync(http, StatusCodes.Status404NotFound, unknown);
        else if (need.AsksPlatform)
            await InTurnAsync(http, who, need, next);
        else
            await AnswerAsync(http, who, need, next);
    }

    private async Task InTurnAsync(HttpContext http, Principal who, Need need, RequestDelegate next)
    {
        using var turn = await asking.TakeAsync(who.CountedAs, http.RequestAborted);
        if (turn is null)
            await ProblemAnswers.WriteAsync(http, StatusOf(TooManyRequests), TooManyRequests, (HeaderNames.RetryAfter, "1"));
        else
            await AnswerAsync(http, who, need, next);
    }

    /// <summary>From here on the request is about that very job: a name would be looked for in all projects.</summary>
    private Outcome<string> Rewrite(HttpContext http, string key, string project) => jobOf(key, project).Then<string>(id => (string)(http.Request.RouteValues[JobValue] = id));

    private async Task AnswerAsync(HttpContext http, Principal who, Need? need, RequestDelegate next)
    {
        http.Features.Set(who);
        if (Activity.Current is not null && http.Request.RouteValues[JobValue] is string key && jobOf(key, who.Project).TryGet(out var id, out _))
            http.Features.Set(new JobOfRequest(id));
        if (need?.Act is not { } act)
        {
            await next(http);
            return;
        }

        try
        {
            await next(http);
        }
        catch
        {
            // Answered further out, where what became of it is not told apart.
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            throw;
        }
        finally
        {
            audit.Answered(http, who, act);
        }
    }

    /// <summary>Signs a browser in, with a code or a token. The cookie goes into the answer.</summary>
    public Outcome<(Principal Principal, DateTimeOffset Until)> SignIn(HttpContext http, string? code)
    {
        var entrance = Entrance.Of(http)!;
        if (failures.Wait(entrance.Neighbourhood) is { } wait)
        {
            http.Response.Headers.RetryAfter = Seconds(wait);
            return TooManyFailures;
        }

        // Or another page could sign its visitor in as somebody of its choice.
        if (!SameOrigin.Holds(http.Request))
            return OtherPage;
        if (!entrance.TakesCookies(http.Request.Host))
            return OtherHost;
        var found = code is { } once ? sessions.Accept(once) : Shown(http) is { } token && tokens.Find(token) is { } bearer ? bearer : Stranger;
        if (!found.TryGet(out var who, out var problem))
        {
            Failed(http, entrance);
            return problem;
        }

        if (requests.Take(who.Name) is { } pause)
        {
            http.Response.Headers.RetryAfter = Seconds(pause);
            return TooManyRequests;
        }

        var (cookie, until) = sessions.Begin(who, entrance.SessionDoor);
        http.Response.Cookies.Append(CookieName(entrance), cookie, CookieOf(entrance, until));
        var principal = new Principal(who.Name, who.Scopes, who.Project, Proof.Session, entrance.Address);
        audit.Answered(http, principal, "sign-in");
        return (principal, until);
    }

    /// <summary>When the session of this request ends; null: it has none, or shows a token beside it.</summary>
    public DateTimeOffset? SessionUntil(HttpContext http) => Principal.Of(http).Proof == Proof.Session ? SessionOf(http, Entrance.Of(http)!)?.Until : null;

    public void SignOut(HttpContext http)
    {
        var entrance = Entrance.Of(http)!;
        if (http.Request.Cookies[CookieName(entrance)] is { } cookie)
            sessions.End(cookie);
        http.Response.Cookies.Delete(CookieName(entrance), CookieOf(entrance, null));
    }

    /// <summary>Whether who was let in would be again: a stream goes on for long after it was asked for.</summary>
    public bool IsStillKnown(HttpContext http) => Entrance.Of(http) is { } entrance && (entrance.IsOwner || Identify(http, entrance) is not null);

    /// <summary>As whom a code that they ask for signs in. Null: a session makes no other one, or it would never end.</summary>
    public Bearer? AsBearer(HttpContext http, Principal who) => who.Proof switch
    {
        Proof.Socket => new Bearer(null, who.Name, who.Scopes, who.Project, null),
        Proof.Token => Shown(http) is { } token ? tokens.Find(token) : null,
        _ => null,
    };

    private Principal? Identify(HttpContext http, Entrance entrance)
    {
        if (http.Request.Headers.Authorization.Count > 0)
            return Shown(http) is { } token && tokens.Find(token) is { } bearer ? new(bearer.Name, bearer.Scopes, bearer.Project, Proof.Token, entrance.Address) : null;
        return SessionOf(http, entrance) is { } session
            ? new(session.Who.Name, session.Who.Scopes, session.Who.Project, Proof.Session, entrance.Address)
            : null;
    }

    private (Bearer Who, DateTimeOffset Until)? SessionOf(HttpContext http, Entrance entrance) =>
        entrance.TakesCookies(http.Request.Host) && http.Request.Cookies[CookieName(entrance)] is { } cookie ? sessions.Find(cookie, entrance.SessionDoor) : null;

    /// <summary>The token of the request; null: there is none, or it is not said as it should be.</summary>
    private static string? Shown(HttpContext http) =>
        http.Request.Headers.Authorization is [{ Length: < 200 } said] && said.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? said["Bearer ".Length..].Trim() : null;

    private async Task RefuseAsync(HttpContext http, Entrance entrance)
    {
        // A cookie that has run out is no attempt, and a page that is left open would be kept out for it.
        if (http.Request.Headers.Authorization.Count > 0)
        {
            if (failures.Wait(entrance.Neighbourhood) is { } wait)
            {
                await ProblemAnswers.WriteAsync(http, StatusOf(TooManyFailures), TooManyFailures, (HeaderNames.RetryAfter, Seconds(wait)));
                return;
            }

            Failed(http, entrance);
        }

        await ProblemAnswers.WriteAsync(http, StatusOf(Stranger), Stranger, (HeaderNames.WWWAuthenticate, "Bearer realm=\"lodger\""));
    }

    private void Failed(HttpContext http, Entrance entrance)
    {
        failures.Take(entrance.Neighbourhood);
        audit.Attempted(http, entrance);
        LogLines.TokenRefused(log, entrance.Address, What(http));
    }

    private async Task ForbidAsync(HttpContext http, Principal who, Problem why)
    {
        LogLines.Forbidden(log, who.Name, who.From, What(http), why.Id);
        audit.Refused(http, who);
        await ProblemAnswers.WriteAsync(http, StatusCodes.Status403Forbidden, why);
    }

    private static string Seconds(TimeSpan wait) => Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>The HTTP status of a refusal to sign in.</summary>
    public static int StatusOf(Problem problem) => ReferenceEquals(problem, TooManyFailures) || ReferenceEquals(problem, TooManyRequests) ? StatusCodes.Status429TooManyRequests
        : ReferenceEquals(problem, OtherPage) || ReferenceEquals(problem, OtherHost) ? StatusCodes.Status403Forbidden
        : StatusCodes.Status401Unauthorized;

    /// <summary>In our own words: what a stranger writes into a path comes into no log.</summary>
    private static string What(HttpContext http) => http.GetEndpoint()?.DisplayName ?? "no endpoint";

    private static string CookieName(Entrance entrance) => entrance.IsSecure ? SecureCookie : PlainCookie;

    private static CookieOptions CookieOf(Entrance entrance, DateTimeOffset? until) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = entrance.IsSecure,
        Path = "/",
        IsEssential = true,
        Expires = until,
    };

    public static Problem Stranger { get; } = new(
        "token-needed", "Lodger's server answers over the network only who shows a token or is signed in; there was none, or it is not valid any more.", "Send  Authorization: Bearer TOKEN  (made by  lodger token create  where the server runs).", ExitCode.NotAuthorized);

    private static Problem TooManyFailures { get; } = new("too-many-failures", "Too many tokens that are not valid came from this address.", "Wait for as long as Retry-After says.", ExitCode.NotAuthorized, MayRetry: true);

    private static Problem TooManyRequests { get; } = new("too-many-requests", "That is more than this server answers one token.", "Ask less often.", ExitCode.Unknown, MayRetry: true);

    private static Problem OtherHost { get; } = new(
        "other-host", $"Without TLS a browser signs in at http://{Entrance.PlainHost}, with the server's port: its cookie would go to every other port of this machine, too.", "Open the address that is printed by  lodger dashboard", ExitCode.NotAuthorized);

    private static Problem OtherPage { get; } = new(
        "other-origin", $"A request with a cookie has to be made by a page of this server and, when it changes something, carry the header {SameOrigin.Header}.", "Programs use a token.", ExitCode.NotAuthorized);

    private static Problem OwnerOnly { get; } = new("owner-only", "That is for the user of the server's machine alone.", "Do it there.", ExitCode.NotAuthorized);
}
