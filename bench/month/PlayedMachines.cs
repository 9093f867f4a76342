using System.Globalization;
using System.Text;
using Lodger.Artifacts.Manifests;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Simulated;

namespace Lodger.Bench.Month;

/// <summary>
/// The machines of a month, played: as sandboxes they are started and killed by the marketplace, as boxes they are spoken to by the engine. A look ahead at the market goes from one moment to the next: what starts in
/// between has run since the later, what is killed since the earlier, so that nothing computes for longer than it was paid for.
/// </summary>
internal sealed class PlayedMachines(Turns turns, StepTime time, Func<string, TimeSpan> workOf) : ISandboxHost, IBox, IHostDoor
{
    private const string Workdir = "/workspace";
    private static readonly TimeSpan Sending = MonthJob.Start - PlayedMachine.CommandStart;
    private static readonly Problem Silent = new("unreachable", "The machine does not answer.", "", ExitCode.Unknown, MayRetry: true);
    private static readonly Problem Nothing = new("nothing", "There is nothing here.", "", ExitCode.Unknown, MayRetry: true);

    private readonly Dictionary<string, PlayedMachine> machines = new(StringComparer.Ordinal);
    private readonly SimulatedSandboxHost simulated = new();

    /// <summary>The moments between which the market goes on.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Passing { get; set; }

    /// <summary>Brings the market up to now.</summary>
    public Action CatchUp { get; set; } = () => { };

    public Task<Outcome<Done>> ReachAsync(BoxAddress address, CancellationToken cancellationToken) => OnAsync(address, _ => Done.Ok);

    public Task<Outcome<RoundTrip>> ProveRoundTripAsync(BoxAddress address, CancellationToken cancellationToken) => OnAsync<RoundTrip>(address, _ => new RoundTrip("abc", 3, TimeSpan.Zero));

    public async Task<Outcome<Transferred>> SendAsync(BoxAddress address, Payload payload, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        await Task.Delay(Sending, time, cancellationToken);
        return await OnAsync<Transferred>(address, m =>
        {
            m.Take(payload, time.GetUtcNow());
            return new Transferred(1, 1, Sending);
        });
    }

    public Task<Outcome<BoxReport>> ReportAsync(BoxAddress address, CancellationToken cancellationToken) => OnAsync<BoxReport>(address, m => m.Report(time.GetUtcNow()));

    public Task<Outcome<BoxProbe>> ProbeAsync(BoxAddress address, IReadOnlyList<int> ports, CancellationToken cancellationToken) => Task.FromResult<Outcome<BoxProbe>>(Nothing);

    public Task<Outcome<string>> MakeManifestAsync(BoxAddress address, CancellationToken cancellationToken) => OnAsync<string>(address, m =>
    {
        using var text = new MemoryStream();
        Manifest.Create(time.GetUtcNow(), Workdir, m.Files(time.GetUtcNow()).Select(f => ManifestFile.Of(f.File.Path, f.File.Bytes, PlayedMachine.Sha256(f.Content)))).Manifest!.Write(text);
        return Encoding.UTF8.GetString(text.ToArray());
    });

    public Task<Outcome<IReadOnlyList<BoxFile>>> ListCheckpointsAsync(BoxAddress address, CancellationToken cancellationToken) =>
        OnAsync(address, m => Outcome<IReadOnlyList<BoxFile>>.Ok([.. m.Files(time.GetUtcNow()).Select(f => f.File).Where(f => f.Path == PlayedMachine.Checkpoint)]));

    public Task<Outcome<CheckpointCopies>> CopyCheckpointsAsync(
        BoxAddress address, IReadOnlyList<string> paths, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        OnAsync<CheckpointCopies>(address, m => new CheckpointCopies(Write(m, paths, localDirectory), new Transferred(paths.Count, 0, TimeSpan.Zero)));

    public Task<Outcome<Pruned>> PruneAsync(BoxAddress address, long wantedFreeBytes, IReadOnlyList<CopiedFile> copied, CancellationToken cancellationToken) => Task.FromResult<Outcome<Pruned>>(Nothing);

    public Task<Outcome<Transferred>> PullAsync(
        BoxAddress address, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        OnAsync<Transferred>(address, m => new Transferred(Write(m, files.Select(f => f.Path), localDirectory).Count, 0, TimeSpan.Zero));

    public Task<Outcome<byte[]>> ReadLogAsync(BoxAddress address, long offset, int maxBytes, CancellationToken cancellationToken) => OnAsync<byte[]>(address, _ => Array.Empty<byte>());

    public void Forget(string rentalId)
    {
        // Nothing is pinned.
    }

    public Task<Outcome<Done>> SetCadenceAsync(BoxAddress address, TimeSpan every, CancellationToken cancellationToken) => OnAsync(address, m =>
    {
        m.WriteEvery(every, time.GetUtcNow());
        return Done.Ok;
    });

    public Task<Outcome<Done>> EndJobAsync(BoxAddress address, CancellationToken cancellationToken) => Task.FromResult<Outcome<Done>>(Nothing);

    public Task<Outcome<DiskListing>> ListAsync(HostDoor door, string workdir, CancellationToken cancellationToken) =>
        BehindAsync<DiskListing>(door, m => new DiskListing(workdir.EndsWith("/.lodger", StringComparison.Ordinal) ? [new BoxFile("lodge.sh", 1, time.GetUtcNow())] : [.. m.Files(time.GetUtcNow()).Select(f => f.File)], [], []));

    public Task<Outcome<Transferred>> PullAsync(
        HostDoor door, string workdir, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        BehindAsync<Transferred>(door, m => new Transferred(Write(m, files.Select(f => f.Path), localDirectory).Count, 0, TimeSpan.Zero));

    public Task<Outcome<IReadOnlyList<string>>> DifferencesAsync(HostDoor door, string workdir, IReadOnlyList<string> paths, string localDirectory, CancellationToken cancellationToken) =>
        BehindAsync(door, m => Outcome<IReadOnlyList<string>>.Ok([.. paths.Where(p => !m.Files(time.GetUtcNow()).Any(f => f.File.Path == p && File.ReadAllBytes(Path.Combine(localDirectory, p)).AsSpan().SequenceEqual(f.Content)))]));

    public Task<Outcome<Done>> WriteFenceAsync(HostDoor door, int attempt, CancellationToken cancellationToken) => BehindAsync(door, m =>
    {
        m.Fence(attempt);
        return Done.Ok;
    });

    public Task<ISandbox> StartAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var machine = Of(spec.InstanceId.ToString(CultureInfo.InvariantCulture));
        lock (machines)
            machine.Boot(Passing.To);
        return Task.FromResult<ISandbox>(new Running(() =>
        {
            lock (machines)
                machine.Die(Passing.From);
        }));
    }

    public Task<IReadOnlyList<string>> FindMissingAsync(CancellationToken cancellationToken) => simulated.FindMissingAsync(cancellationToken);

    public Task SweepLeftoversAsync(string root, CancellationToken cancellationToken) => simulated.SweepLeftoversAsync(root, cancellationToken);

    public Task CreateDiskAsync(SandboxSpec spec, CancellationToken cancellationToken) => simulated.CreateDiskAsync(spec, cancellationToken);

    public Task AddKeyAsync(SandboxSpec spec, string key, CancellationToken cancellationToken) => simulated.AddKeyAsync(spec, key, cancellationToken);

    public Task<string> ExecuteAsync(SandboxSpec spec, string command, CancellationToken cancellationToken) => simulated.ExecuteAsync(spec, command, cancellationToken);

    public Task<string> ReadLogAsync(SandboxSpec spec, int tailLines, CancellationToken cancellationToken) => simulated.ReadLogAsync(spec, tailLines, cancellationToken);

    public void Show(SandboxSpec spec, Symptoms symptoms) => simulated.Show(spec, symptoms);

    public Task<IDiskWork> BeginAsync(DiskWork work, CancellationToken cancellationToken) => simulated.BeginAsync(work, cancellationToken);

    public Task<IHostSsh> StartHostSshAsync(string directory, CancellationToken cancellationToken) => simulated.StartHostSshAsync(directory, cancellationToken);

    public Task DeleteVolumeAsync(VolumeMount volume, CancellationToken cancellationToken) => simulated.DeleteVolumeAsync(volume, cancellationToken);

    public Task DeleteDiskAsync(SandboxSpec spec, CancellationToken cancellationToken) => simulated.DeleteDiskAsync(spec, cancellationToken);

    private Task<Outcome<T>> OnAsync<T>(BoxAddress address, Func<PlayedMachine, Outcome<T>> act) => turns.AskAsync<Outcome<T>>($"box {address.RentalId}", () =>
    {
        CatchUp();
        lock (machines)
            return Of(address.RentalId) is { IsUp: true } machine ? act(machine) : Silent;
    });

    private Task<Outcome<T>> BehindAsync<T>(HostDoor door, Func<PlayedMachine, Outcome<T>> act) => turns.AskAsync($"host {door.RentalId}", () =>
    {
        CatchUp();
        lock (machines)
            return act(Of(door.RentalId));
    });

    private PlayedMachine Of(string rentalId)
    {
        lock (machines)
            return machines.TryGetValue(rentalId, out var machine) ? machine : machines[rentalId] = new PlayedMachine(p => workOf(p.Job));
    }

    private Dictionary<string, string> Write(PlayedMachine machine, IEnumerable<string> paths, string directory)
    {
        Dictionary<string, string> written = new(StringComparer.Ordinal);
        foreach (var (file, content) in machine.Files(time.GetUtcNow()).Where(f => paths.Contains(f.File.Path)))
        {
            var path = Path.Combine(directory, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
            File.SetLastWriteTimeUtc(path, file.ModifiedAt.UtcDateTime);
            written[file.Path] = PlayedMachine.Sha256(content);
        }

        return written;
    }

    private sealed class Running(Action die) : ISandbox
    {
        private readonly TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int SshPort => 0;

        public int NotebookPort => 0;

        public Task Exited => gone.Task;

        public Task<CaughtWrite?> FreezeInWriteAsync(string directory, TimeSpan within, CancellationToken cancellationToken) => Task.FromResult<CaughtWrite?>(null);

        public void Thaw()
        {
        }

        public Task KillAsync()
        {
            if (gone.TrySetResult())
                die();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => new(KillAsync());
    }
}
