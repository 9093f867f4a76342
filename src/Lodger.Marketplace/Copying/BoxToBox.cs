using System.Globalization;
using Lodger.Marketplace.Network;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Copying;

/// <summary>One end of a copy between boxes.</summary>
/// <param name="Disk">The instance or volume, as its work on it begins.</param>
/// <param name="Root">Where the place's own root is in there.</param>
/// <param name="Module">Its module for rsync's daemon.</param>
/// <param name="Traffic">Where its bytes are counted; null for a volume, whose traffic is not billed.</param>
internal sealed record BoxEnd(DiskWork Disk, string Root, string Module, Traffic? Traffic);

/// <summary>A copy from one disk to another: rsync's client on one, its daemon on the other, each in a sandbox of its own, and the market between them as the network.</summary>
internal static class BoxToBox
{
    private static readonly TimeSpan Ending = TimeSpan.FromMinutes(2);

    /// <summary>Copies to the end.</summary>
    /// <returns>What the destination shows as its status: that it finished, or why not.</returns>
    public static async Task<string> RunAsync(
        ISandboxHost host, BoxEnd source, string sourcePath, BoxEnd target, string targetPath, Func<bool> mayGoOn, Action<string> progress, CancellationToken cancellationToken)
    {
        await using var daemon = await host.BeginAsync(source.Disk with { Program = DiskProgram.RsyncDaemon }, cancellationToken);
        await using var client = await host.BeginAsync(
            target.Disk with { Program = DiskProgram.RsyncFetch, Arguments = [$"{source.Module}/{source.Root}{sourcePath}", target.Root + targetPath] }, cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var moved = 0L;
        Task<string>[] words = [LastWords.ReadAsync(daemon.Error, either.Token), LastWords.ReadAsync(client.Error, either.Token)];
        Task[] pumps =
        [
            CopyPump.RunAsync(client.Output, daemon.Input, _ => { }, mayGoOn, either.Token),
            CopyPump.RunAsync(daemon.Output, client.Input, Count, mayGoOn, either.Token),
        ];
        // What the source lacks only its own side knows: it exits with it, and the other side with success.
        int[] statuses = [await client.Ended.WaitAsync(cancellationToken), await daemon.Ended.WaitAsync(Ending, cancellationToken)];
        var said = string.Concat(await Task.WhenAll(words)).Trim();
        await either.CancelAsync();
        await Task.WhenAll(pumps).ContinueWith(_ => { }, TaskScheduler.Default);
        return statuses is [0, 0] ? "Copy Operation Finished" : $"Copy Operation Failed: {said}";

        void Count(int bytes)
        {
            moved += bytes;
            source.Traffic?.Uploaded(bytes);
            target.Traffic?.Downloaded(bytes);
            progress(string.Create(CultureInfo.InvariantCulture, $"Copying: {moved / 1e6:0.0} MB received"));
        }
    }
}
