using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;

namespace Lodger.Remote.Transfer;

/// <summary>
/// Brings exactly the named files home. The machine is not trusted: no link or device is made, no name leaves the directory, and
/// no more bytes are taken than its manifest promised. Whether they are the right bytes is for the caller to check.
/// </summary>
internal sealed class ResultPull(SshCommandLine ssh, BoxAddress address, SshOptions options, SshSession session, BoxLayout layout, TimeProvider time)
{
    // What a file may grow between manifest and pull before the transfer is ended: logs, mostly.
    private const long SlackBytes = 16 << 20;

    private const string OwnDirectory = ".lodger";

    public async Task<Outcome<Transferred>> RunAsync(
        IReadOnlyList<string> paths, long totalBytes, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        if (paths.FirstOrDefault(path => !IsConfined(path)) is { } hostile)
        {
            return new Problem("path-hostile", $"The manifest names a path that leaves its directory, or Lodger's own in it: {Text.Sanitize.Line(hostile, 120)}", "Do not trust this machine.", ExitCode.NotVerified);
        }

        if (FindLink(localDirectory, paths) is { } link)
        {
            return new Problem("pull-through-link", $"The pull would write through the symbolic link {link}.", "Pull into an empty directory.", ExitCode.BadInput);
        }

        if (!(await FindWorkdirAsync(cancellationToken)).TryGet(out var workdir, out var problem))
        {
            return problem;
        }

        Directory.CreateDirectory(localDirectory);
        if (paths.Count > 0)
        {
            var pulled = await Run(paths, workdir, totalBytes, localDirectory, progress).RunAsync(time, cancellationToken);
            if (!pulled.IsOk)
            {
                return pulled.Problem;
            }
        }

        RemovePartials(localDirectory);
        var bytes = paths.Sum(path => new FileInfo(Path.Combine(localDirectory, path)) is { Exists: true } file ? file.Length : 0);
        return new Transferred(paths.Count, bytes, time.GetElapsedTime(started));
    }

    private RsyncRun Run(IReadOnlyList<string> paths, string workdir, long totalBytes, string localDirectory, IProgress<TransferProgress>? progress) => new()
    {
        Ssh = ssh,
        Address = address,
        Options = options,
        Files = paths,
        From = workdir,
        To = localDirectory,
        IsPull = true,
        BytesTotal = totalBytes,
        Progress = progress,
        MaxBytes = totalBytes + Math.Max(SlackBytes, totalBytes / 10),
        // A file that is here already is compared by content, never by size and time: it may be the damaged one that this pull is to repair.
        MoreArguments =
        [
            "--no-links", "--no-devices", "--no-specials", "--no-perms", "--chmod=D755,F644", "--ignore-times",
            string.Create(CultureInfo.InvariantCulture, $"--max-size={Math.Max(1, totalBytes + Math.Max(SlackBytes, totalBytes / 10))}"),
        ],
    };

    private async Task<Outcome<string>> FindWorkdirAsync(CancellationToken cancellationToken)
    {
        var command = $": >{ShellQuote.Word(layout.StateDirectory)}/contact; echo lodger-workdir; cat {ShellQuote.Word(layout.PayloadDirectory)}/workdir";
        var outcome = await session.RequireAsync(address, command, "finding the results", options.CommandTimeout, 64 * 1024, cancellationToken);
        return outcome.Then<string>(result =>
        {
            var lines = Encoding.UTF8.GetString(result.Output).Split('\n');
            var at = Array.IndexOf(lines, "lodger-workdir");
            return at >= 0 && at + 1 < lines.Length && lines[at + 1].StartsWith('/')
                ? lines[at + 1]
                : new Problem("box-not-itself", "The machine did not say where the job's directory is.", "Ask again.", ExitCode.Unknown, MayRetry: true);
        });
    }

    private static bool IsConfined(string path) =>
        path.Length > 0 && !path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal)
        && !path.Split('/').Any(segment => segment is "" or "." or "..")
        // Ours in every bundle: the receipt lies there. Whatever its case, for file systems to which that is the same name.
        && !path.Split('/')[0].Equals(OwnDirectory, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first existing directory on the way to a file that is a symbolic link; null when none is.</summary>
    private static string? FindLink(string localDirectory, IReadOnlyList<string> paths)
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

    private static void RemovePartials(string localDirectory)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var directory in Directory.EnumerateDirectories(localDirectory, RsyncRun.PartialDirectory, all).ToList())
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
