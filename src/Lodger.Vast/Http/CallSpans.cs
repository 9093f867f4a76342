using System.Diagnostics;

namespace Lodger.Vast.Http;

/// <summary>A span for every call to the platform, where somebody listens: the endpoint without its ids, the try, the status. Nothing that was sent, and no word of the answer.</summary>
internal static class CallSpans
{
    private static readonly ActivitySource Source = new(VastClient.SpanSource);

    public static Activity? Begin(Route route, int number)
    {
        var span = Source.StartActivity("platform call", ActivityKind.Client);
        span?.SetTag("http.request.method", route.Method.Method).SetTag("http.route", route.Template).SetTag("lodger.try", number);
        return span;
    }

    public static void End(Activity? span, Reply reply)
    {
        if (span is null) return;
        if (reply.IsAnswer) span.SetTag("http.response.status_code", reply.Status);
        if (!reply.IsAnswer || reply.Status >= 400) span.SetStatus(ActivityStatusCode.Error);
    }
}
