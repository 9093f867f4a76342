using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;

namespace Lodger.Remote.Transfer;

/// <summary>Brings files below the job's directory home from the running machine, confined as <see cref="ConfinedPull"/> says.</summary>
/// <param name="below">Directory below the job's in which they lie, for now; they come home without it. Empty: its own.</param>
internal sealed class ResultPull(SshCommandLine ssh, BoxAddress address, SshOptions options, SshSession session, BoxLayout layout, TimeProvider time, string below = "")
{
    public async Task<Outcome<Transferred>> RunAsync(
        IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (ConfinedPull.FindFault(files.Select(file => file.Path), localDirectory) is { } fault)
        {
            return fault;
        }

        var asked = time.GetTimestamp();
        if (!(await FindWorkdirAsync(cancellationToken)).TryGet(out var workdir, out var problem))
        {
            return problem;
        }

        var answeredIn = time.GetElapsedTime(asked);
        var way = new RsyncRun
        {
            Ssh = ssh,
            Address = address,
            Options = options,
            Files = [],
            From = below.Length == 0 ? workdir : $"{workdir.TrimEnd('/')}/{below}",
            To = localDirectory,
            IsPull = true,
            BytesTotal = 0,
        };
        return await new ConfinedPull(way, files, localDirectory, progress, time, answeredIn).RunAsync(cancellationToken);
    }

    private async Task<Outcome<string>> FindWorkdirAsync(CancellationToken cancellationToken)
    {
        var command = $": >{ShellQuote.Word(layout.StateDirectory)}/contact; echo lodger-workdir; cat {ShellQuote.Word(layout.PayloadDirectory)}/workdir";
        var outcome = await session.RequireAsync(address, command, "finding the results", options.CommandTimeout, 64 * 1024, cancellationToken);
        return outcome.Then<string>(result =>
        {
            var lines = Encoding.UTF8.GetString(result.Output).Split('\n');
            var at = Array.IndexOf(lines, "lodger-workdir");
            return at >= 0 && at + 1 < lines.Length && lines[at + 1].StartsWith('/')
                ? lines[at + 1]
                : new Problem("box-not-itself", "The machine did not say where the job's directory is.", "Ask again.", ExitCode.Unknown, MayRetry: true);
        });
    }
}
