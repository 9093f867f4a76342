using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;

namespace Lodger.Remote.Transfer;

/// <summary>Brings files below the job's directory home from the running machine, confined as <see cref="ConfinedPull"/> says.</summary>
/// <param name="layout">Null: somebody else's machine, on which the files are named from the root on.</param>
/// <param name="below">Directory below the job's in which they lie, for now; they come home without it. Empty: its own.</param>
internal sealed class ResultPull(SshCommandLine ssh, BoxAddress address, SshOptions options, BoxLayout? layout, TimeProvider time, string below = "")
{
    public async Task<Outcome<Transferred>> RunAsync(
        IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (ConfinedPull.FindFault(files.Select(file => file.Path), localDirectory) is { } fault)
        {
            return fault;
        }

        var way = new RsyncRun
        {
            Ssh = ssh,
            Address = address,
            Options = options,
            Files = [],
            RemoteProgram = layout is null ? "cd / && exec rsync" : RsyncInWorkdir(layout),
            From = below.Length == 0 ? "." : below,
            To = localDirectory,
            IsPull = true,
            BytesTotal = 0,
        };
        return await new ConfinedPull(way, files, localDirectory, progress, time, isPrivate: layout is null).RunAsync(cancellationToken);
    }

    /// <summary>Where the job's directory is, the machine knows: looking there in the same login saves one, which a small pull feels.</summary>
    private static string RsyncInWorkdir(BoxLayout layout) =>
        $": >{ShellQuote.Word(layout.StateDirectory)}/contact; w=$(cat {ShellQuote.Word(layout.PayloadDirectory)}/workdir); "
        + $"case $w in /*) ;; *) echo {SshFailure.NoWorkdir} >&2; exit 3;; esac; cd -- \"$w\" && exec rsync";
}
