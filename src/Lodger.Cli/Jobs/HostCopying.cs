using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Durable;
using Lodger.Remote.Durable;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>
/// Has the platform copy from a rental to a cloud, before the copy from here, which reads everything back and sends what is lacking. The host sees the credentials of the connection: a person is
/// asked where it is not a datacenter.
/// </summary>
internal sealed class HostCopying(Surroundings around)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    /// <summary>The platform tells late; a copy of which nothing new is told for so long is looked after no longer.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    private readonly Screen screen = around.Screen;

    public Task<ExitCode> SendAsync(string name, string where, string connection, bool yes, CancellationToken cancellationToken) => around.WithServerAsync(
        async server =>
        {
            if (!(await JobChoice.FindAsync(server, name, cancellationToken)).TryGet(out var job, out var problem)
                || !DurableTarget.Parse(where, around.CurrentDirectory, around.Variable("HOME")).TryGet(out var target, out problem)
                || !(await server.CloudsAsync(job.Id, cancellationToken)).TryGet(out var clouds, out problem))
                return screen.Fail(problem);
            if (job.Receipt is not { } receipt)
                return screen.Fail(new Problem("no-receipt", $"The results of {job.Name} are not proven yet, so that no copy of them could be.", $"lodger pull {job.Name}", ExitCode.NotVerified));
            if (clouds.Connections.FirstOrDefault(c => c.Id == connection || c.Name == connection) is not { } cloud)
                return screen.Fail(new Problem("no-such-connection", $"{clouds.Market} has no cloud connection {connection}. It has: {string.Join(", ", clouds.Connections.Select(c => $"{c.Name} ({c.Kind}, {c.Id})").DefaultIfEmpty("none"))}.", "Make one in the platform's console, or copy from here, without --by-host", ExitCode.NotFound));
            if (!yes && !await AgreesAsync(clouds, cloud, receipt.Bytes, cancellationToken))
                return screen.CanAsk
                    ? ExitCode.ApprovalNeeded
                    : screen.Fail(new Problem("approval-needed", "Sending through a host needs a person's yes, and nobody can be asked here.", $"lodger copy {name} {where} --by-host {connection} --yes", ExitCode.ApprovalNeeded));
            var path = "/" + target.Below(Path.GetFileName(job.ResultsDirectory)).Path.TrimStart('/');
            return (await server.BeginHostCopyAsync(job.Id, new HostCopyRequest(cloud.Id, path, around.User), cancellationToken)).TryGet(out _, out problem)
                ? await FollowAsync(server, job.Id, cancellationToken)
                : screen.Fail(problem);
        },
        cancellationToken);

    private async Task<bool> AgreesAsync(HostClouds clouds, CloudConnection cloud, long bytes, CancellationToken cancellationToken)
    {
        var host = clouds.IsDatacenter switch
        {
            true => "The host is a datacenter.",
            false => "The host is NOT a datacenter: whoever runs it can read the credentials of the connection as they pass.",
            null => "The platform does not say whether the host is a datacenter: whoever runs it can read the credentials of the connection as they pass.",
        };
        screen.Hang("  ", $"{host} It sends the whole workdir of {clouds.RentalId} to {cloud.Name} ({cloud.Kind}), {Figures.Bytes(bytes)} of results and whatever lies beside them, at {Figures.Usd(clouds.UploadUsdPerGb)} a GB: {Figures.Usd(bytes / 1e9m * clouds.UploadUsdPerGb)} or more.");
        return screen.CanAsk && await screen.AskAsync("Send it through this host?", cancellationToken);
    }

    /// <summary>What the platform says in the end decides nothing: what is read back does.</summary>
    private async Task<ExitCode> FollowAsync(ServerClient server, string job, CancellationToken cancellationToken)
    {
        var (said, since) = ("", around.Time.GetTimestamp());
        while (around.Time.GetElapsedTime(since) < Quiet)
        {
            await Task.Delay(Look, around.Time, cancellationToken);
            if (!(await server.HostCopyAsync(job, cancellationToken)).TryGet(out var status, out _))
                continue;
            if (status.Text != said)
                (said, since) = (status.Text, around.Time.GetTimestamp());
            if (status.State == CloudCopyState.Finished)
                return ExitCode.Ok;
            if (status.State == CloudCopyState.Failed)
            {
                screen.Remark($"The host's copy failed ({status.Text}); what is lacking is sent from here.");
                return ExitCode.Ok;
            }
        }

        return screen.Fail(new Problem("host-copy-silent", $"The platform has told nothing new of the copy for {Quiet.TotalMinutes:0} minutes.", "Copy again: what is there already is not sent twice. Without --by-host it goes from here.", ExitCode.TimedOut));
    }
}
