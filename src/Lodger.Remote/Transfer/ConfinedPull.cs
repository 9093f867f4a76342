using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Transfer;

/// <summary>
/// Brings exactly the named files home. The other side is not trusted: no link or device is made, no name leaves the directory, and
/// no more bytes are taken than were promised. Whether they are the right bytes is for the caller to check.
/// </summary>
internal static class ConfinedPull
{
    // What a file may grow between listing and pull before the transfer is ended: logs, mostly.
    private const long SlackBytes = 16 << 20;

    /// <summary>Why these files cannot be pulled there at all; null when they can. Asks nobody.</summary>
    public static Problem? FindFault(IReadOnlyList<string> paths, string localDirectory)
    {
        if (paths.FirstOrDefault(path => !SafePath.IsConfined(path)) is { } hostile)
        {
            return new Problem("path-hostile", $"The manifest names a path that leaves its directory, or Lodger's own in it: {Text.Sanitize.Line(hostile, 120)}", "Do not trust this machine.", ExitCode.NotVerified);
        }

        return FindLink(localDirectory, paths) is { } link
            ? new Problem("pull-through-link", $"The pull would write through the symbolic link {link}.", "Pull into an empty directory.", ExitCode.BadInput)
            : null;
    }

    /// <param name="run">A pull into the local directory, faultless.</param>
    public static async Task<Outcome<Transferred>> RunAsync(RsyncRun run, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var most = run.BytesTotal + Math.Max(SlackBytes, run.BytesTotal / 10);
        Directory.CreateDirectory(run.To);
        if (run.Files.Count > 0)
        {
            var pulled = await (run with
            {
                MaxBytes = most,
                // A file that is here already is compared by content, never by size and time: it may be the damaged one that this pull is to repair.
                MoreArguments =
                [
                    "--no-links", "--no-devices", "--no-specials", "--no-perms", "--chmod=D755,F644", "--ignore-times",
                    string.Create(CultureInfo.InvariantCulture, $"--max-size={Math.Max(1, most)}"),
                ],
            }).RunAsync(time, cancellationToken);
            if (!pulled.IsOk)
            {
                return pulled.Problem;
            }
        }

        RemovePartials(run.To);
        var bytes = run.Files.Sum(path => new FileInfo(Path.Combine(run.To, path)) is { Exists: true } file ? file.Length : 0);
        return new Transferred(run.Files.Count, bytes, time.GetElapsedTime(started));
    }

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
