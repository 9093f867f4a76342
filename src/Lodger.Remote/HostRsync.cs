using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Remote.Host;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;
using Lodger.Remote.Transfer;

namespace Lodger.Remote;

/// <summary>
/// Rentals' disks by way of their hosts: the system's rsync over ssh to the rsync daemon there, which has a module of the rental's id for its root.
/// </summary>
/// <param name="options">User is not read: each door names its own.</param>
public sealed class HostRsync(SshOptions options, PlatformProfile profile, TimeProvider time) : IHostDoor
{
    /// <summary>Most files that a listing may have: it is held in memory, and a machine can hold a million files as well as ten.</summary>
    internal int FilesMax { get; init; } = 200_000;

    private readonly BoxLayout layout = BoxLayout.Of(profile);

    public async Task<Outcome<DiskListing>> ListAsync(HostDoor door, string workdir, CancellationToken cancellationToken) =>
        Way(door, workdir).TryGet(out var run, out var problem) ? await new HostListing(run, FilesMax, time).RunAsync(cancellationToken) : problem;

    public async Task<Outcome<Transferred>> PullAsync(
        HostDoor door, string workdir, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (ConfinedPull.FindFault(files.Select(file => file.Path), localDirectory) is { } fault)
        {
            return fault;
        }

        return Way(door, workdir).TryGet(out var run, out var problem)
            ? await new ConfinedPull(run, files, localDirectory, progress, time).RunAsync(cancellationToken)
            : problem;
    }

    public async Task<Outcome<IReadOnlyList<string>>> DifferencesAsync(
        HostDoor door, string workdir, IReadOnlyList<string> paths, string localDirectory, CancellationToken cancellationToken)
    {
        if (ConfinedPull.FindFault(paths, localDirectory) is { } fault)
        {
            return fault;
        }

        return Way(door, workdir).TryGet(out var run, out var problem)
            ? await new HostComparison(run with { Files = paths, From = localDirectory, To = workdir, IsPull = false }, time).RunAsync(cancellationToken)
            : problem;
    }

    public async Task<Outcome<Done>> WriteFenceAsync(HostDoor door, int attempt, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempt);
        return Way(door, "/").TryGet(out var run, out var problem) ? await new HostFence(run, layout, time).RunAsync(attempt, cancellationToken) : problem;
    }

    /// <summary>A pull of nothing yet from a directory of the rental, to be made into what is wanted.</summary>
    private Outcome<RsyncRun> Way(HostDoor door, string directory)
    {
        if (!directory.StartsWith('/') || directory.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0 || directory.Split('/').Contains("..", StringComparer.Ordinal))
        {
            return new Problem("workdir-invalid", $"The directory '{Text.Sanitize.Line(directory, 120)}' is not an absolute path on one line.", "Correct the job's workdir.", ExitCode.BadInput);
        }

        if (door.RentalId.Length is 0 or > 64 || !door.RentalId.All(char.IsAsciiLetterOrDigit))
        {
            return new Problem("host-door-invalid", $"\"{Text.Sanitize.Line(door.RentalId, 80)}\" is no id of a rental.", "", ExitCode.BadInput);
        }

        return SshCommandLine.For(options, door).Then<RsyncRun>(line => new RsyncRun
        {
            Ssh = line,
            Address = new BoxAddress(door.RentalId, new Endpoint(door.Host, door.Port), IsProxy: false),
            Options = options,
            Module = door.RentalId,
            Files = [],
            From = directory,
            To = "",
            IsPull = true,
            BytesTotal = 0,
        });
    }
}
