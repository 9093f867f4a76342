using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;
using Lodger.Remote.Ssh;

namespace Lodger.Remote.Transfer;

/// <summary>One transfer by rsync over ssh, of exactly the files named, tried again where the last try stopped.</summary>
internal sealed record RsyncRun
{
    /// <summary>Where an interrupted file waits for the next try.</summary>
    public const string PartialDirectory = ".lodger-partial";

    private static readonly string[] InPlace = ["--inplace"];
    private static readonly string[] Whole = ["--partial", $"--partial-dir={PartialDirectory}"];
    // Of a log, zstd's first level makes less than its third, its default, and takes less than half the time.
    private static readonly string[] Compressed = ["--compress", "--compress-level=1"];

    public required SshCommandLine Ssh { get; init; }

    public required BoxAddress Address { get; init; }

    public required SshOptions Options { get; init; }

    /// <summary>Relative to the source directory; sent over standard input, NUL-separated, so that no name can be taken for an option.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Local directory when sending, directory on the machine when pulling.</summary>
    public required string From { get; init; }

    public required string To { get; init; }

    /// <summary>Module of the rsync daemon behind the ssh, to whose root the directory on the machine belongs; null: no daemon, but the machine itself.</summary>
    public string? Module { get; init; }

    public required bool IsPull { get; init; }

    /// <summary>Shell words that are run on the machine in place of rsync, and end in it; null: rsync. What they print would be taken for rsync's.</summary>
    public string? RemoteProgram { get; init; }

    public required long BytesTotal { get; init; }

    /// <summary>Files grow under their own names, so that not even a killed rsync loses what came; otherwise each has its name only when it is whole.</summary>
    public bool IsInPlace { get; init; }

    /// <summary>By the best method that both sides know: text becomes a fifth, and tensors only slower (docs/decisions/0010).</summary>
    public bool IsCompressed { get; init; }

    public IReadOnlyList<string> MoreArguments { get; init; } = [];

    public IProgress<TransferProgress>? Progress { get; init; }

    /// <summary>Bytes after which the other side is sending what nobody asked for; null for no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>The directory on the machine, as rsync is told it.</summary>
    public string Remote => $"{Ssh.Alias}:{(Module is null ? "" : $":{Module}")}{(IsPull ? From : To).TrimEnd('/')}/";

    /// <summary>
    /// From a daemon's module files are named from its root, with <c>/./</c> where the names here begin: a daemon without chroot (seen with rsync 3.5.0) calls every
    /// file vanished that is named from a directory further down.
    /// </summary>
    private bool IsFromModuleRoot => IsPull && Module is not null;

    public Task<Outcome<Done>> RunAsync(TimeProvider time, CancellationToken cancellationToken) => RetryAsync(() => TryAsync(time, cancellationToken), time, cancellationToken);

    /// <summary>rsync over this way with these arguments, its output in English, ASCII and UTC.</summary>
    public ChildCommand Command(IReadOnlyList<string> arguments, TimeSpan timeout) => new()
    {
        Program = "rsync",
        Arguments = ["-s", "-e", Ssh.RemoteShell(), .. RemoteProgram is { } program ? [$"--rsync-path={program}"] : Array.Empty<string>(), .. arguments],
        Timeout = timeout,
        Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C", ["TZ"] = "UTC0" },
    };

    /// <summary>Tries again what may succeed later, a bounded number of times.</summary>
    public async Task<Outcome<T>> RetryAsync<T>(Func<Task<Outcome<T>>> tryOnce, TimeProvider time, CancellationToken cancellationToken)
    {
        var wait = Options.TransferBackoff;
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await tryOnce();
            if (outcome.IsOk || !outcome.Problem.MayRetry || attempt >= Options.TransferTries)
            {
                return outcome;
            }

            await Task.Delay(wait, time, cancellationToken);
            wait *= 2;
        }
    }

    /// <summary>One try.</summary>
    /// <param name="isDone">What else than success is none the worse; null: nothing.</param>
    public async Task<Outcome<Done>> TryAsync(TimeProvider time, CancellationToken cancellationToken, Func<ChildResult, bool>? isDone = null)
    {
        var progress = new RsyncProgress(BytesTotal, Progress);
        var command = Command(Arguments(), Options.TransferTimeout) with
        {
            Input = FileNames(IsFromModuleRoot ? Files.Select(file => $"{From.Trim('/')}/./{file}".TrimStart('/')) : Files),
            MaxOutputBytes = 64 * 1024,
            OnOutput = block =>
            {
                progress.Read(block.Span);
                return MaxBytes is not { } most || progress.BytesDone <= most;
            },
        };
        var started = await ChildProcess.RunAsync(command, time, cancellationToken);
        if (!started.TryGet(out var result, out var problem))
        {
            return problem;
        }

        if (result.End == ChildEnd.Rejected)
        {
            return new Problem(
                "box-sends-too-much",
                $"The machine of rental {Text.Sanitize.Line(Address.RentalId, 64)} sent more than the {MaxBytes} bytes that were asked for; the transfer was ended.",
                "Pull again; if it happens again, do not trust this machine.",
                ExitCode.NotVerified);
        }

        if (IsPull && IsFullHere(result.ErrorText))
        {
            return new Problem(
                "home-disk-full",
                $"There is no room left here for the results ({BytesTotal} bytes), in {To}.",
                "Make room on this disk; the pull then goes on where it stopped. The rental keeps everything meanwhile.",
                ExitCode.Prerequisite,
                MayRetry: false);
        }

        return result.Succeeded || isDone?.Invoke(result) == true ? Done.Ok : SshFailure.Of(result, Address, IsPull ? "pulling files" : "sending files");
    }

    /// <summary>For <c>--files-from=- --from0</c>: without the dot a name that begins with # or ; would be taken for a comment and left out, even between NULs.</summary>
    public static byte[] FileNames(IEnumerable<string> files) => Encoding.UTF8.GetBytes(string.Concat(files.Select(file => $"./{file}\0")));

    /// <summary>Of a pull, receiver and generator are the processes on this side; the machine only sends.</summary>
    private static bool IsFullHere(string said) => said.Split('\n').Any(line =>
        (line.Contains("[receiver]", StringComparison.Ordinal) || line.Contains("[generator]", StringComparison.Ordinal))
        && (line.Contains("No space left on device", StringComparison.Ordinal) || line.Contains("Disk quota exceeded", StringComparison.Ordinal)));

    private List<string> Arguments()
    {
        var local = Path.TrimEndingDirectorySeparator(Path.GetFullPath(IsPull ? To : From)) + "/";
        var source = IsFromModuleRoot ? (this with { From = "/" }).Remote : Remote;
        return
        [
            "--files-from=-", "--from0", "--no-implied-dirs", "--times", .. IsInPlace ? InPlace : Whole, .. IsCompressed ? Compressed : [],
            "--info=progress2,name0", "--no-human-readable", "--timeout=60", .. MoreArguments, "--", IsPull ? source : local, IsPull ? local : Remote,
        ];
    }
}
