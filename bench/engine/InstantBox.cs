using System.Collections.Concurrent;
using System.Text.Json;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Bench.Engine;

/// <summary>Machines that answer at once: the job runs as soon as it was sent, and never ends. They know what they were told, also after the server's end where that is kept in a file.</summary>
internal sealed class InstantBox : IBox, IHostDoor
{
    private static readonly Problem Nothing = new("nothing", "There is nothing here.", "", ExitCode.Unknown, MayRetry: true);

    private ConcurrentDictionary<string, TimeSpan> told = new(StringComparer.Ordinal);

    public void Recall(string file)
    {
        if (File.Exists(file))
            told = new(JsonSerializer.Deserialize<Dictionary<string, TimeSpan>>(File.ReadAllText(file))!, StringComparer.Ordinal);
    }

    public void Keep(string file) => File.WriteAllText(file, JsonSerializer.Serialize(told));

    public Task<Outcome<Done>> ReachAsync(BoxAddress address, CancellationToken cancellationToken) => Task.FromResult<Outcome<Done>>(Done.Ok);

    public Task<Outcome<RoundTrip>> ProveRoundTripAsync(BoxAddress address, CancellationToken cancellationToken) => Task.FromResult<Outcome<RoundTrip>>(new RoundTrip("abc", 3, TimeSpan.Zero));

    public Task<Outcome<Transferred>> SendAsync(BoxAddress address, Payload payload, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (payload.CheckpointEvery is { } every)
            told[address.RentalId] = every;
        return Task.FromResult<Outcome<Transferred>>(new Transferred(1, 1, TimeSpan.Zero));
    }

    public Task<Outcome<BoxReport>> ReportAsync(BoxAddress address, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<BoxReport>>(new BoxReport { Phase = BoxPhase.Running, Attempt = 1, Starts = 1, CheckpointEvery = told.TryGetValue(address.RentalId, out var every) ? every : null });

    public Task<Outcome<BoxProbe>> ProbeAsync(BoxAddress address, IReadOnlyList<int> ports, CancellationToken cancellationToken) => Task.FromResult<Outcome<BoxProbe>>(Nothing);

    public Task<Outcome<string>> MakeManifestAsync(BoxAddress address, CancellationToken cancellationToken) => Task.FromResult<Outcome<string>>(Nothing);

    public Task<Outcome<IReadOnlyList<BoxFile>>> ListCheckpointsAsync(BoxAddress address, CancellationToken cancellationToken) => Task.FromResult(Outcome<IReadOnlyList<BoxFile>>.Ok([]));

    public Task<Outcome<CheckpointCopies>> CopyCheckpointsAsync(
        BoxAddress address, IReadOnlyList<string> paths, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<CheckpointCopies>>(Nothing);

    public Task<Outcome<Pruned>> PruneAsync(BoxAddress address, long wantedFreeBytes, IReadOnlyList<CopiedFile> copied, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<Pruned>>(Nothing);

    public Task<Outcome<Transferred>> PullAsync(
        BoxAddress address, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<Transferred>>(Nothing);

    public Task<Outcome<byte[]>> ReadLogAsync(BoxAddress address, long offset, int maxBytes, CancellationToken cancellationToken) => Task.FromResult<Outcome<byte[]>>(Nothing);

    public Task<Outcome<Done>> SetCadenceAsync(BoxAddress address, TimeSpan every, CancellationToken cancellationToken)
    {
        told[address.RentalId] = every;
        return Task.FromResult(Done.Ok);
    }

    public Task<Outcome<Done>> EndJobAsync(BoxAddress address, CancellationToken cancellationToken) => Task.FromResult<Outcome<Done>>(Done.Ok);

    public void Forget(string rentalId) => told.TryRemove(rentalId, out _);

    public Task<Outcome<DiskListing>> ListAsync(HostDoor door, string workdir, CancellationToken cancellationToken) => Task.FromResult<Outcome<DiskListing>>(new DiskListing([], [], []));

    public Task<Outcome<Transferred>> PullAsync(
        HostDoor door, string workdir, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<Transferred>>(Nothing);

    public Task<Outcome<IReadOnlyList<string>>> DifferencesAsync(
        HostDoor door, string workdir, IReadOnlyList<string> paths, string localDirectory, CancellationToken cancellationToken) => Task.FromResult<Outcome<IReadOnlyList<string>>>(Nothing);

    public Task<Outcome<Done>> WriteFenceAsync(HostDoor door, int attempt, CancellationToken cancellationToken) => Task.FromResult(Done.Ok);
}
