using System.Text.Json.Nodes;
using Lodger.Marketplace.Cloud;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Control;

/// <summary>The part of the control surface that has to do with data: full disks, and clouds to copy to.</summary>
internal sealed class DiskControl(Book book, Lifecycle life, ISandboxHost host, string token)
{
    private const int ConnectionsMax = 100;
    private static readonly TimeSpan FillBound = TimeSpan.FromMinutes(5);
    private static readonly string[] CloudTypes = ["drive", "s3", "b2", "dropbox", "hf"];

    public void Map(IEndpointRouteBuilder routes)
    {
        On(routes, "instances/{id:long}/fill", FillAsync);
        On(routes, "accounts/{id:long}/connections", (id, body) => Task.FromResult(Connect(id, body)));
    }

    private void On(IEndpointRouteBuilder routes, string path, Func<long, JsonObject, Task<Reply>> handle) =>
        routes.MapMethods("/control/" + path, ["POST"], async (long id, HttpContext http) =>
        {
            if (await ControlGate.LetInAsync(http, token) is { } body) await Api.SendAsync(http, await handle(id, body));
        });

    /// <summary>Takes an instance's space or inodes away until so much is left, or gives all back.</summary>
    private async Task<Reply> FillAsync(long id, JsonObject body)
    {
        var what = body["what"]?.ToString() ?? "bytes";
        var left = body["left"] is null ? 0 : Filters.Number(body["left"]) ?? -1;
        if (what is not ("bytes" or "inodes" or "none")) return Invalid($"what '{what}' is not one of bytes, inodes, none");
        if (left is < 0 or > long.MaxValue) return Invalid("left must be a number that is not negative");
        SandboxSpec spec;
        lock (book.Lock)
        {
            if (book.FindContract(id) is not { IsAlive: true, HasDisk: true } contract) return Reply.Error(404, "no_such_instance", "no such instance, or it has no disk yet");
            spec = life.SpecOf(contract);
        }

        try
        {
            using var bound = new CancellationTokenSource(FillBound);
            var free = await DiskFill.RunAsync(host, spec, what, (long)left, bound.Token);
            return Reply.Ok(new JsonObject { ["success"] = true, ["free"] = free });
        }
        catch (Exception e) when (e is SandboxException or OperationCanceledException)
        {
            return Invalid(e.Message);
        }
    }

    /// <summary>Gives an account a cloud: a directory of this machine, or whatever rclone can reach.</summary>
    private Reply Connect(long accountId, JsonObject body)
    {
        var type = body["cloud_type"]?.ToString() ?? "s3";
        var directory = body["directory"]?.ToString();
        var settings = (body["rclone"] as JsonObject ?? []).ToDictionary(s => s.Key, s => s.Value?.ToString() ?? "", StringComparer.Ordinal);
        if (!CloudTypes.Contains(type)) return Invalid($"cloud_type '{type}' is not one of {string.Join(", ", CloudTypes)}");
        if (directory is null == !settings.ContainsKey("type")) return Invalid("a connection needs either 'directory', or 'rclone' with its settings ('type' and so on)");
        if (directory is not null && !(Path.IsPathFullyQualified(directory) && Directory.Exists(directory))) return Invalid($"directory '{directory}' is no absolute path of a directory");
        if (settings.Any(s => s.Key.Length == 0 || !s.Key.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || s.Value.Contains('\0', StringComparison.Ordinal)))
            return Invalid("names of rclone's settings are letters, digits and _");
        lock (book.Lock)
        {
            if (book.FindAccount(accountId) is not { } account) return Reply.Error(404, "no_such_user", "no such account");
            if (account.Connections.Count >= ConnectionsMax) return Invalid($"an account has at most {ConnectionsMax} connections");
            var connection = new CloudConnection(book.NextKeyId(), body["name"]?.ToString() ?? "cloud", type, directory, settings);
            account.Connections.Add(connection);
            book.Save(account);
            return Reply.Ok(new JsonObject { ["success"] = true, ["id"] = connection.Id });
        }
    }

    private static Reply Invalid(string message) => Reply.Error(400, "invalid_args", message);
}
