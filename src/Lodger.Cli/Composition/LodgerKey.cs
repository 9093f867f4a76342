using Lodger.Domain.Problems;
using Lodger.Remote.Processes;

namespace Lodger.Cli.Composition;

/// <summary>Lodger's own ssh key: the only one it ever uses, made once, without a passphrase because nobody is there to type it.</summary>
internal static class LodgerKey
{
    private static readonly TimeSpan MakeMax = TimeSpan.FromSeconds(30);

    /// <returns>The public key, one line.</returns>
    public static async Task<Outcome<string>> EnsureAsync(Places places, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Places.MakePrivate(Path.GetDirectoryName(places.SshKey)!) is { IsOk: false, Problem: { } unusable })
            return unusable;
        var locked = await FileLock.TakeAsync(places.SshKey + ".lock", MakeMax, time, cancellationToken);
        if (!locked.TryGet(out var held, out var busy))
            return busy;
        using (held)
        {
            if (!File.Exists(places.SshKey))
            {
                var made = await MakeAsync(places.SshKey, time, cancellationToken);
                if (!made.IsOk)
                    return made.Problem;
            }

            return await ReadAsync(places.SshKey + ".pub", cancellationToken);
        }
    }

    private static async Task<Outcome<Done>> MakeAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        var command = new ChildCommand
        {
            Program = "ssh-keygen",
            Arguments = ["-q", "-t", "ed25519", "-N", "", "-C", $"lodger@{System.Environment.MachineName}", "-f", path],
            Timeout = MakeMax,
        };
        var ran = await ChildProcess.RunAsync(command, time, cancellationToken);
        if (!ran.TryGet(out var result, out var problem))
            return problem;
        if (result.Succeeded)
            return Done.Ok;
        // OpenSSH refuses to work for a bare number, as containers started with --user have it.
        var fix = result.ErrorText.Contains("No user exists", StringComparison.Ordinal)
            ? "ssh works only for users that /etc/passwd names. Run Lodger as one of them, or have yours added:  useradd -u UID NAME"
            : "Make the directory writable for you.";
        return new Problem("ssh-key-not-made", $"ssh-keygen could not make {path}: {result.ErrorText.Trim()}", fix, ExitCode.Prerequisite);
    }

    private static async Task<Outcome<string>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("ssh-key-unreadable", $"Lodger's public key {path} cannot be read: {e.Message}", $"Make it again from the private one: ssh-keygen -y -f {path[..^4]} > {path}", ExitCode.Prerequisite);
        }
    }
}
