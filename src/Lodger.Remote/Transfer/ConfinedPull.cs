using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Transfer;

/// <summary>
/// Brings exactly the named files home: (1) over one stream, or several once that has proved slow, into a directory of Lodger's own, each file from where the last try stopped, (2) under
/// their names, when all are here. The other side is not trusted: no link or device is made, no name leaves the directory, and no more bytes are taken than were promised. Whether they are the right bytes is for
/// the caller to check.
/// </summary>
/// <param name="way">A pull of nothing yet from the directory on the machine.</param>
/// <param name="localDirectory">Of no fault, see <see cref="FindFault"/>.</param>
/// <param name="isPrivate">What comes is for its user alone.</param>
internal sealed class ConfinedPull(
    RsyncRun way, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, TimeProvider time, bool isPrivate = false)
{
    // What the files of a stream may grow between listing and pull before the transfer is ended: logs, mostly.
    private const long SlackBytes = 16 << 20;

    /// <summary>A try that brought so much counts as none, because it cannot happen for ever.</summary>
    private const long WorthTryBytes = 1 << 20;

    private const int TriesMax = 10_000;

    private readonly StagedFiles staged = new(localDirectory);

    /// <summary>Nothing has been divided yet.</summary>
    private bool isOnTrial = way.Options.LineTrial > TimeSpan.Zero;

    /// <summary>Why these files cannot be pulled there at all; null when they can. Asks nobody.</summary>
    public static Problem? FindFault(IEnumerable<string> paths, string localDirectory)
    {
        var all = paths.ToList();
        if (all.FirstOrDefault(path => !SafePath.IsConfined(path)) is { } hostile)
        {
            return new Problem("path-hostile", $"The manifest names a path that leaves its directory, or Lodger's own in it: {Text.Sanitize.Line(hostile, 120)}", "Do not trust this machine.", ExitCode.NotVerified);
        }

        return FindLink(localDirectory, all.Append(StagedFiles.Below + "/")) is { } link
            ? new Problem("pull-through-link", $"The pull would write through the symbolic link {link}.", "Remove the link of that name from the results here, or put its directory there itself; then pull again.", ExitCode.BadInput)
            : null;
    }

    public async Task<Outcome<Transferred>> RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        Directory.CreateDirectory(localDirectory);
        if (files.Count > 0)
        {
            // 1
            staged.Open(files);
            if ((await FetchAsync(cancellationToken)).Problem is { } problem)
            {
                return problem;
            }

            // 2
            staged.Close(files);
            RemovePartials();
        }

        var bytes = files.Sum(file => new FileInfo(Path.Combine(localDirectory, file.Path)) is { Exists: true } here ? here.Length : 0);
        return new Transferred(files.Count, bytes, time.GetElapsedTime(started));
    }

    /// <summary>Tries again what may succeed later: as often as the options say without getting on, and without end, nearly, while it gets on.</summary>
    private async Task<Outcome<Done>> FetchAsync(CancellationToken cancellationToken)
    {
        var wait = way.Options.TransferBackoff;
        var mistrusted = new HashSet<string>(StringComparer.Ordinal);
        var streamsMax = StreamPlan.MostFor(way.Address);
        for (int all = 1, idle = 1; ; all++, idle++)
        {
            var before = Here();
            var wasOnTrial = isOnTrial;
            var outcome = await TryAsync(mistrusted, streamsMax, cancellationToken);
            if (wasOnTrial && !isOnTrial)
            {
                // Ended by us, to go on over more connections at once: this was no try.
                idle--;
                continue;
            }

            if (outcome.IsOk || !outcome.Problem.MayRetry || all >= TriesMax)
            {
                return outcome;
            }

            if (Here() - before >= WorthTryBytes)
            {
                (idle, wait) = (0, way.Options.TransferBackoff);
            }
            else
            {
                // A machine that let nothing through may be one that bears no more than one connection.
                streamsMax = 1;
            }

            if (idle >= way.Options.TransferTries)
            {
                return outcome;
            }

            await Task.Delay(wait, time, cancellationToken);
            wait *= 2;
        }
    }

    /// <summary>Everything that is still missing, once; and once more what turns out to be another file than the one whose beginning was here.</summary>
    private async Task<Outcome<Done>> TryAsync(HashSet<string> mistrusted, int streamsMax, CancellationToken cancellationToken)
    {
        var ways = files.ToDictionary(file => file.Path, file => staged.WayOf(file, mistrusted.Contains(file.Path)), StringComparer.Ordinal);
        var fetched = await FetchAsync(files, ways, streamsMax, cancellationToken);
        if (!fetched.IsOk)
        {
            return fetched;
        }

        // rsync leaves a file alone of which more is here than there.
        var changed = files.Where(file => ways[file.Path] == FetchWay.GoOn && staged.LengthOf(file) != file.Bytes).ToList();
        mistrusted.UnionWith(changed.Select(file => file.Path));
        return changed.Count == 0 ? Done.Ok : await FetchAsync(changed, changed.ToDictionary(file => file.Path, _ => FetchWay.Compare, StringComparer.Ordinal), 1, cancellationToken);
    }

    private async Task<Outcome<Done>> FetchAsync(IReadOnlyList<WantedFile> wanted, Dictionary<string, FetchWay> ways, int streamsMax, CancellationToken cancellationToken)
    {
        var missing = wanted.Select(file => file with { Bytes = ways[file.Path] is FetchWay.GoOn or FetchWay.Anew ? Math.Max(0, file.Bytes - (staged.LengthOf(file) ?? 0)) : file.Bytes }).ToList();
        var streams = StreamPlan.Of(missing, streamsMax);
        var promised = wanted.ToDictionary(file => file.Path, StringComparer.Ordinal);
        // What replaces a file that is home has no beginning that would be kept when it is ended.
        if (!isOnTrial || streamsMax == 1 || streams is [{ IsText: false }] || ways.ContainsValue(FetchWay.Replace))
        {
            var whole = Progress(progress);
            return await StreamRun.AllAsync(streams, streamsMax, (stream, token) => FetchAsync(stream, promised, ways, whole, token), cancellationToken);
        }

        using var alone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var trial = new LineTrial(progress, way.Options.LineTrial, time, alone.Cancel);
        try
        {
            return await FetchAsync(new TransferStream(missing, IsText: false), promised, ways, Progress(trial), alone.Token);
        }
        catch (OperationCanceledException) when (trial.IsSlow && !cancellationToken.IsCancellationRequested)
        {
            isOnTrial = false;
            return new Problem("transfer-divided", "One connection is slow.", "", ExitCode.Unknown, MayRetry: true);
        }

        // rsync counts what it has of a file it goes on with, and nothing of one that it leaves alone.
        StreamProgress Progress(IProgress<TransferProgress>? to) => new(
            to, files.Except(wanted).Sum(file => file.Bytes) + wanted.Where(file => ways[file.Path] == FetchWay.Anew).Sum(file => staged.LengthOf(file) ?? 0), files.Sum(file => file.Bytes));
    }

    /// <summary>What one connection at a time carries.</summary>
    private async Task<Outcome<Done>> FetchAsync(
        TransferStream stream, Dictionary<string, WantedFile> promised, Dictionary<string, FetchWay> ways, StreamProgress whole, CancellationToken cancellationToken)
    {
        foreach (var group in stream.Files.Select(file => promised[file.Path]).GroupBy(file => ways[file.Path]).OrderBy(group => group.Key))
        {
            var outcome = await Run(group.Key, [.. group], stream.IsText, whole.Next()).TryAsync(time, cancellationToken);
            if (!outcome.IsOk)
            {
                return outcome;
            }
        }

        return Done.Ok;
    }

    private RsyncRun Run(FetchWay how, IReadOnlyList<WantedFile> group, bool isText, IProgress<TransferProgress>? part)
    {
        var bytes = group.Sum(file => file.Bytes);
        var most = bytes + Math.Max(SlackBytes, bytes / 10);
        return way with
        {
            Files = [.. group.Select(file => file.Path)],
            To = how == FetchWay.Replace ? localDirectory : staged.Directory,
            BytesTotal = bytes,
            // What proves not to be the file whose beginning was here is counted a second time.
            MaxBytes = how == FetchWay.GoOn ? most + bytes : most,
            Progress = part,
            IsCompressed = isText,
            // Never a file of the bundle: it may have a second name among proven results, which would be written into.
            IsInPlace = how != FetchWay.Replace,
            MoreArguments =
            [
                "--no-links", "--no-devices", "--no-specials", "--no-perms", isPrivate ? "--chmod=D700,F600" : "--chmod=D755,F644",
                string.Create(CultureInfo.InvariantCulture, $"--max-size={Math.Max(1, most)}"), .. Arguments(how),
            ],
        };
    }

    private IReadOnlyList<string> Arguments(FetchWay how) => how switch
    {
        FetchWay.Anew => [],
        FetchWay.GoOn => ["--append-verify"],
        // Never by size and time: it may be the damaged one that this pull is to repair.
        FetchWay.Compare => ["--ignore-times"],
        FetchWay.Replace => ["--ignore-times", $"--temp-dir={Path.GetFullPath(staged.Directory)}"],
        _ => throw new ArgumentOutOfRangeException(nameof(how), how, null),
    };

    private long Here() => files.Sum(file => staged.LengthOf(file) ?? 0);

    /// <summary>The first existing directory on the way to a file that is a symbolic link; null when none is.</summary>
    private static string? FindLink(string localDirectory, IEnumerable<string> paths)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            for (var at = path.IndexOf('/', StringComparison.Ordinal); at >= 0; at = path.IndexOf('/', at + 1))
            {
                var directory = Path.Combine(localDirectory, path[..at]);
                if (seen.Add(directory) && new DirectoryInfo(directory).LinkTarget is not null)
                {
                    return directory;
                }
            }
        }

        return null;
    }

    /// <summary>Beside the files of this pull, where rsync puts them: a directory of that name which the machine itself named is not one of them.</summary>
    private void RemovePartials()
    {
        var directories = files.Select(file => Path.GetDirectoryName(file.Path)!).ToHashSet(StringComparer.Ordinal);
        var named = directories.SelectMany(Ancestors).ToHashSet(StringComparer.Ordinal);
        foreach (var partial in directories.Select(directory => Path.Combine(directory, RsyncRun.PartialDirectory)))
        {
            if (!named.Contains(partial) && Directory.Exists(Path.Combine(localDirectory, partial)))
            {
                Directory.Delete(Path.Combine(localDirectory, partial), recursive: true);
            }
        }
    }

    private static IEnumerable<string> Ancestors(string directory)
    {
        for (var at = directory; at.Length > 0; at = Path.GetDirectoryName(at)!)
        {
            yield return at;
        }
    }
}
