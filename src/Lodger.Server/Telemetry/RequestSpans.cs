using System.Diagnostics;
using Lodger.Server.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Telemetry;

/// <summary>A span for every request, where somebody listens: the route and never the address, who was let in, the status. A trace that a stranger says they began is not gone on with.</summary>
internal static class RequestSpans
{
    public const string SourceName = "Lodger.Server";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Around whatever answers; the route is found within.</summary>
    public static async Task AroundAsync(HttpContext http, RequestDelegate next)
    {
        // A stream is open for hours, and would be one span of hours.
        var before = Activity.Current;
        Activity.Current = null;
        using var span = Source.StartActivity("request", ActivityKind.Server);
        try
        {
            await next(http);
        }
        catch
        {
            span?.SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            if (span is not null)
                Describe(span, http);
            Activity.Current = before;
        }
    }

    private static void Describe(Activity span, HttpContext http)
    {
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        // A method that none of our routes has is a stranger's word.
        var method = route is null ? "other" : http.Request.Method;
        span.DisplayName = route is null ? "request" : $"{method} {route}";
        span.SetTag("http.request.method", method).SetTag("http.route", route).SetTag("http.response.status_code", http.Response.StatusCode);
        if (http.Features.Get<Principal>() is { } who)
            span.SetTag("lodger.who", who.Name);
        if (http.Features.Get<JobOfRequest>() is { } job)
            span.SetTag("lodger.job", job.Id);
        if (http.Response.StatusCode >= 500)
            span.SetStatus(ActivityStatusCode.Error);
    }
}

/// <summary>The id of the job that a request turned out to be about.</summary>
internal sealed record JobOfRequest(string Id);
