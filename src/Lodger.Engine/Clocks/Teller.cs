using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Domain.Clocks;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;

namespace Lodger.Engine.Clocks;

/// <summary>Passes one notice on: to a shell command, to a webhook, or to both. Bounded, so that neither can hold anything up.</summary>
internal sealed class Teller(TimeSpan limit, TimeProvider time) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = limit }) { Timeout = limit };

    /// <returns>Ok when every configured way took it. The problem names the way and its exit or HTTP status, never its text: that may hold a secret.</returns>
    public async Task<Outcome<Done>> TellAsync(NotifySettings settings, Clock clock, CancellationToken cancellationToken)
    {
        var notice = JsonSerializer.SerializeToUtf8Bytes(clock, NoticeJson.Default.Clock);
        if (settings.Command is { } command && await RunAsync(command, clock, notice, cancellationToken) is { } failed)
            return Failed($"the notify command {failed}");
        if (settings.Webhook is { } webhook && await PostAsync(webhook, notice, cancellationToken) is { } refused)
            return Failed($"the notify webhook {refused}");
        return Done.Ok;
    }

    public void Dispose() => http.Dispose();

    private async Task<string?> RunAsync(string command, Clock clock, byte[] notice, CancellationToken cancellationToken)
    {
        var run = await ChildProcess.RunAsync(
            new ChildCommand
            {
                Program = "/bin/sh",
                Arguments = ["-c", command],
                Input = notice,
                Timeout = limit,
                MaxOutputBytes = 4096,
                Environment = new Dictionary<string, string?>
                {
                    ["LODGER_KIND"] = clock.Kind.ToString(),
                    ["LODGER_JOB"] = clock.Job ?? "",
                    ["LODGER_SENTENCE"] = clock.Sentence,
                    ["LODGER_FIX"] = clock.Fix,
                },
            },
            time,
            cancellationToken);
        return run.TryGet(out var result, out _)
            ? result switch { { Succeeded: true } => null, { End: ChildEnd.Exited } => $"exited {result.ExitCode}", _ => $"did not end within {limit.TotalSeconds:0} s and was killed" }
            : "could not be started";
    }

    private async Task<string?> PostAsync(Uri webhook, byte[] notice, CancellationToken cancellationToken)
    {
        using var body = new ByteArrayContent(notice) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using var answer = await http.PostAsync(webhook, body, cancellationToken);
            return answer.IsSuccessStatusCode ? null : $"answered {(int)answer.StatusCode}";
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return "did not answer";
        }
    }

    private static Problem Failed(string what) => new("notify-failed", $"A notice was not passed on: {what}.", "Look at notify.json.", ExitCode.Unknown, MayRetry: true);
}

/// <summary>The form of a notice; members are added, never renamed.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Clock))]
internal sealed partial class NoticeJson : JsonSerializerContext;
