using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Http;

/// <summary>
/// Logs and <c>execute</c>: both answer a <c>result_url</c> that needs no key and is 404 for some moments. Commands are constrained as on the platform: one of
/// <c>ls</c>, <c>rm</c>, <c>du</c>, without shell syntax.
/// </summary>
internal sealed class ResultsApi(Book book, Lifecycle life, ISandboxHost host, TimeSpan delay, Func<string> newSecret)
{
    private const int CommandCharactersMax = 512;
    private const int TailDefault = 1000;
    private const int TailMax = 10_000;
    private const int ResultsMax = 500;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private static readonly SearchValues<char> ShellSyntax = SearchValues.Create(";&|<>`$\n\r\0()");
    private static readonly HashSet<string> Commands = new(StringComparer.Ordinal) { "ls", "rm", "du" };
    private readonly ConcurrentDictionary<string, Task<string>> _results = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = [];

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("logs", "PUT", "/api/v0/instances/request_logs/{id:long}", 0, RequestLogs),
        new("execute", "PUT", "/api/v0/instances/command/{id:long}", 1.5, Execute),
    ];

    public void MapResults(IEndpointRouteBuilder routes) => routes.MapGet("/results/{name}", (string name, HttpContext http) => AnswerAsync(name, http));

    private Reply RequestLogs(ApiCall call)
    {
        var tail = int.TryParse(call.Body["tail"]?.ToString(), out var lines) && lines > 0 ? Math.Min(lines, TailMax) : TailDefault;
        var filter = call.Text("filter");
        SandboxSpec? spec = null;
        string daemonLog;
        lock (book.Lock)
        {
            if (book.FindContract(call.RouteId()) is not { IsAlive: true } contract || contract.AccountId != call.Account.Id)
                return Reply.Error(404, "invalid_id", "Invalid instance id.");
            if (call.Flag("daemon_logs") != true && contract.HasDisk) spec = life.SpecOf(contract);
            daemonLog = DaemonLog(contract);
        }

        return Shelve(call, async bound => Filter(spec is null ? daemonLog : await host.ReadLogAsync(spec, tail, bound), filter), "Log upload requested, wait a few seconds and then view the result_url");
    }

    private Reply Execute(ApiCall call)
    {
        var command = call.Text("command");
        if (string.IsNullOrWhiteSpace(command) || command.Length > CommandCharactersMax || !Commands.Contains(command.Split(' ')[0])
            || command.AsSpan().IndexOfAny(ShellSyntax) >= 0)
            return Reply.Error(400, "invalid_args", "Invalid command given.");
        SandboxSpec spec;
        lock (book.Lock)
        {
            if (book.FindContract(call.RouteId()) is not { IsAlive: true, HasDisk: true } contract || contract.AccountId != call.Account.Id)
                return Reply.Error(400, "invalid_container", "No such container.");
            spec = life.SpecOf(contract);
        }

        var reply = Shelve(call, bound => host.ExecuteAsync(spec, command, bound), "Command is executing, wait a few seconds and then view the result_url");
        reply.Body["writeable_path"] = "/workspace";
        return reply;
    }

    private Reply Shelve(ApiCall call, Func<CancellationToken, Task<string>> produce, string message)
    {
        var name = newSecret() + ".log";
        _results[name] = ProduceAsync(produce);
        _order.Enqueue(name);
        while (_order.Count > ResultsMax && _order.TryDequeue(out var oldest)) _results.TryRemove(oldest, out _);
        return Reply.Ok(new JsonObject { ["success"] = true, ["result_url"] = $"{call.BaseUrl}/results/{name}", ["msg"] = message });
    }

    private async Task<string> ProduceAsync(Func<CancellationToken, Task<string>> produce)
    {
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            await Task.Delay(delay, bound.Token);
            return await produce(bound.Token);
        }
        catch (Exception e)
        {
            return "error: " + e.Message + "\n"; // The platform, too, has nowhere but the result to say it.
        }
    }

    private async Task AnswerAsync(string name, HttpContext http)
    {
        if (!_results.TryGetValue(name, out var result) || !result.IsCompleted)
        {
            http.Response.StatusCode = 404;
            return;
        }

        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync(await result, http.RequestAborted);
    }

    private static string DaemonLog(Contract contract) => string.Join('\n',
        contract.BillingHistory.Select(b => $"{b.At:O} billing {b.Billing}").Append($"{contract.PhaseSince:O} {contract.Phase} {contract.Message}")) + "\n";

    private static string Filter(string log, string? pattern)
    {
        if (string.IsNullOrEmpty(pattern)) return log;
        var lines = log.Split('\n');
        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking, TimeSpan.FromSeconds(20));
            return string.Join('\n', lines.Where(l => regex.IsMatch(l)));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return string.Join('\n', lines.Where(l => l.Contains(pattern, StringComparison.Ordinal)));
        }
    }
}
