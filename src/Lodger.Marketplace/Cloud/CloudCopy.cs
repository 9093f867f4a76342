using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Cloud;

/// <summary>One copy between a disk and a cloud, with the real rclone in a sandbox that sees that disk.</summary>
/// <param name="Connection">The cloud.</param>
/// <param name="ToCloud">Which way.</param>
/// <param name="DiskPath">Where on the disk.</param>
/// <param name="CloudPath">Where in the cloud.</param>
/// <param name="Flags">Some of <see cref="AllowedFlags"/>.</param>
internal sealed record CloudCopy(CloudConnection Connection, bool ToCloud, string DiskPath, string CloudPath, IReadOnlyList<string> Flags)
{
    private const int LineCharactersMax = 100_000;

    /// <summary>What the platform's client can ask for.</summary>
    public static readonly IReadOnlySet<string> AllowedFlags =
        new HashSet<string>(StringComparer.Ordinal) { "--dry-run", "--size-only", "--ignore-existing", "--update", "--delete-excluded" };

    /// <summary>Copies to the end.</summary>
    /// <param name="host">Where the disk is.</param>
    /// <param name="disk">Instance or volume.</param>
    /// <param name="count">Told the bytes that moved since the last time.</param>
    /// <param name="mayGoOn">Asked now and then.</param>
    /// <param name="progress">Told how it stands.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What the instance shows as its status in the end.</returns>
    public async Task<string> RunAsync(ISandboxHost host, DiskWork disk, Action<int> count, Func<bool> mayGoOn, Action<string> progress, CancellationToken cancellationToken)
    {
        var inCloud = Connection.Directory is null ? "cloud:" + CloudPath.TrimStart('/') : DiskWork.CloudPlace + "/" + CloudPath.TrimStart('/');
        string[] places = ToCloud ? [DiskPath, inCloud] : [inCloud, DiskPath];
        await using var work = await host.BeginAsync(
            disk with
            {
                Program = DiskProgram.CloudCopy,
                CloudDirectory = Connection.Directory,
                Environment = Connection.Rclone.ToDictionary(s => "RCLONE_CONFIG_CLOUD_" + s.Key.ToUpperInvariant(), s => s.Value, StringComparer.Ordinal),
                Arguments = [.. Flags, "--", .. places],
            },
            cancellationToken);
        var said = work.Output.CopyToAsync(Stream.Null, cancellationToken);
        var (moved, complaint) = (0L, "");
        using var reader = new StreamReader(work.Error);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!mayGoOn()) return "Cloud Copy Operation Failed: the host went away";
            if (Read(line) is not { } entry) continue;
            if (entry["level"]?.ToString() == "error") complaint = entry["msg"]?.ToString() ?? "";
            if (entry["stats"] is not JsonObject stats || stats["bytes"] is not JsonValue now || !now.TryGetValue<long>(out var bytes)) continue;
            if (bytes > moved) count((int)Math.Min(bytes - moved, int.MaxValue));
            moved = Math.Max(moved, bytes);
            progress(string.Create(CultureInfo.InvariantCulture, $"Cloud Copy: {moved / 1e6:0.0} of {Total(stats) / 1e6:0.0} MB"));
        }

        var status = await work.Ended.WaitAsync(cancellationToken);
        await said;
        return status == 0 ? "Cloud Copy Operation Finished" : $"Cloud Copy Operation Failed: {complaint}";
    }

    private static double Total(JsonObject stats) => stats["totalBytes"] is JsonValue total && total.TryGetValue<double>(out var bytes) ? bytes : 0;

    private static JsonObject? Read(string line)
    {
        if (line.Length > LineCharactersMax) return null;
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null; // Not every word of a program that fails is JSON.
        }
    }
}
