using System.Text.Json.Nodes;
using Lodger.Marketplace.Control;

namespace Lodger.Marketplace.Http;

/// <summary>What a call is answered when a fault was ordered for it.</summary>
internal static class SpoiledAnswer
{
    private static readonly string[] Counts = ["instances_found", "total_instances", "count", "total"];

    /// <summary>Sends it.</summary>
    /// <param name="http">The call.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="truth">The true answer; null when the call did not take effect.</param>
    public static async Task SendAsync(HttpContext http, ApiFault fault, Reply? truth)
    {
        switch (fault.Kind)
        {
            case FaultKind.Drop:
                http.Abort();
                return;
            case FaultKind.Hang:
                await Task.Delay(TimeSpan.FromSeconds(fault.Seconds), http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                http.Abort();
                return;
            case FaultKind.Deprecated:
                await Api.SendAsync(http, Api.Deprecated());
                return;
            case FaultKind.Empty:
                http.Response.StatusCode = 200;
                return;
            case FaultKind.Garbage:
                await SendTextAsync(http, 200, "text/html", "<html><body>It works!</body></html>");
                return;
            case FaultKind.Status:
                await SendTextAsync(http, fault.Status, "text/html", $"<html><head><title>{fault.Status}</title></head><body><center><h1>{fault.Status}</h1></center></body></html>");
                return;
            case FaultKind.Body:
                await SendTextAsync(http, fault.Status, "application/json", fault.Body);
                return;
            case FaultKind.TooMany:
                await Api.SendAsync(http, new Reply(429, new JsonObject { ["detail"] = "API requests too frequent endpoint threshold=5.5" }));
                return;
            case FaultKind.NoRows or FaultKind.FewRows:
                await Api.SendAsync(http, truth! with { Body = WithFewerRows(truth.Body, keepHalf: fault.Kind == FaultKind.FewRows) });
                return;
            case FaultKind.Truncated:
                var whole = truth!.Body.ToJsonString();
                await SendTextAsync(http, truth.Status, "application/json", whole[..(whole.Length / 2)]);
                return;
            default:
                throw new InvalidOperationException("no such fault: " + fault.Kind);
        }
    }

    /// <summary>Lists lose their rows, counts agree with what is left, and there is no next page.</summary>
    private static JsonNode WithFewerRows(JsonNode answer, bool keepHalf)
    {
        var copy = answer.DeepClone();
        if (copy is JsonArray bare) Shorten(bare, keepHalf);
        if (copy is not JsonObject body) return copy;
        var left = 0;
        foreach (var (_, node) in body)
            if (node is JsonArray rows)
                left = Shorten(rows, keepHalf);
        foreach (var count in Counts)
            if (body.ContainsKey(count))
                body[count] = left;
        if (body.ContainsKey("next_token")) body["next_token"] = null;
        return copy;
    }

    private static int Shorten(JsonArray rows, bool keepHalf)
    {
        var left = keepHalf ? (rows.Count + 1) / 2 : 0;
        while (rows.Count > left) rows.RemoveAt(rows.Count - 1);
        return left;
    }

    private static Task SendTextAsync(HttpContext http, int status, string type, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        return http.Response.WriteAsync(text, http.RequestAborted);
    }
}
