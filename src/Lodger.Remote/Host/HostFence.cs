using System.Globalization;
using System.Text;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;
using Lodger.Remote.Script;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Host;

/// <summary>Puts a fence onto the disk of a rental and reads it back: only what was read is believed.</summary>
/// <param name="run">A pull from the root of the rental's disk.</param>
internal sealed class HostFence(RsyncRun run, BoxLayout layout, TimeProvider time)
{
    private const int BytesMax = 64;

    private readonly string path = layout.Fence.TrimStart('/');

    public async Task<Outcome<Done>> RunAsync(int attempt, CancellationToken cancellationToken)
    {
        if (!(await ReadAsync(cancellationToken)).TryGet(out var before, out var problem))
        {
            return problem;
        }

        if (before >= attempt)
        {
            return Done.Ok;
        }

        using var staging = new TemporaryDirectory();
        var name = Path.GetFileName(path);
        await File.WriteAllTextAsync(Path.Combine(staging.Path, name), string.Create(CultureInfo.InvariantCulture, $"{attempt}\n"), new UTF8Encoding(false), cancellationToken);
        // Into Lodger's own directory, which the payload made: platforms refuse copies onto the root, whose permissions ssh lives by.
        var sent = await (run with { Files = [name], From = staging.Path, To = layout.Root, IsPull = false, MoreArguments = ["--mkpath", "--ignore-times", "--chmod=D755,F644"] }).RunAsync(time, cancellationToken);
        if (!sent.IsOk)
        {
            return sent;
        }

        if (!(await ReadAsync(cancellationToken)).TryGet(out var after, out problem))
        {
            return problem;
        }

        return after >= attempt
            ? Done.Ok
            : new Problem(
                "fence-not-there", $"The fence that was written onto the disk of rental {Text.Sanitize.Line(run.Address.RentalId, 64)} does not read back as {attempt}.",
                "Do not start another attempt; try again.", ExitCode.Unknown, MayRetry: true);
    }

    /// <summary>The number in the fence; 0 when there is none or it is no number.</summary>
    private async Task<Outcome<int>> ReadAsync(CancellationToken cancellationToken)
    {
        using var here = new TemporaryDirectory();
        var read = run with
        {
            Files = [path],
            To = here.Path,
            Options = run.Options with { TransferTimeout = run.Options.CommandTimeout },
            // The host says how long the file is, and may send more than that.
            MaxBytes = BytesMax,
            MoreArguments = ["--no-links", "--no-devices", "--no-specials", string.Create(CultureInfo.InvariantCulture, $"--max-size={BytesMax}")],
        };
        if (!(await run.RetryAsync(() => read.TryAsync(time, cancellationToken, IsAbsent), time, cancellationToken)).TryGet(out _, out var problem))
        {
            return problem;
        }

        var file = new FileInfo(Path.Combine(here.Path, path));
        return file is { Exists: true, Length: <= BytesMax } && int.TryParse((await File.ReadAllTextAsync(file.FullName, cancellationToken)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static bool IsAbsent(ChildResult result) =>
        result is { End: ChildEnd.Exited, ExitCode: 23 } && result.ErrorText.Split('\n').Where(line => line.StartsWith("rsync: [sender] ", StringComparison.Ordinal)).ToList() is [var only]
        && only.Contains("link_stat \"", StringComparison.Ordinal) && only.EndsWith("failed: No such file or directory (2)", StringComparison.Ordinal);
}
