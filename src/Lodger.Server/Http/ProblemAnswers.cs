using Lodger.Domain.Problems;
using Lodger.Engine.Journal.Databases;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Http;

/// <summary>Gives whatever goes wrong around the endpoints the one shape of an error answer. No answer ever holds an exception's words.</summary>
internal static class ProblemAnswers
{
    public static void Use(IApplicationBuilder app, ILogger log) => app.Use(async (http, next) =>
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null })
                await WriteAsync(http, http.Response.StatusCode);
        }
        catch (BadHttpRequestException malformed) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, malformed.StatusCode);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there any more who could be answered.
        }
        catch (JournalException journal) when (!http.Response.HasStarted)
        {
            log.LogWarning("{Problem}", journal.Message);
            await WriteAsync(http, StatusCodes.Status503ServiceUnavailable, new("journal-unreachable", $"{journal.Message} Whether what was asked for is done is not known.", "Try again in a moment.", ExitCode.Unknown, MayRetry: true));
        }
        catch (Exception defect) when (!http.Response.HasStarted)
        {
            LogLines.DefectIn(log, defect, http.GetEndpoint()?.DisplayName ?? "no endpoint");
            await WriteAsync(http, StatusCodes.Status500InternalServerError);
        }
    });

    private static Task WriteAsync(HttpContext http, int status) => WriteAsync(http, status, Of(status));

    /// <summary>Answers with a problem, whatever was begun to be answered.</summary>
    /// <param name="header">Besides; null: none.</param>
    public static async Task WriteAsync(HttpContext http, int status, Problem problem, (string Name, string Value)? header = null)
    {
        http.Response.Clear();
        http.Response.StatusCode = status;
        if (header is { } said)
            http.Response.Headers[said.Name] = said.Value;
        await http.Response.WriteAsJsonAsync(new ProblemView(problem), ApiJson.Default.ProblemView, cancellationToken: http.RequestAborted);
    }

    private static Problem Of(int status) => status switch
    {
        StatusCodes.Status404NotFound => new("no-such-route", "Lodger's server has nothing at that address.", "", ExitCode.NotFound),
        StatusCodes.Status405MethodNotAllowed => new("method-not-allowed", "Lodger's server knows that address, but not with that method.", "", ExitCode.BadInput),
        StatusCodes.Status413PayloadTooLarge => new("request-too-large", "The request is larger than any that Lodger's server takes.", "", ExitCode.BadInput),
        StatusCodes.Status415UnsupportedMediaType => new("request-not-json", "The request's body is not declared as JSON.", "Send  Content-Type: application/json", ExitCode.BadInput),
        < 500 => new("request-malformed", "The request is malformed: a parameter or a field of its JSON is missing, null or not of its type.", "", ExitCode.BadInput),
        _ => new("server-defect", "A defect in Lodger's server kept it from answering; its log has it.", "See the log:  lodger server status", ExitCode.Defect),
    };
}
