using System.Text;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;

namespace Lodger.Remote.Code;

/// <summary>Asks git which files belong to a work tree: tracked ones and new ones that nothing ignores.</summary>
internal static class GitFiles
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private const int MaxListBytes = 64 << 20;

    /// <summary>Relative paths, a nested repository as its directory; null when this is no work tree or there is no git.</summary>
    public static async Task<IReadOnlyList<string>?> FindAsync(string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        var outcome = await AskAsync(directory, time, cancellationToken);
        // What git alone leaves out is not sent because this machine stood still once.
        if (outcome is { IsOk: true, Value.IsCutOff: true })
            outcome = await AskAsync(directory, time, cancellationToken);
        if (!outcome.IsOk || !outcome.Value.Succeeded || outcome.Value.IsTruncated || outcome.Value.IsCutOff)
        {
            return null;
        }

        var names = Encoding.UTF8.GetString(outcome.Value.Output).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        // A directory that its surrounding repository ignores as a whole lists nothing, and was still named by the user.
        return names.Length == 0 ? null : names.Distinct(StringComparer.Ordinal).ToList();
    }

    private static Task<Outcome<ChildResult>> AskAsync(string directory, TimeProvider time, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync(
            new ChildCommand
            {
                Program = "git",
                Arguments = ["-C", directory, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                Timeout = Timeout,
                MaxOutputBytes = MaxListBytes,
                Environment = new Dictionary<string, string?>
                {
                    ["GIT_OPTIONAL_LOCKS"] = "0",
                    // The repository may be a stranger's: its configuration can name a program that fetches what is missing of its index, and listing files would run it.
                    ["GIT_NO_LAZY_FETCH"] = "1",
                    ["GIT_ALLOW_PROTOCOL"] = "none",
                    ["GIT_TERMINAL_PROMPT"] = "0",
                },
            },
            time,
            cancellationToken);
}
