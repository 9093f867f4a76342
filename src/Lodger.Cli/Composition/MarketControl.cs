using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Composition;

/// <summary>The running marketplace's control surface over HTTP: what people order with <c>lodger market</c>. Knows its words and none of its types.</summary>
internal static class MarketControl
{
    /// <summary>Lets market time pass.</summary>
    public const string AdvancePath = "clock/advance";

    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(20);

    /// <summary>Everything that falls due in a year, or the write that is waited for, happens before the answer.</summary>
    private static readonly TimeSpan LongAnswerMax = TimeSpan.FromMinutes(11);

    /// <summary>Calls it; what it refuses comes back in its own words, with what to write instead as <paramref name="fix"/>.</summary>
    public static async Task<Outcome<JsonObject>> CallAsync(MarketDoor door, HttpMethod method, string path, JsonObject? body, string fix, CancellationToken cancellationToken)
    {
        var patience = path == AdvancePath || path.EndsWith("/outbid_in_write", StringComparison.Ordinal) ? LongAnswerMax : AnswerMax;
        using var http = new HttpClient { BaseAddress = door.Url, Timeout = patience };
        using var request = new HttpRequestMessage(method, "/control/" + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", door.ControlToken);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            if (JsonNode.Parse(text) is not JsonObject answer)
                return Silent(door, $"it answered {(int)response.StatusCode} without an object");
            if (response.IsSuccessStatusCode)
                return answer;
            var code = (int)response.StatusCode == 404 ? ExitCode.NotFound : ExitCode.BadInput;
            return new Problem("market-refused", $"The marketplace refused: {answer["msg"]?.ToString() ?? text}", fix, code);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Silent(door, $"nothing came within {patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException)
        {
            return Silent(door, e.Message.TrimEnd('.'));
        }
    }

    private static Problem Silent(MarketDoor door, string why) => new(
        "market-silent",
        $"The local marketplace (process {door.Pid}) does not answer: {why}.",
        "It may be busy: try again. If it hangs, start it anew, with the ledger and the disks that it has:  lodger market stop , then  lodger market start",
        ExitCode.Unknown,
        MayRetry: true);
}
