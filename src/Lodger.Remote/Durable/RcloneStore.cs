using System.Buffers;
using System.Text;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;

namespace Lodger.Remote.Durable;

/// <summary>
/// A remote of the user's rclone configuration: S3, Drive, B2, Dropbox, WebDAV, SFTP and what else rclone reaches. Names of files go over standard input; credentials stay where rclone keeps them.
/// </summary>
internal sealed class RcloneStore(DurableTarget target, IReadOnlyDictionary<string, string?> environment, TimeProvider time) : IDurableStore
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private const int HashLength = 64;
    private const int BytesMax = 64 << 20;
    private const int SecretLengthMin = 6;

    // A terabyte over a home line takes weeks; a link that is dead is noticed by rclone itself.
    private static readonly TimeSpan Limit = TimeSpan.FromDays(14);

    // rclone's own words for a directory that is not there, and a file that is not.
    private const int DirectoryNotFound = 3;
    private const int FileNotFound = 4;

    public async Task<Outcome<IReadOnlyDictionary<string, string>>> ReadBackAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        // Downloaded and hashed here: what a remote says of its own hashes is a statement, not a reading.
        if (!(await RunAsync(["hashsum", "sha256", "--download", target.ToString(), "--files-from-raw", "-"], paths, cancellationToken)).TryGet(out var result, out var problem))
            return problem;
        if (!result.Succeeded && !(result.End == ChildEnd.Exited && result.ExitCode is DirectoryNotFound or FileNotFound))
            return Failed(result, "read back");
        if (result.IsTruncated && result.Output.Length >= BytesMax)
            return new Problem("too-many-files", $"{target} holds too many files to be compared.", "Pack them.", ExitCode.NotVerified);
        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        foreach (var line in result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // A line without a hash is a file that could not be read: it is not there for us.
            if (line.Length > HashLength + 2 && line.AsSpan(0, HashLength).IndexOfAnyExcept(HexDigits) < 0 && line[HashLength] == ' ')
                hashes[line[(HashLength + 2)..]] = line[..HashLength];
        }

        return hashes;
    }

    public async Task<Outcome<Done>> SendAsync(string from, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        string[] arguments = ["copy", from, target.ToString(), "--files-from-raw", "-", "--immutable", "--no-traverse", "--retries", "3", "--timeout", "5m", "--contimeout", "1m"];
        if (!(await RunAsync(arguments, paths, cancellationToken)).TryGet(out var result, out var problem))
            return problem;
        return result.Succeeded ? Done.Ok : Failed(result, "written to");
    }

    private Task<Outcome<ChildResult>> RunAsync(string[] arguments, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var command = new ChildCommand
        {
            Program = "rclone",
            // No question can be answered here, and no other flag may come from a configuration that a person forgot.
            Arguments = [.. arguments, "--ask-password=false", "--log-level", "ERROR"],
            Input = Encoding.UTF8.GetBytes(string.Join('\n', paths) + "\n"),
            Environment = environment,
            Timeout = Limit,
            MaxOutputBytes = BytesMax,
        };
        return ChildProcess.RunAsync(command, time, cancellationToken);
    }

    private Problem Failed(ChildResult result, string what)
    {
        // The last thing that it complained about, without whatever secret it may have repeated.
        var said = result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? $"exit status {result.ExitCode}";
        foreach (var secret in environment.Values.Where(v => v is { Length: >= SecretLengthMin }))
            said = said.Replace(secret!, "***", StringComparison.Ordinal);
        said = Text.Sanitize.Line(said, 300);
        return said.Contains("didn't find section in config file", StringComparison.Ordinal)
            ? new Problem("no-such-remote", $"Your rclone configuration has no remote named {target.Remote}.", "See what there is:  rclone listremotes   make one:  rclone config", ExitCode.NotFound)
            : new Problem("target-refuses", $"{target} cannot be {what}: {said}", $"Try  rclone lsd {target.Remote}:  by hand; then copy again, what is there already is not sent twice.", ExitCode.Unknown, MayRetry: true);
    }
}
