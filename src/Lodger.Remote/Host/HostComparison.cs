using Lodger.Domain.Problems;
using Lodger.Remote.Processes;
using Lodger.Remote.Ssh;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Host;

/// <summary>
/// Compares files here with those on the rental's disk by what a copy there would change, decided by checksums, without copying. rsync is asked to name the files that it
/// would leave alone, too: equal is what it said is equal, never what it was silent about.
/// </summary>
/// <param name="run">A send from the local directory to the one on the rental.</param>
internal sealed class HostComparison(RsyncRun run, TimeProvider time)
{
    private const int BytesMax = 64 << 20;

    // ".f" and nine attributes: a file of which no content would be sent.
    private const string Equal = ".f";
    private const int FlagsLength = 11;

    public async Task<Outcome<IReadOnlyList<string>>> RunAsync(CancellationToken cancellationToken)
    {
        // A link or a missing file here proves nothing about the one there.
        var here = run.Files.Where(path => new FileInfo(Path.Combine(run.From, path)) is { Exists: true, LinkTarget: null }).ToList();
        if (here.Count == 0)
        {
            return Outcome<IReadOnlyList<string>>.Ok([.. run.Files]);
        }

        var source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(run.From)) + "/";
        var command = run.Command(
            ["--files-from=-", "--from0", "--no-implied-dirs", "--checksum", "--dry-run", "-i", "-i", "--out-format=%i %n", "--timeout=3600", "--", source, run.Remote],
            run.Options.ManifestTimeout) with
        { Input = RsyncRun.FileNames(here), MaxOutputBytes = BytesMax };
        if (!(await run.RetryAsync(() => OnceAsync(command, cancellationToken), time, cancellationToken)).TryGet(out var result, out var problem))
        {
            return problem;
        }

        var equal = result.OutputText.Split('\n')
            .Where(line => line.Length > FlagsLength && line.StartsWith(Equal, StringComparison.Ordinal) && line[FlagsLength] == ' ')
            .Select(line => RsyncNames.Read(line[(FlagsLength + 1)..]))
            .ToHashSet(StringComparer.Ordinal);
        return Outcome<IReadOnlyList<string>>.Ok([.. run.Files.Where(path => !equal.Contains(path))]);
    }

    private async Task<Outcome<ChildResult>> OnceAsync(ChildCommand command, CancellationToken cancellationToken)
    {
        var started = await ChildProcess.RunAsync(command, time, cancellationToken);
        return started.Then<ChildResult>(result => result.Succeeded || IsAbsent(result) ? result : SshFailure.Of(result, run.Address, "comparing with the disk"));
    }

    /// <summary>There is not even a directory above the job's: nothing is equal.</summary>
    private static bool IsAbsent(ChildResult result) =>
        result is { End: ChildEnd.Exited, ExitCode: 11 } && result.ErrorText.Split('\n').Any(line =>
            line.StartsWith("rsync: [Receiver] mkdir ", StringComparison.Ordinal) && line.EndsWith("failed: No such file or directory (2)", StringComparison.Ordinal));
}
