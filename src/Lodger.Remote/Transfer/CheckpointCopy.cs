using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;
using Lodger.Remote.Text;

namespace Lodger.Remote.Transfer;

/// <summary>
/// Brings checkpoints of a running job home: (1) held under a second name, so that a job that replaces them meanwhile does no harm, and hashed there, (2) pulled
/// from under that name, (3) released.
/// </summary>
internal sealed class CheckpointCopy(SshCommandLine ssh, BoxAddress address, SshOptions options, SshSession session, BoxLayout layout, TimeProvider time)
{
    /// <summary>Below the workdir; <c>HELD</c> in lodge.sh.</summary>
    private const string Held = ".lodger/held";

    private const int MaxListBytes = 8 << 20;

    private string Lodge => $"sh {ShellQuote.Word(layout.Script)}";

    public async Task<Outcome<CheckpointCopies>> RunAsync(
        IReadOnlyList<string> paths, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (paths.FirstOrDefault(path => !SafePath.IsPlain(path)) is { } hostile)
        {
            return new Problem("path-hostile", $"This path leaves the job's directory, or cannot be named: {Sanitize.Line(hostile, 120)}", "Name files below the workdir.", ExitCode.BadInput);
        }

        if (ConfinedPull.FindFault(paths, localDirectory) is { } fault)
        {
            return fault;
        }

        // 1
        if (!(await HoldAsync(paths, cancellationToken)).TryGet(out var held, out var problem))
        {
            return problem;
        }

        // 2
        var pulled = await new ResultPull(ssh, address, options, layout, time, Held)
            .RunAsync([.. held.Select(file => new WantedFile(file.Path, file.Bytes))], localDirectory, progress, cancellationToken);

        // 3
        if (paths.Count > 0)
        {
            // Only room on the disk, for as long as it does not succeed: the next hold, and every start of the container, begins with it.
            _ = await session.RequireAsync(address, $"exec {Lodge} release", "releasing the checkpoints", options.CommandTimeout, MaxListBytes, cancellationToken);
        }

        return pulled.Then<CheckpointCopies>(transfer => new CheckpointCopies(held.ToDictionary(file => file.Path, file => file.Sha256, StringComparer.Ordinal), transfer));
    }

    private async Task<Outcome<IReadOnlyList<HeldFile>>> HoldAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var all = new List<HeldFile>();
        var before = $"{Lodge} release >&2; ";
        foreach (var part in CommandParts.Of(paths))
        {
            var command = $"{before}exec {Lodge} hold {string.Join(' ', part.Select(ShellQuote.Word))}";
            before = "";
            var outcome = await session.RequireAsync(address, command, "holding the checkpoints", options.ManifestTimeout, MaxListBytes, cancellationToken);
            if (!outcome.Then(result => BoxFilesText.Held(Encoding.UTF8.GetString(result.Output), part)).TryGet(out var held, out var problem))
            {
                return problem;
            }

            all.AddRange(held);
        }

        return all;
    }
}
