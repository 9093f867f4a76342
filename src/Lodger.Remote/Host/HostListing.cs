using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;
using Lodger.Remote.Ssh;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Host;

/// <summary>Lists a directory of the rental's disk: <c>-rw-r--r--   12345 2026/11/24 11:30:00 path</c>, a file a line.</summary>
/// <param name="run">A pull from that directory.</param>
internal sealed class HostListing(RsyncRun run, int filesMax, TimeProvider time)
{
    private const int BytesMax = 64 << 20;
    private const int FieldsBeforePath = 4;
    private const string TimeFormat = "yyyy/MM/dd HH:mm:ss";

    // A directory of many files on a slow disk is read once; the link itself is watched by ssh's keep-alives.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public async Task<Outcome<IReadOnlyList<BoxFile>>> RunAsync(CancellationToken cancellationToken)
    {
        var lines = 0;
        var command = run.Command(
            ["--list-only", "--recursive", "--no-human-readable", $"--exclude=/{SafePath.OwnDirectory}", $"--exclude={RsyncRun.PartialDirectory}", "--timeout=300", "--", run.Remote],
            Limit) with
        {
            MaxOutputBytes = BytesMax,
            OnOutput = block =>
            {
                lines += block.Span.Count((byte)'\n');
                return lines <= filesMax * 2;
            },
        };
        if (!(await run.RetryAsync(() => OnceAsync(command, () => lines = 0, cancellationToken), time, cancellationToken)).TryGet(out var result, out var problem))
        {
            return problem;
        }

        if (result.End == ChildEnd.Rejected || result.Output.Length >= BytesMax)
        {
            return TooMany();
        }

        var files = result.OutputText.Split('\n').Select(Read).OfType<BoxFile>().Take(filesMax + 1).ToList();
        return files.Count > filesMax ? TooMany() : Outcome<IReadOnlyList<BoxFile>>.Ok(files);
    }

    private async Task<Outcome<ChildResult>> OnceAsync(ChildCommand command, Action begin, CancellationToken cancellationToken)
    {
        begin();
        var started = await ChildProcess.RunAsync(command, time, cancellationToken);
        return started.Then<ChildResult>(result =>
            result.Succeeded || result.End == ChildEnd.Rejected || VanishedMeanwhile(result) || IsAbsent(result) ? result : SshFailure.Of(result, run.Address, "listing the disk"));
    }

    /// <summary>Files that went while rsync looked: the rest of the listing holds.</summary>
    private static bool VanishedMeanwhile(ChildResult result) => result is { End: ChildEnd.Exited, ExitCode: 24 };

    /// <summary>The one thing that the rsync there complains about is that the directory itself is not there.</summary>
    private static bool IsAbsent(ChildResult result)
    {
        var said = result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("rsync: [sender] ", StringComparison.Ordinal)).ToList();
        return result is { End: ChildEnd.Exited, ExitCode: 23, Output.Length: 0 }
            && said is [var only] && only.Contains("change_dir \"", StringComparison.Ordinal) && only.EndsWith("failed: No such file or directory (2)", StringComparison.Ordinal);
    }

    private static BoxFile? Read(string line)
    {
        var fields = line.Split(' ', FieldsBeforePath + 1, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= FieldsBeforePath || fields[0].Length < 10 || fields[0][0] != '-')
        {
            return null;
        }

        // The split has taken away blanks with which the name itself may begin: it stands one blank after the time.
        var name = line[(line.IndexOf(fields[3], line.IndexOf(fields[2], StringComparison.Ordinal) + fields[2].Length, StringComparison.Ordinal) + fields[3].Length + 1)..];
        return long.TryParse(fields[1].Replace(",", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            && DateTimeOffset.TryParseExact($"{fields[2]} {fields[3]}", TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var modified)
            && RsyncNames.Read(name) is { } path && SafePath.IsPlain(path)
                ? new BoxFile(path, bytes, modified)
                : null;
    }

    private Problem TooMany() => new(
        "host-lists-too-much", $"The disk of rental {Text.Sanitize.Line(run.Address.RentalId, 64)} holds more than {filesMax} files below the job's directory.",
        "Nothing is concluded from it. Start the rental and pack or remove small files there.", ExitCode.NotVerified);
}
