using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Remote.Transfer;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>Proven results, here as well.</summary>
/// <param name="Directory">Absolute, on this machine.</param>
/// <param name="Fetched">Of the files; the others were here already.</param>
internal sealed record ResultsHere(string Directory, int Files, long Bytes, int Fetched);

/// <summary>
/// From a server on another machine to this one: every file that the receipt vouches for, hashed again here, and last the manifest and the receipt, so that a directory with a receipt is whole. Before anything is written there, the list is
/// what the receipt and its manifest say. What a server names is read as hostile as
/// what a rented machine does.
/// </summary>
internal sealed class ResultsHome(Surroundings around, ServerClient server)
{
    private const int PathBytesMax = 4096;
    private const int TriesMax = 5;
    private const long OwnBytesMax = 1L << 30;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <param name="wanted">Absolute; what holds something else already is left alone, and another directory beside it is taken.</param>
    public async Task<Outcome<ResultsHere>> FetchAsync(string job, string wanted, CancellationToken cancellationToken)
    {
        if (!(await server.ResultsAsync(job, cancellationToken)).TryGet(out var results, out var problem))
            return problem;
        if (Refuse(results) is { } hostile)
            return hostile;
        try
        {
            var directory = await DirectoryForAsync(wanted, results, cancellationToken);
            if (await UnprovenAsync(results, directory, cancellationToken) is { } unproven)
                return unproven;
            Directory.CreateDirectory(Path.Combine(directory, BundleLayout.OwnDirectory));
            if (ThroughLink(directory, BundleLayout.ReceiptPath) is { } link)
                return link;
            await File.WriteAllTextAsync(Mark(directory), results.ReceiptId, cancellationToken);
            var fetched = await FilesAsync(results, directory, cancellationToken);
            if (!fetched.TryGet(out var count, out problem))
                return problem;
            File.Delete(Mark(directory));
            return new ResultsHere(directory, results.Files.Count - Own, results.Files.SkipLast(Own).Sum(f => f.Bytes), count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("results-not-written", $"The results cannot be written here: {e.Message}", "Make room, or name another directory:  --into DIR", ExitCode.Prerequisite);
        }
    }

    /// <summary>The manifest and the receipt, at the end of the list.</summary>
    private const int Own = 2;

    /// <summary>Null when the list is exactly what the receipt vouches for, and the manifest the one that it was made of.</summary>
    private async Task<Problem?> UnprovenAsync(ResultsView results, string directory, CancellationToken cancellationToken)
    {
        var own = results.Files.TakeLast(Own).ToList();
        if (await IsHereAsync(directory, own[0], cancellationToken) && await IsHereAsync(directory, own[1], cancellationToken))
            return Unproven(results, directory);
        var beside = Directory.CreateTempSubdirectory("lodger-results-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(beside, BundleLayout.OwnDirectory));
            var fetched = await RangeAsync(results, beside, own, results.Files.SkipLast(Own).Sum(f => f.Bytes), _ => { }, cancellationToken);
            return fetched.IsOk ? Unproven(results, beside) : fetched.Problem;
        }
        finally
        {
            Directory.Delete(beside, recursive: true);
        }
    }

    private static Problem? Unproven(ResultsView results, string directory)
    {
        var listed = results.Files.SkipLast(Own).ToHashSet();
        var isProven = Receipt.Read(Path.Combine(directory, BundleLayout.ReceiptPath)).Receipt is { } receipt && receipt.Id == results.ReceiptId
            && receipt.Files.Count == listed.Count && receipt.Files.All(f => listed.Contains(new ResultFile(f.Path, f.Bytes, f.Sha256)))
            && Manifest.ReadFile(Path.Combine(directory, BundleLayout.ManifestPath)).Manifest is { } manifest && manifest.RosterSha256 == receipt.RosterSha256
            && manifest.Files.Select(f => new ResultFile(f.Path ?? "", f.Bytes, f.Sha256)).ToHashSet() is var made && listed.IsSubsetOf(made);
        return isProven ? null : new Problem("results-unproven", "The server lists other results than its receipt vouches for; nothing was written.", "Ask whoever runs it.", ExitCode.NotVerified);
    }

    private static string Mark(string directory) => Path.Combine(directory, BundleLayout.OwnDirectory, "fetching");

    private static async Task<string> DirectoryForAsync(string wanted, ResultsView results, CancellationToken cancellationToken) =>
        !Directory.Exists(wanted) || !Directory.EnumerateFileSystemEntries(wanted).Any() || await IsOfAsync(wanted, results, cancellationToken) ? wanted : $"{wanted}.{results.ReceiptId[..Math.Min(8, results.ReceiptId.Length)]}";

    /// <summary>Begun with this receipt, or ended with it.</summary>
    private static async Task<bool> IsOfAsync(string directory, ResultsView results, CancellationToken cancellationToken) =>
        (File.Exists(Mark(directory)) && new FileInfo(Mark(directory)).Length < 1000 && await File.ReadAllTextAsync(Mark(directory), cancellationToken) == results.ReceiptId) || await IsHereAsync(directory, results.Files[^1], cancellationToken);

    private async Task<Outcome<int>> FilesAsync(ResultsView results, string directory, CancellationToken cancellationToken)
    {
        var line = new ProgressLine(around.Screen, around.Time, Redraw);
        try
        {
            var (count, offset, total) = (0, 0L, results.Files.Sum(f => f.Bytes));
            for (var i = 0; i < results.Files.Count; i++)
            {
                var first = i;
                var from = offset;
                // What lacks together comes together.
                while (i < results.Files.Count && !await IsHereAsync(directory, results.Files[i], cancellationToken))
                    offset += results.Files[i++].Bytes;
                if (i > first)
                {
                    var lacking = results.Files.Skip(first).Take(i - first).ToList();
                    if ((await RangeAsync(results, directory, lacking, from, done => line.Draw("fetching results", (double)done / Math.Max(1, total)), cancellationToken)).Problem is { } problem)
                        return problem;
                    count += lacking.Count(f => !IsOwn(f.Path));
                }

                if (i < results.Files.Count)
                    offset += results.Files[i].Bytes;
            }

            return count;
        }
        finally
        {
            line.Clear();
        }
    }

    /// <summary>Several files that follow one another. A line that is cut goes on where it was.</summary>
    private async Task<Outcome<Done>> RangeAsync(ResultsView results, string directory, IReadOnlyList<ResultFile> files, long offset, Action<long> told, CancellationToken cancellationToken)
    {
        using var landing = new Landing(directory, files);
        var tries = 0;
        while (landing.Left > 0)
        {
            Problem? broken = null;
            await foreach (var piece in server.ResultBytesAsync(results.Job, results.ReceiptId, offset + landing.Taken, landing.Left, cancellationToken))
            {
                if (!piece.TryGet(out var bytes, out broken))
                    break;
                if (landing.Take(bytes.Span) is { } differs)
                    return differs;
                tries = 0;
                told(offset + landing.Taken);
            }

            if (broken is null)
                continue;
            if (!broken.MayRetry || broken.Id == "receipt-other" || ++tries >= TriesMax)
                return broken;
            await Task.Delay(Pause * (tries - 1), around.Time, cancellationToken);
        }

        return landing.Finish() is { } wrong ? wrong : Done.Ok;
    }

    private static async Task<bool> IsHereAsync(string directory, ResultFile file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, file.Path);
        if (ThroughLink(directory, file.Path) is not null || !File.Exists(path) || new FileInfo(path).Length != file.Bytes)
            return false;
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)) == file.Sha256;
    }

    /// <summary>Null when nothing on the way to a path is a link.</summary>
    internal static Problem? ThroughLink(string directory, string path)
    {
        var at = directory;
        foreach (var segment in path.Split('/'))
        {
            at = Path.Combine(at, segment);
            if (new FileInfo(at).LinkTarget is not null)
                return new Problem("results-link", $"{at} is a link, and nothing is written through it.", "Remove it, or name another directory:  --into DIR", ExitCode.BadInput);
        }

        return null;
    }

    private static bool IsOwn(string path) => path is BundleLayout.ManifestPath or BundleLayout.ReceiptPath;

    private static Problem? Refuse(ResultsView results)
    {
        var isSound = results.Files.Count >= Own && results.Files[^2].Path == BundleLayout.ManifestPath && results.Files[^1].Path == BundleLayout.ReceiptPath && results.ReceiptId.Length > 0
            && results.ReceiptId.All(char.IsAsciiHexDigitLower) && results.Files.SkipLast(Own).All(f => IsConfined(f.Path)) && results.Files.All(f => f.Sha256.Length == 64 && f.Sha256.All(char.IsAsciiHexDigitLower))
            && results.Files.DistinctBy(f => f.Path).Count() == results.Files.Count && AreSizes(results.Files) && results.Files.TakeLast(Own).All(f => f.Bytes <= OwnBytesMax);
        return isSound ? null : new Problem("results-hostile", "The server lists results with names or sizes that no bundle has; nothing was written.", "Ask whoever runs it.", ExitCode.NotVerified);
    }

    private static bool IsConfined(string path) => Encoding.UTF8.GetByteCount(path) <= PathBytesMax && SafePath.IsConfined(path);

    /// <summary>Also together.</summary>
    private static bool AreSizes(IReadOnlyList<ResultFile> files)
    {
        var total = 0L;
        foreach (var file in files)
        {
            if (file.Bytes < 0 || file.Bytes > long.MaxValue - total)
                return false;
            total += file.Bytes;
        }

        return true;
    }

    /// <summary>Files as they come, one after another, each under a name of its own until its hash is right.</summary>
    private sealed class Landing(string directory, IReadOnlyList<ResultFile> files) : IDisposable
    {
        private readonly string incoming = Path.Combine(directory, BundleLayout.OwnDirectory, "incoming");
        private IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private FileStream? open;
        private int at;
        private long inFile;

        public long Taken { get; private set; }

        public long Left { get; private set; } = files.Sum(f => f.Bytes);

        public Problem? Take(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                if (Finish() is { } differs)
                    return differs;
                if (at == files.Count)
                    return new Problem("results-hostile", "The server sent more than it was asked for; what was more was not kept.", "Ask whoever runs it.", ExitCode.NotVerified);
                open ??= new FileStream(incoming, FileMode.Create, FileAccess.Write, FileShare.None);
                var part = bytes[..(int)Math.Min(bytes.Length, files[at].Bytes - inFile)];
                open.Write(part);
                hash.AppendData(part);
                inFile += part.Length;
                Taken += part.Length;
                Left -= part.Length;
                bytes = bytes[part.Length..];
            }

            return null;
        }

        /// <summary>Puts what is whole where it belongs: files without a byte, too.</summary>
        public Problem? Finish()
        {
            while (at < files.Count && inFile == files[at].Bytes)
            {
                var file = files[at];
                open ??= new FileStream(incoming, FileMode.Create, FileAccess.Write, FileShare.None);
                open.Flush(flushToDisk: true);
                open.Dispose();
                open = null;
                if (Convert.ToHexStringLower(hash.GetHashAndReset()) != file.Sha256)
                    return new Problem("results-differ", $"{file.Path} did not arrive as the receipt says: its hash differs. It was not kept.", "Fetch again:  lodger pull JOB", ExitCode.NotVerified, MayRetry: true);
                if (ThroughLink(directory, file.Path) is { } link)
                    return link;
                var path = Path.Combine(directory, file.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Move(incoming, path, overwrite: true);
                (at, inFile) = (at + 1, 0);
            }

            return null;
        }

        public void Dispose()
        {
            open?.Dispose();
            hash.Dispose();
            File.Delete(incoming);
        }
    }
}
