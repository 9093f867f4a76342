using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Box;

/// <summary>Where a box is reached and how far that can be trusted.</summary>
/// <param name="RentalId">Known hosts are kept per rental: first contact is pinned.</param>
/// <param name="Endpoint">Discovered anew each time.</param>
/// <param name="IsProxy">True when only the slow proxy is left.</param>
public sealed record BoxAddress(string RentalId, Endpoint Endpoint, bool IsProxy);

/// <summary>A file that the machine fetches itself, once, resumably, before the job runs.</summary>
/// <param name="Url">http, https.</param>
/// <param name="Path">Relative to the profile's data directory.</param>
/// <param name="Sha256">Lower-case hex, or null when the spec gives none.</param>
public sealed record DataSource(string Url, string Path, string? Sha256);

/// <summary>Everything that is sent to the machine before the job starts. Holds no secret: those travel as environment at create.</summary>
public sealed record Payload
{
    public required string Job { get; init; }

    public required int Attempt { get; init; }

    /// <summary>Absolute local directory whose files are the code; null when the job needs none.</summary>
    public string? CodeDirectory { get; init; }

    /// <summary>Whose that directory is.</summary>
    public CodeOrigin CodeOrigin { get; init; }

    /// <summary>Absolute local directory whose files are sent into the workdir after the code: what the job resumes from. Null: none.</summary>
    public string? RestoreDirectory { get; init; }

    /// <summary>Absolute directory on the machine in which the job runs.</summary>
    public required string Workdir { get; init; }

    public IReadOnlyList<DataSource> Data { get; init; } = [];

    /// <summary>Shell commands run once before the first start; null for none.</summary>
    public string? Setup { get; init; }

    /// <summary>The job's shell command, run again from the start at every container start until it ended.</summary>
    public required string Run { get; init; }

    /// <summary>Relative to the workdir; null when progress is read from the log.</summary>
    public string? ProgressFile { get; init; }

    /// <summary>Patterns below the workdir that make up the manifest: results and checkpoints.</summary>
    public required IReadOnlyList<string> Results { get; init; }

    /// <summary>Patterns below the workdir of the files among them that are checkpoints; empty: none are known.</summary>
    public IReadOnlyList<string> Checkpoints { get; init; } = [];

    /// <summary>What the offer promised, for the checks before <c>run</c>.</summary>
    public required int GpuCount { get; init; }

    public required string GpuName { get; init; }

    public required int GpuMemoryMb { get; init; }

    /// <summary>How long after the job's end, or its stall, without hearing from us the machine stops its own rental; null: never.</summary>
    public TimeSpan? StopWhenAbandonedAfter { get; init; }

    /// <summary>No progress for so long counts as a stall; null: never.</summary>
    public TimeSpan? StallAfter { get; init; }

    /// <summary>How often the job should write a checkpoint, as <c>LODGER_CHECKPOINT_EVERY_SECONDS</c>; whole seconds, rounded down; null: it is not told.</summary>
    public TimeSpan? CheckpointEvery { get; init; }

    /// <summary>The profile's SCRATCH patterns: what may be pruned.</summary>
    public IReadOnlyList<string> Scratch { get; init; } = [];
}

/// <summary>One running transfer.</summary>
/// <param name="BytesTotal">Null while unknown.</param>
public readonly record struct TransferProgress(long BytesDone, long? BytesTotal, double BytesPerSecond);

/// <param name="Files">Number of files sent.</param>
/// <param name="Bytes">Their size together; what went over the wire can be less.</param>
public sealed record Transferred(int Files, long Bytes, TimeSpan Took);

/// <summary>What would be sent, found without sending it.</summary>
/// <param name="CrlfScripts">Shell scripts with CRLF line ends, which a Linux shell refuses; relative paths.</param>
public sealed record CodeInventory(IReadOnlyList<string> Files, long Bytes, IReadOnlyList<string> CrlfScripts);

/// <summary>A file below the workdir that is to come home.</summary>
/// <param name="Path">As a parsed manifest or a listing names it.</param>
/// <param name="Bytes">As promised; what comes may differ, within bounds, and is for the caller to check.</param>
public sealed record WantedFile(string Path, long Bytes);

/// <summary>Proof that the way to the machine carries bytes unharmed, both ways.</summary>
public sealed record RoundTrip(string Sha256, int Bytes, TimeSpan Took);

/// <summary>A file below the workdir of which a verified copy is off the machine.</summary>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record CopiedFile(string Path, string Sha256);

/// <summary>Copies of checkpoints, of which nothing is known yet but what the machine says.</summary>
/// <param name="Sha256">By path: lower-case hex of what the machine held.</param>
public sealed record CheckpointCopies(IReadOnlyDictionary<string, string> Sha256, Transferred Transfer);

/// <summary>What was removed from a machine's disk.</summary>
/// <param name="Checkpoints">Paths below the workdir: these exist only as copies now.</param>
/// <param name="Others">Unfinished and cached files.</param>
/// <param name="Bytes">Of all of them.</param>
public sealed record Pruned(IReadOnlyList<string> Checkpoints, int Others, long Bytes);

/// <summary>
/// A rented machine at the end of an ssh connection. Every call is bounded; a machine that does not answer is a
/// <see cref="Problem"/> with exit code <see cref="ExitCode.Unknown"/>, never a statement about what is on it.
/// </summary>
public interface IBox
{
    /// <summary><c>echo ok</c>, with the host key pinned at first contact.</summary>
    Task<Outcome<Done>> ReachAsync(BoxAddress address, CancellationToken cancellationToken);

    /// <summary>Sends one file, brings it back, compares by hash.</summary>
    Task<Outcome<RoundTrip>> ProveRoundTripAsync(BoxAddress address, CancellationToken cancellationToken);

    /// <summary>Sends code and instructions, then, last of all, the marker that lets the lodge script go on. Repeatable.</summary>
    Task<Outcome<Transferred>> SendAsync(BoxAddress address, Payload payload, IProgress<TransferProgress>? progress, CancellationToken cancellationToken);

    Task<Outcome<BoxReport>> ReportAsync(BoxAddress address, CancellationToken cancellationToken);

    /// <summary>A close look at the machine's live state, whatever runs there: one short round trip, read-only, bounded.</summary>
    /// <param name="ports">Inner TCP ports of which it is asked who listens, at most 64.</param>
    Task<Outcome<BoxProbe>> ProbeAsync(BoxAddress address, IReadOnlyList<int> ports, CancellationToken cancellationToken);

    /// <summary>Makes the manifest of results and checkpoints on the machine, from the files as they are now, and returns its text.</summary>
    Task<Outcome<string>> MakeManifestAsync(BoxAddress address, CancellationToken cancellationToken);

    /// <summary>
    /// The checkpoints that lie on the machine, finished or not: files that a pattern of <see cref="Payload.Checkpoints"/> names, not <c>*.tmp</c>. At most
    /// 10 000; more are a problem.
    /// </summary>
    Task<Outcome<IReadOnlyList<BoxFile>>> ListCheckpointsAsync(BoxAddress address, CancellationToken cancellationToken);

    /// <summary>
    /// Copies these files below the workdir into a local directory as they are at this moment, however often the job puts another in their place meanwhile. What is
    /// gone, or was written to within two seconds and still is, is left out.
    /// </summary>
    Task<Outcome<CheckpointCopies>> CopyCheckpointsAsync(
        BoxAddress address, IReadOnlyList<string> paths, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken);

    /// <summary>
    /// Makes room on a disk that is nearly full, until so much is free: of <see cref="Payload.Scratch"/> and nothing else, unfinished files that nobody writes any
    /// more, then these copied checkpoints, each only while it still has this hash, then the Hugging Face cache. What a process has open stays.
    /// </summary>
    /// <param name="copied">In the order in which they may go; what does not fit one command is left for the next call.</param>
    Task<Outcome<Pruned>> PruneAsync(BoxAddress address, long wantedFreeBytes, IReadOnlyList<CopiedFile> copied, CancellationToken cancellationToken);

    /// <summary>
    /// Pulls exactly these files below the workdir into a local directory. They come under their names together, when all are here; what was here when a pull broke
    /// off does not travel again, in whatever process and by whatever address the next one is made.
    /// </summary>
    Task<Outcome<Transferred>> PullAsync(
        BoxAddress address, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Bytes of the job's log from an offset, at most <paramref name="maxBytes"/>.</summary>
    Task<Outcome<byte[]>> ReadLogAsync(BoxAddress address, long offset, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Tells a job that runs, or will run, how often to write a checkpoint from now on: one short round trip, replaced in one step. Repeatable.</summary>
    /// <param name="every">One second to seven days; fractions of a second are dropped.</param>
    Task<Outcome<Done>> SetCadenceAsync(BoxAddress address, TimeSpan every, CancellationToken cancellationToken);

    /// <summary>Ends the job's command: TERM, a grace, KILL; the exit marker is written as for any other end.</summary>
    Task<Outcome<Done>> EndJobAsync(BoxAddress address, CancellationToken cancellationToken);

    /// <summary>Drops what is kept here of a rental that is gone for ever: the host keys that were pinned. Repeatable.</summary>
    void Forget(string rentalId);
}
