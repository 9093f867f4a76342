using System.Globalization;
using System.Text;
using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    /// <summary><c>PUT /instances/request_logs/{id}/</c>, then waits for the log, <see cref="VastOptions.ResultWait"/> at most.</summary>
    /// <param name="tailLines">Lines from the end.</param>
    /// <param name="isDaemon">The host's daemon in place of the container.</param>
    /// <param name="filter">The platform gives only lines with it; null: all.</param>
    /// <returns>As the machine wrote it: hostile text, to be neutralised by whoever shows it.</returns>
    public Task<Outcome<string>> LogsAsync(long instanceId, int tailLines, bool isDaemon, string? filter, CancellationToken cancellationToken)
    {
        var body = new LogsBody { Tail = tailLines.ToString(CultureInfo.InvariantCulture), Filter = filter, DaemonLogs = isDaemon ? "true" : null };
        var request = new Request(Route.Logs) { Id = instanceId, Body = Json(body, VastBodies.Default.LogsBody) };
        return ResultAsync(request, $"The {(isDaemon ? "daemon's " : "")}log of rental {instanceId}", cancellationToken);
    }

    /// <summary><c>PUT /instances/command/{id}/</c>, then waits for the output. Works on a stopped instance too.</summary>
    /// <param name="command">One of the few that the platform allows (<c>ls</c>, <c>rm</c>, <c>du</c>), at most 512 characters.</param>
    public Task<Outcome<string>> ExecuteAsync(long instanceId, string command, CancellationToken cancellationToken)
    {
        var request = new Request(Route.Execute) { Id = instanceId, Body = Json(new CommandBody { Command = command }, VastBodies.Default.CommandBody) };
        return ResultAsync(request, $"The output of the command on rental {instanceId}", cancellationToken);
    }

    private async Task<Outcome<string>> ResultAsync(Request request, string what, CancellationToken cancellationToken)
    {
        if (!(await CallAsync(request, body => ReadAddress(request.Route, body), cancellationToken)).TryGet(out var address, out var problem)) return problem;
        var started = time.GetTimestamp();
        while (true)
        {
            var reply = await transport.FetchAsync(address, cancellationToken);
            if (reply.Missing == NoAnswer.TooLong) return problems.Unreadable(request.Route, reply.Reason);
            if (reply.Status == 200) return Encoding.UTF8.GetString(reply.Body);
            // Until it is written the store answers 403 or 404, so a no is a not yet.
            if (time.GetElapsedTime(started) + options.ResultPoll > options.ResultWait) return problems.ResultLate(what);
            await Task.Delay(options.ResultPoll, time, cancellationToken);
        }
    }

    private Outcome<Uri> ReadAddress(Route route, JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("result_url", out var field) || field.ValueKind != JsonValueKind.String)
            return problems.Unreadable(route, "it names no place for the result");
        try
        {
            return Uri.TryCreate(field.GetString(), UriKind.Absolute, out var address) && IsAllowed(address)
                ? address
                : problems.Unreadable(route, "the place it names for the result is no https address");
        }
        catch (InvalidOperationException)
        {
            return problems.Unreadable(route, "the place it names for the result is no text"); // Half of a surrogate pair.
        }
    }

    // Plain http only from the very server we already talk to.
    private bool IsAllowed(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps
        || (address.Scheme == Uri.UriSchemeHttp && options.BaseUrl.Scheme == Uri.UriSchemeHttp
            && (address.Authority == options.BaseUrl.Authority || (address.IsLoopback && options.BaseUrl.IsLoopback)));
}
