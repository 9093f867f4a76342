using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;

namespace Lodger.Remote.Ssh;

/// <summary>What a command on the machine gave back, as raw bytes.</summary>
/// <param name="ExitCode">The command's own.</param>
public sealed record RemoteResult(int ExitCode, byte[] Output, byte[] Error, bool IsTruncated);

/// <summary>Runs single commands over ssh.</summary>
internal sealed class SshSession(SshOptions options, TimeProvider time)
{
    /// <summary>Runs a command; a problem when the machine did not answer, whatever the command's own status.</summary>
    /// <param name="input">What it reads from standard input; empty: nothing.</param>
    public async Task<Outcome<RemoteResult>> RunAsync(
        BoxAddress address, string command, string doing, TimeSpan timeout, int maxOutputBytes, CancellationToken cancellationToken, ReadOnlyMemory<byte> input = default)
    {
        if (!SshCommandLine.For(options, address).TryGet(out var line, out var problem))
        {
            return problem;
        }

        var child = new ChildCommand { Program = "ssh", Arguments = line.Command(command, hasInput: !input.IsEmpty), Input = input, Timeout = timeout, MaxOutputBytes = maxOutputBytes };
        var started = await ChildProcess.RunAsync(child, time, cancellationToken);
        if (!started.TryGet(out var result, out problem))
        {
            return problem;
        }

        return result.End == ChildEnd.Exited && result.ExitCode != SshFailure.SshExitCode
            ? new RemoteResult(result.ExitCode, result.Output, result.Error, result.IsTruncated)
            : SshFailure.Of(result, address, doing);
    }

    /// <summary>The same for commands that must succeed.</summary>
    public async Task<Outcome<RemoteResult>> RequireAsync(
        BoxAddress address, string command, string doing, TimeSpan timeout, int maxOutputBytes, CancellationToken cancellationToken)
    {
        var outcome = await RunAsync(address, command, doing, timeout, maxOutputBytes, cancellationToken);
        return outcome.Then<RemoteResult>(result => result.ExitCode == 0
            ? result
            : SshFailure.Of(new ChildResult(ChildEnd.Exited, result.ExitCode, result.Output, result.Error, result.IsTruncated), address, doing));
    }
}
