using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;
using Lodger.Remote.Ssh;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Host;

/// <summary>Lists a directory of the rental's disk: <c>-rw-r--r--   12345 2026/11/24 11:30:00 path</c>, a file a line; a link is <c>path -> target</c>, and its size that of the target.</summary>
/// <param name="run">A pull from that directory.</param>
internal sealed class HostListing(RsyncRun run, int filesMax, TimeProvider time)
{
    private const int BytesMax = 64 << 20;
    private const int FieldsBeforePath = 4;
    private static ReadOnlySpan<byte> Arrow => " -> "u8;

    private const string TimeFormat = "yyyy/MM/dd HH:mm:ss";

    // A directory of many files on a slow disk is read once; the link itself is watched by ssh's keep-alives.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public async Task<Outcome<DiskListing>> RunAsync(CancellationToken cancellationToken)
    {
        var lines = 0;
        var command = run.Command(
            ["--list-only", "--recursive", "--links", "--no-human-readable", $"--exclude=/{SafePath.OwnDirectory}", $"--exclude={RsyncRun.PartialDirectory}", "--timeout=300", "--", run.Remote],
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

        var (files, links, unnamed) = (new List<BoxFile>(), new List<BoxLink>(), new List<string>());
        foreach (var line in result.OutputText.Split('\n'))
        {
            Read(line, files, links, unnamed);
        }

        return files.Count + links.Count + unnamed.Count > filesMax ? TooMany() : new DiskListing(files, links, unnamed);
    }

    private async Task<Outcome<ChildResult>> OnceAsync(ChildCommand command, Action begin, CancellationToken cancellationToken)
    {
        begin();
        var started = await ChildProcess.RunAsync(command, time, cancellationToken);
        return started.Then<ChildResult>(result =>
            result is { End: ChildEnd.Exited, IsCutOff: true } ? CutOff()
            : result.Succeeded || result.End == ChildEnd.Rejected || VanishedMeanwhile(result) || IsAbsent(result) ? result : SshFailure.Of(result, run.Address, "listing the disk"));
    }

    private Problem CutOff() => new(
        "host-list-cut-off", $"The list of the disk of rental {Text.Sanitize.Line(run.Address.RentalId, 64)} did not come to its end.", "Nothing is concluded from it; ask again.", ExitCode.Unknown, MayRetry: true);

    /// <summary>Files that went while rsync looked: the rest of the listing holds.</summary>
    private static bool VanishedMeanwhile(ChildResult result) => result is { End: ChildEnd.Exited, ExitCode: 24 };

    /// <summary>The one thing that the rsync there complains about is that the directory itself is not there.</summary>
    private static bool IsAbsent(ChildResult result)
    {
        var said = result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("rsync: [sender] ", StringComparison.Ordinal)).ToList();
        return result is { End: ChildEnd.Exited, ExitCode: 23, Output.Length: 0 }
            && said is [var only] && only.Contains("change_dir \"", StringComparison.Ordinal) && only.EndsWith("failed: No such file or directory (2)", StringComparison.Ordinal);
    }

    private static void Read(string line, List<BoxFile> files, List<BoxLink> links, List<string> unnamed)
    {
        var fields = line.Split(' ', FieldsBeforePath + 1, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= FieldsBeforePath || fields[0].Length < 10 || fields[0][0] is not ('-' or 'l')
            || !long.TryParse(fields[1].Replace(",", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            || !DateTimeOffset.TryParseExact($"{fields[2]} {fields[3]}", TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var modified))
        {
            return;
        }

        // The split has taken away blanks with which the name itself may begin: it stands one blank after the time.
        var name = RsyncNames.Bytes(line[(line.IndexOf(fields[3], line.IndexOf(fields[2], StringComparison.Ordinal) + fields[2].Length, StringComparison.Ordinal) + fields[3].Length + 1)..]);
        byte[] target = [];
        if (fields[0][0] == 'l' && bytes > 0 && name.Length > bytes + Arrow.Length && name.AsSpan(0, name.Length - (int)bytes).EndsWith(Arrow))
        {
            (name, target) = (name[..^((int)bytes + Arrow.Length)], name[^(int)bytes..]);
        }

        if (RsyncNames.Text(name) is not { } path || !SafePath.IsPlain(path))
        {
            unnamed.Add(Encoding.UTF8.GetString(name));
        }
        else if (fields[0][0] == 'l')
        {
            // What is not UTF-8 leads to nothing that can be named here, and so does its nearest text.
            links.Add(new BoxLink(path, Encoding.UTF8.GetString(target)));
        }
        else
        {
            files.Add(new BoxFile(path, bytes, modified));
        }
    }

    private Problem TooMany() => new(
        "host-lists-too-much", $"The disk of rental {Text.Sanitize.Line(run.Address.RentalId, 64)} holds more than {filesMax} files below the job's directory.",
        "Nothing is concluded from it. Start the rental and pack or remove small files there.", ExitCode.NotVerified);
}
