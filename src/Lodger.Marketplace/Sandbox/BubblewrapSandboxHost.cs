using System.Collections.Concurrent;
using System.Globalization;

namespace Lodger.Marketplace.Sandbox;

/// <summary>
/// Instances out of bubblewrap, tini and OpenSSH. Root gets disks of the rented size (an ext4 image, so they really fill); an ordinary user
/// gets plain directories without a limit of their own, see <see cref="DisksAreCapped"/>.
/// </summary>
public sealed class BubblewrapSandboxHost : ISandboxHost, IAsyncDisposable
{
    private const int PortsTried = 5;
    private static readonly TimeSpan BannerLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan PrepareLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(30);
    private static int _starts;

    private readonly Lazy<Machine> _machine = new(() => Sandbox.Machine.Inspect());
    private readonly ConcurrentDictionary<string, BubblewrapSandbox> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _locks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<CageWork, IReadOnlyList<string>> _works = [];
    private volatile bool _imagesMount = true;

    /// <summary>Whether new disks have the rented size (root with loop devices), or only the space of the file system they lie on.</summary>
    public bool DisksAreCapped => Machine.IsRoot && _imagesMount;

    private Machine Machine => _machine.Value;

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> FindMissingAsync(CancellationToken cancellationToken) =>
        Prerequisites.FindMissingAsync(Machine, cancellationToken);

    /// <inheritdoc/>
    public Task SweepLeftoversAsync(string root, CancellationToken cancellationToken) => LeftoverSweep.RunAsync(root, cancellationToken);

    /// <inheritdoc/>
    public async Task CreateDiskAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var disk = InstanceDisk.Of(spec);
        using var turn = await TakeTurnAsync(disk, cancellationToken);
        if (disk.Exists)
            throw new SandboxException($"{disk.Directory} already holds the disk of an instance.");
        try
        {
            var (status, said) = await FillAsync(spec, disk, asImage: DisksAreCapped, cancellationToken);
            if (status != 0 && disk.IsImage && said.Contains("mount:", StringComparison.Ordinal))
            {
                // Root, but without loop devices, as in many containers.
                _imagesMount = false;
                await DiskFiles.DeleteAsync(disk, cancellationToken);
                (status, said) = await FillAsync(spec, disk, asImage: false, cancellationToken);
            }
            if (status != 0)
                throw new SandboxException($"The disk of instance {spec.InstanceId} could not be made: {said.Trim()}");
        }
        catch
        {
            await DiskFiles.DeleteAsync(disk, CancellationToken.None);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<ISandbox> StartAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var disk = ExistingDisk(spec);
        using var turn = await TakeTurnAsync(disk, cancellationToken);
        if (RunningOn(disk) is not null)
            throw new SandboxException($"Instance {spec.InstanceId} already runs.");
        await MakeVolumesAsync(spec.Volumes, cancellationToken);
        GuestFiles.WriteScripts(disk.Guest);
        GuestFiles.WriteGpus(disk.Guest, spec.Gpus);
        for (var tried = 1; ; tried++)
        {
            var (sandbox, failure) = await TryStartAsync(spec, disk, cancellationToken);
            if (sandbox is not null)
                return sandbox;
            if (tried == PortsTried || !failure.Contains("already in use", StringComparison.Ordinal))
                throw new SandboxException($"Instance {spec.InstanceId} did not start: {failure.Trim()}");
        }
    }

    /// <inheritdoc/>
    public async Task AddKeyAsync(SandboxSpec spec, string key, CancellationToken cancellationToken)
    {
        var (status, said) = await RunAsync(spec, ["/bin/bash", "/.lodger/add-keys"], TenantRecords.AddKey(key), CommandLimit, cancellationToken);
        if (status != 0)
            throw new SandboxException($"The key could not be added to instance {spec.InstanceId}: {said.Trim()}");
    }

    /// <inheritdoc/>
    public async Task<string> ExecuteAsync(SandboxSpec spec, string command, CancellationToken cancellationToken)
    {
        var seconds = CommandLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var (_, said) = await RunAsync(
            spec, ["/bin/bash", "/.lodger/run", seconds], TenantRecords.Run(command), CommandLimit + TimeSpan.FromSeconds(5), cancellationToken);
        return said;
    }

    /// <inheritdoc/>
    public void Show(SandboxSpec spec, Symptoms symptoms) => GuestFiles.WriteSymptoms(ExistingDisk(spec).Guest, symptoms);

    /// <inheritdoc/>
    public Task<string> ReadLogAsync(SandboxSpec spec, int tailLines, CancellationToken cancellationToken) =>
        ContainerLog.TailAsync(InstanceDisk.Of(spec).Log, tailLines, cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteDiskAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var disk = InstanceDisk.Of(spec);
        using var turn = await TakeTurnAsync(disk, cancellationToken);
        if (RunningOn(disk) is { } running)
            await running.KillAsync();
        await EndWorksAsync(disk);
        await DiskFiles.DeleteAsync(disk, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IDiskWork> BeginAsync(DiskWork work, CancellationToken cancellationToken)
    {
        IReadOnlyList<VolumeMount> volumes = work.Instance?.Volumes ?? (work.Volume is { } alone ? [alone with { Path = DiskWork.VolumePlace }] : []);
        var disk = work.Instance is { } spec ? ExistingDisk(spec) : InstanceDisk.Of(volumes.Single());
        using var turn = await TakeTurnAsync(disk, cancellationToken);
        if (work.Instance is not null && !disk.Exists)
            throw new SandboxException($"Instance {work.Instance.InstanceId} has no disk.");
        await MakeVolumesAsync(work.Instance is null ? [] : volumes, cancellationToken);
        if (work.Instance is null)
            await DiskFiles.MakeVolumeAsync(Machine, volumes[0], DisksAreCapped, cancellationToken);
        var room = work.Instance is { } instance ? Room.Of(instance, disk) : new Room { Guest = disk.Guest, HostName = "host", Volumes = volumes };
        GuestFiles.WriteScripts(disk.Guest);
        GuestFiles.WriteRsyncDaemonConfig(disk.Guest, work.Instance?.InstanceId ?? 0, Machine.IsRoot);
        room = room with
        {
            StreamsApart = true,
            Binds = work.CloudDirectory is { } cloud ? [(cloud, DiskWork.CloudPlace, true)] : [],
        };
        var begun = await CageWork.BeginAsync(
            CageCommand.Fresh(Machine, room, ["/bin/bash", "/.lodger/" + ScriptOf(work.Program)]), TenantRecords.Work(work), cancellationToken);
        _works[begun] = [disk.Directory, .. volumes.Select(volume => InstanceDisk.Of(volume).Directory)];
        _ = begun.Ended.ContinueWith(_ => _works.TryRemove(begun, out IReadOnlyList<string>? _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return begun;
    }

    /// <inheritdoc/>
    public async Task<IHostSsh> StartHostSshAsync(string directory, CancellationToken cancellationToken) =>
        await HostSsh.StartAsync(Machine, new HostSshRoom(Path.GetFullPath(directory)), cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteVolumeAsync(VolumeMount volume, CancellationToken cancellationToken)
    {
        var disk = InstanceDisk.Of(volume);
        using var turn = await TakeTurnAsync(disk, cancellationToken);
        await EndWorksAsync(disk);
        await DiskFiles.DeleteAsync(disk, cancellationToken);
    }

    /// <summary>Kills every sandbox this host started.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_works.Keys.Select(work => work.DisposeAsync().AsTask()).Concat(_running.Values.Select(sandbox => sandbox.DisposeAsync().AsTask())));

    private async Task<(int Status, string Said)> FillAsync(SandboxSpec spec, InstanceDisk disk, bool asImage, CancellationToken cancellationToken)
    {
        await DiskFiles.MakeAsync(Machine, disk, spec.DiskGb, asImage, cancellationToken);
        GuestFiles.WriteScripts(disk.Guest);
        // A new disk copies what programs of the host's /usr need of the host's /etc.
        var room = Room.Of(spec with { Volumes = [] }, disk) with { Binds = [("/etc", "/.lodger/host-etc", false)] };
        var command = CageCommand.Fresh(Machine, room, ["/bin/bash", "/.lodger/prepare"]);
        return await OneShot.RunAsync(command, TenantRecords.Prepare(spec), PrepareLimit, cancellationToken);
    }

    private async Task<(BubblewrapSandbox? Sandbox, string Failure)> TryStartAsync(
        SandboxSpec spec, InstanceDisk disk, CancellationToken cancellationToken)
    {
        var port = SshEndpoint.FreePort();
        var notebookPort = spec.Notebook is null ? 0 : SshEndpoint.FreePort();
        // No other sandbox on this machine greets like this one.
        var greeting = string.Create(
            CultureInfo.InvariantCulture, $"C.{spec.InstanceId}-{Environment.ProcessId}-{Interlocked.Increment(ref _starts)}");
        GuestFiles.WriteSshdConfig(disk.Guest, port, greeting, Machine.PenalizesSources);
        var command = CageCommand.Fresh(
            Machine, Room.Of(spec, disk) with { HasInit = true }, ["/bin/bash", "/.lodger/boot", Machine["tini"], Machine["sshd"]]);
        var sandbox = await BubblewrapSandbox.LaunchAsync(command, disk, port, notebookPort, TenantRecords.Boot(spec, notebookPort), cancellationToken);
        _running[disk.Directory] = sandbox;
        _ = sandbox.Exited.ContinueWith(
            _ => _running.TryRemove(KeyValuePair.Create(disk.Directory, sandbox)),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(BannerLimit);
        try
        {
            var answers = SshEndpoint.WaitAsync(port, greeting, limit.Token);
            if (await Task.WhenAny(answers, sandbox.Exited) == answers)
            {
                await answers;
                await sandbox.RunOnstartAsync(limit.Token);
                return (sandbox, "");
            }
            await limit.CancelAsync();
            return (null, await ContainerLog.TailAsync(disk.Log, 5, cancellationToken));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await sandbox.KillAsync();
            return (null, $"its ssh server did not answer within {BannerLimit.TotalSeconds:0} s.");
        }
        catch
        {
            await sandbox.KillAsync();
            throw;
        }
    }

    private async Task<(int Status, string Said)> RunAsync(
        SandboxSpec spec, IReadOnlyList<string> guestCommand, byte[] records, TimeSpan limit, CancellationToken cancellationToken)
    {
        var disk = ExistingDisk(spec);
        // A running instance may be killed at any moment, and a command in it with it: then its disk is free, and the command runs there.
        if (RunningOn(disk) is { } running && await TryJoinAsync(running, spec, disk, guestCommand, records, limit, cancellationToken) is { } result)
            return result;
        using var turn = await TakeTurnAsync(disk, cancellationToken);
        await MakeVolumesAsync(spec.Volumes, cancellationToken);
        var command = RunningOn(disk) is { } restarted
            ? CageCommand.Joined(Machine, Room.Of(spec, disk), restarted.First, guestCommand)
            : CageCommand.Fresh(Machine, Room.Of(spec, disk), guestCommand);
        return await OneShot.RunAsync(command, records, limit, cancellationToken);
    }

    /// <summary>Runs a script beside a running instance; null when the instance was stopped under it.</summary>
    private async Task<(int Status, string Said)?> TryJoinAsync(
        BubblewrapSandbox running, SandboxSpec spec, InstanceDisk disk, IReadOnlyList<string> guestCommand, byte[] records, TimeSpan limit,
        CancellationToken cancellationToken)
    {
        var command = CageCommand.Joined(Machine, Room.Of(spec, disk), running.First, guestCommand);
        try
        {
            var result = await OneShot.RunAsync(command, records, limit, cancellationToken);
            return result.Status == OneShot.Killed && await StopsAsync(running, cancellationToken) ? null : result;
        }
        catch (SandboxException)
        {
            if (!await StopsAsync(running, cancellationToken))
                throw;
            return null;
        }
    }

    // A process that dies loses its namespaces some moments before it is seen to be dead. Where nothing else says that the instance ends, the command may have been killed alone.
    private static async Task<bool> StopsAsync(BubblewrapSandbox sandbox, CancellationToken cancellationToken)
    {
        if (!sandbox.IsEnding)
            await Task.WhenAny(sandbox.Exited, Task.Delay(TimeSpan.FromSeconds(5), cancellationToken));
        if (!sandbox.IsEnding)
            return false;
        await Task.WhenAny(sandbox.Exited, Task.Delay(CageProcess.DeathLimit, cancellationToken));
        return sandbox.Exited.IsCompleted;
    }

    private BubblewrapSandbox? RunningOn(InstanceDisk disk) =>
        _running.TryGetValue(disk.Directory, out var sandbox) && !sandbox.Exited.IsCompleted ? sandbox : null;

    private static InstanceDisk ExistingDisk(SandboxSpec spec)
    {
        var disk = InstanceDisk.Of(spec);
        return disk.Exists ? disk : throw new SandboxException($"Instance {spec.InstanceId} has no disk.");
    }

    private async Task MakeVolumesAsync(IReadOnlyList<VolumeMount> volumes, CancellationToken cancellationToken)
    {
        foreach (var volume in volumes)
        {
            using var turn = await TakeTurnAsync(InstanceDisk.Of(volume), cancellationToken);
            await DiskFiles.MakeVolumeAsync(Machine, volume, DisksAreCapped, cancellationToken);
        }
    }

    private async Task EndWorksAsync(InstanceDisk disk)
    {
        foreach (var (work, disks) in _works)
            if (disks.Contains(disk.Directory))
                await work.DisposeAsync();
    }

    private static string ScriptOf(DiskProgram program) => program switch
    {
        DiskProgram.RsyncDaemon => "rsync-daemon",
        DiskProgram.RsyncFetch => "rsync-fetch",
        DiskProgram.CloudCopy => "cloud-copy",
        DiskProgram.Fill => "fill",
        _ => throw new ArgumentOutOfRangeException(nameof(program)),
    };

    /// <summary>What mounts, fills or deletes a disk takes turns.</summary>
    private async Task<IDisposable> TakeTurnAsync(InstanceDisk disk, CancellationToken cancellationToken)
    {
        var turn = _locks.GetOrAdd(disk.Directory, _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellationToken);
        return new Turn(turn);
    }

    private sealed class Turn(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
