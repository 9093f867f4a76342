using System.Security.Cryptography;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Code;

/// <summary>Code that was handed over, as it lies in the store.</summary>
/// <param name="Id">By which a submission names it.</param>
/// <param name="Sha256">Of the archive as it came, lower-case hex.</param>
/// <param name="Bytes">Of all files.</param>
public sealed record StoredCode(string Id, string Sha256, int Files, long Bytes);

/// <summary>
/// Code of jobs whose submitter cannot show the server a directory. Each upload has a directory that the server named, below that of its project; it is removed when no open job is of it and it was not needed for a while.
/// </summary>
/// <param name="shared">Absolute: what jobs that come over the network may name lies below it.</param>
public sealed class CodeStore(string shared, TimeProvider time, ILogger log)
{
    /// <summary>Between an upload and its submission a person may think; between two cells of a sweep hours pass, in which others are open.</summary>
    private static readonly TimeSpan Unused = TimeSpan.FromHours(6);

    /// <summary>Its submission is on its way.</summary>
    private static readonly TimeSpan JustCome = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan CleanEvery = TimeSpan.FromMinutes(15);

    /// <summary>So many that nobody needs yet a project may have; with the next one the oldest goes.</summary>
    private const int WaitingMax = 16;

    /// <summary>What the server itself needs to go on writing journals.</summary>
    private const long FreeBytesMin = 2L << 30;

    /// <summary>No project has a name that begins with a dot.</summary>
    public const string Directories = ".code";

    private const string Unfinished = ".part";
    private const int IdLength = 32;

    /// <summary>So many come in at once.</summary>
    private const int ReceivingMax = 2;

    /// <summary>Most that an archive may have, headers included.</summary>
    public const long ArchiveBytesMax = CodeUnpack.ArchiveBytesMax;

    private readonly Lock changing = new();

    /// <summary>By project, who sends it code just now.</summary>
    private readonly Dictionary<string, string> receiving = new(StringComparer.Ordinal);

    /// <summary>Longest that one may take to come in: the largest at five megabits a second. Whoever is slower, or means to be, keeps the others' code out no longer.</summary>
    public TimeSpan ReceiveLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Directories of open jobs, absolute: of their code, their results, their copies. What holds one of them stays.</summary>
    public Func<IReadOnlySet<string>> InUse { get; init; } = () => new HashSet<string>();

    /// <summary>Bytes that the disk has room for.</summary>
    internal Func<long> FreeBytes { get; init; } = () => new DriveInfo(shared).AvailableFreeSpace;

    /// <summary>Takes an archive in, whole or not at all; one of a project at a time, and one of a sender.</summary>
    /// <param name="by">Who sends it.</param>
    /// <param name="project">A project's name.</param>
    /// <param name="archive">Tar; read as hostile.</param>
    public async Task<Outcome<StoredCode>> ReceiveAsync(string by, string project, Stream archive, CancellationToken cancellationToken)
    {
        lock (changing)
        {
            if (receiving.Count >= ReceivingMax || receiving.ContainsValue(by) || !receiving.TryAdd(project, by))
                return new Problem("code-busy", "The server takes in other code just now: one of a project at a time, one of a token, and two in all.", "Try again when that is done.", ExitCode.Unknown, MayRetry: true);
        }

        using var limit = new CancellationTokenSource(ReceiveLimit, time);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await TakeAsync(project, archive, until.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new Problem(
                "code-slow",
                $"The code did not come in whole within {ReceiveLimit.TotalMinutes:0.##} minutes, and was let go so that other code can come.",
                "Send less, or over a faster connection: name what the job does not need in .lodgerignore; data belongs into  data:",
                ExitCode.TimedOut);
        }
        finally
        {
            lock (changing)
                receiving.Remove(project);
        }
    }

    private async Task<Outcome<StoredCode>> TakeAsync(string project, Stream archive, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetHexString(IdLength, lowercase: true);
        var place = Path.Combine(PlaceOf(project), id);
        var fresh = place + Unfinished;
        Directory.CreateDirectory(shared);
        if (FreeBytes() < FreeBytesMin + Remote.Code.CodePack.BytesMax)
            return CodeUnpack.DiskFull;
        var isTaken = false;
        try
        {
            Directory.CreateDirectory(fresh);
            if (!(await new CodeUnpack(archive, fresh, () => FreeBytes() >= FreeBytesMin).RunAsync(cancellationToken)).TryGet(out var taken, out var refused))
                return refused;
            lock (changing)
            {
                Directory.Move(fresh, place);
                Directory.SetLastWriteTimeUtc(place, time.GetUtcNow().UtcDateTime);
                isTaken = true;
            }

            // It is stored, whatever else is in the way.
            Try(() => MakeRoom(project));
            return new StoredCode(id, taken.Sha256, taken.Files, taken.Bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("code could not be taken in: {Problem}", e.Message);
            return new Problem("code-not-stored", "The code did not arrive, or the server's disk did not take it.", "Try again; whoever runs the server finds more in its log.", ExitCode.Unknown, MayRetry: true);
        }
        finally
        {
            if (!isTaken)
                Try(() => Remove(fresh));
        }
    }

    /// <summary>Whether a path leads into a directory of uploads, of whichever project.</summary>
    /// <param name="path">Relative to what jobs that come over the network may name.</param>
    public static bool IsInside(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        // Whatever its case, for file systems to which that is the same name.
        return path.Split('/').Any(s => s.Equals(Directories, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whose code a job is of: nothing that a job from the network names is taken for the server's user's own.</summary>
    /// <param name="shared">As given to the store.</param>
    internal static CodeOrigin OriginOf(string shared, JobSubmitted submission) =>
        !submission.OverNetwork ? CodeOrigin.Own : submission.Spec.CodeDirectory is { } code && IsUpload(shared, code) ? CodeOrigin.HandedOver : CodeOrigin.Foreign;

    /// <summary>Whether a directory is an upload as this store names them, whose list of files is the server's.</summary>
    private static bool IsUpload(string shared, string directory) =>
        IsId(Path.GetFileName(directory)) && Path.GetDirectoryName(directory) is { } store && Path.GetFileName(store) == Directories && Path.GetDirectoryName(Path.GetDirectoryName(store)) == shared;

    private static bool IsId(string name) => name.Length == IdLength && name.All(char.IsAsciiHexDigitLower);

    /// <summary>Where an upload lies, which is kept from now on as if it had just come; null: there is none of that id in that project.</summary>
    public string? DirectoryOf(string project, string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (!IsId(id))
            return null;
        var place = Path.Combine(PlaceOf(project), id);
        lock (changing)
        {
            if (!Directory.Exists(place))
                return null;
            Directory.SetLastWriteTimeUtc(place, time.GetUtcNow().UtcDateTime);
            return place;
        }
    }

    /// <summary>Cleans up now and then, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Try(Clean);
                await Task.Delay(CleanEvery, time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    /// <summary>Removes what no open job is of and nobody needed for a while.</summary>
    internal void Clean()
    {
        foreach (var store in Projects())
            Try(() => RemoveEach(OursIn(store), Unused));
    }

    private void MakeRoom(string project)
    {
        var inUse = InUse();
        RemoveEach(OursIn(PlaceOf(project)).Where(d => !d.EndsWith(Unfinished, StringComparison.Ordinal) && !Holds(d, inUse)).OrderByDescending(Directory.GetLastWriteTimeUtc).Skip(WaitingMax), JustCome);
    }

    /// <summary>What this store named: nothing else is its to remove.</summary>
    private static IEnumerable<string> OursIn(string store) =>
        Directory.EnumerateDirectories(store).Where(d => Path.GetFileName(d) is var name && IsId(name.EndsWith(Unfinished, StringComparison.Ordinal) ? name[..^Unfinished.Length] : name));

    private static bool Holds(string place, IReadOnlySet<string> inUse) => inUse.Any(used => used == place || used.StartsWith(place + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>One that cannot be removed keeps no other.</summary>
    private void RemoveEach(IEnumerable<string> places, TimeSpan unused)
    {
        foreach (var place in places.ToList())
            Try(() => RemoveIf(place, unused));
    }

    private void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("code that no job needs any more could not be removed: {Problem}", e.Message);
        }
    }

    private void RemoveIf(string place, TimeSpan unused)
    {
        lock (changing)
        {
            var now = time.GetUtcNow().UtcDateTime;
            if (Holds(place, InUse()))
                Directory.SetLastWriteTimeUtc(place, now);
            else if (now - Directory.GetLastWriteTimeUtc(place) >= unused)
                Remove(place);
        }
    }

    /// <summary>Links in it are removed, not followed.</summary>
    private static void Remove(string place)
    {
        if (Directory.Exists(place))
            Directory.Delete(place, recursive: true);
    }

    private string PlaceOf(string project) => Path.Combine(shared, project, Directories);

    private IEnumerable<string> Projects() => Directory.Exists(shared) ? Directory.EnumerateDirectories(shared).Select(d => Path.Combine(d, Directories)).Where(Directory.Exists) : [];
}
