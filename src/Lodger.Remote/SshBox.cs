using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;
using Lodger.Remote.Text;
using Lodger.Remote.Transfer;

namespace Lodger.Remote;

/// <summary>A command's end on the machine, its output cleaned for a terminal.</summary>
public sealed record ExecResult(int ExitCode, string Output, string Error, bool IsTruncated);

/// <summary>Rented machines, reached with the system's OpenSSH and rsync.</summary>
public sealed class SshBox(SshOptions options, PlatformProfile profile, TimeProvider time) : IBox
{
    private const int MaxReportBytes = 64 * 1024;
    private const int MaxProbedPorts = 64;
    // Half a million files. The format allows more; but this text is held in memory several times over, and a machine can send what it likes.
    private const int MaxManifestBytes = 64 << 20;
    private const int MaxExecBytes = 4 << 20;
    private const int MaxListBytes = 8 << 20;
    private static readonly TimeSpan ListTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromMinutes(2);

    private readonly SshSession session = new(options, time);
    private readonly BoxLayout layout = BoxLayout.Of(profile);

    /// <summary>Tells the lodge script that somebody still looks after the machine.</summary>
    private string Contact => $"mkdir -p {ShellQuote.Word(layout.StateDirectory)} && : >{ShellQuote.Word(layout.StateDirectory + "/contact")}";

    public async Task<Outcome<Done>> ReachAsync(BoxAddress address, CancellationToken cancellationToken)
    {
        var outcome = await session.RequireAsync(address, $"{Contact}; echo ok", "saying hello", options.CommandTimeout, MaxReportBytes, cancellationToken);
        return outcome.Then<Done>(result => Text(result).Split('\n').Contains("ok", StringComparer.Ordinal)
            ? Done.Ok
            : new Problem("box-not-itself", "The machine answered, but not what it was asked for.", "Look at it with  lodger ssh.", ExitCode.Unknown, MayRetry: true));
    }

    public async Task<Outcome<RoundTrip>> ProveRoundTripAsync(BoxAddress address, CancellationToken cancellationToken) =>
        await SshCommandLine.For(options, address).Match(
            line => new RoundTripProof(line, address, options, session, layout, time).RunAsync(cancellationToken));

    public async Task<Outcome<Transferred>> SendAsync(
        BoxAddress address, Payload payload, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        await SshCommandLine.For(options, address).Match(
            line => new PayloadDelivery(line, address, options, session, profile, time).RunAsync(payload, progress, cancellationToken));

    public async Task<Outcome<BoxReport>> ReportAsync(BoxAddress address, CancellationToken cancellationToken)
    {
        var state = ShellQuote.Word(layout.StateDirectory);
        var script = ShellQuote.Word(layout.Script);
        // Before the payload there is no lodge script that could report; the boot script's count of starts is all there is.
        var command =
            $"if [ -f {ShellQuote.Word(layout.ReadyMarker)} ]; then exec sh {script} report; fi; {Contact}; "
            + $"if [ -f {state}/starts ]; then echo 'lodger-report 1'; echo phase=WaitingForPayload; echo \"starts=$(head -c 20 {state}/starts)\"; echo end; fi";
        var outcome = await session.RequireAsync(address, command, "reading the report", options.CommandTimeout, MaxReportBytes, cancellationToken);
        return outcome.Then(result => BoxReportText.Parse(Text(result)));
    }

    public async Task<Outcome<BoxProbe>> ProbeAsync(BoxAddress address, IReadOnlyList<int> ports, CancellationToken cancellationToken)
    {
        var words = string.Join(' ', ports.Take(MaxProbedPorts).Select(port => port.ToString(CultureInfo.InvariantCulture)));
        var command = $"exec sh -c {ShellQuote.Word(EmbeddedScript.Probe)} lodger-probe {ShellQuote.Word(layout.Root)} {ShellQuote.Word(profile.Overrides.DataDir)} {words} </dev/null";
        var asked = time.GetUtcNow();
        var outcome = await session.RequireAsync(address, command, "looking into it", options.CommandTimeout, MaxReportBytes, cancellationToken);
        var between = asked + ((time.GetUtcNow() - asked) / 2);
        return outcome.Then(result => BoxProbeText.Parse(Text(result), between));
    }

    public async Task<Outcome<string>> MakeManifestAsync(BoxAddress address, CancellationToken cancellationToken)
    {
        var outcome = await session.RunAsync(
            address, $"exec sh {ShellQuote.Word(layout.Script)} manifest", "making the manifest", options.ManifestTimeout, MaxManifestBytes, cancellationToken);
        return outcome.Then(ManifestText);
    }

    public async Task<Outcome<IReadOnlyList<BoxFile>>> ListCheckpointsAsync(BoxAddress address, CancellationToken cancellationToken)
    {
        var command = $"exec sh {ShellQuote.Word(layout.Script)} checkpoints";
        var outcome = await session.RequireAsync(address, command, "listing the checkpoints", ListTimeout, MaxListBytes, cancellationToken);
        return outcome.Then(result => BoxFilesText.Files(Text(result)));
    }

    public async Task<Outcome<CheckpointCopies>> CopyCheckpointsAsync(
        BoxAddress address, IReadOnlyList<string> paths, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        await SshCommandLine.For(options, address).Match(
            line => new CheckpointCopy(line, address, options, session, layout, time).RunAsync(paths, localDirectory, progress, cancellationToken));

    public async Task<Outcome<Pruned>> PruneAsync(BoxAddress address, long wantedFreeBytes, IReadOnlyList<CopiedFile> copied, CancellationToken cancellationToken)
    {
        var plain = copied.Where(file => SafePath.IsPlain(file.Path)).Select(file => $"{file.Sha256}:{file.Path}").ToList();
        var words = string.Join(' ', (CommandParts.Of(plain).FirstOrDefault() ?? []).Select(ShellQuote.Word));
        var command = string.Create(CultureInfo.InvariantCulture, $"exec sh {ShellQuote.Word(layout.Script)} prune {wantedFreeBytes / 1024} {words}");
        var outcome = await session.RequireAsync(address, command, "making room on the disk", options.ManifestTimeout, MaxListBytes, cancellationToken);
        return outcome.Then(result => BoxFilesText.Pruned(Text(result), copied));
    }

    public async Task<Outcome<Transferred>> PullAsync(
        BoxAddress address, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        await SshCommandLine.For(options, address).Match(
            line => new ResultPull(line, address, options, layout, time).RunAsync(files, localDirectory, progress, cancellationToken));

    public async Task<Outcome<byte[]>> ReadLogAsync(BoxAddress address, long offset, int maxBytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        var log = ShellQuote.Word(layout.Log);
        var command = string.Create(
            CultureInfo.InvariantCulture, $"{Contact}; echo lodger-log; if [ -f {log} ]; then tail -c +{offset + 1} {log} | head -c {maxBytes}; fi");
        var outcome = await session.RequireAsync(address, command, "reading the log", options.CommandTimeout, maxBytes + MaxReportBytes, cancellationToken);
        return outcome.Then<byte[]>(result =>
        {
            var marker = "lodger-log\n"u8;
            var at = result.Output.AsSpan().IndexOf(marker);
            return at >= 0
                ? result.Output.AsSpan(at + marker.Length).ToArray()
                : new Problem("box-log-unreadable", "The machine answered, but not with its log.", "Ask again.", ExitCode.Unknown, MayRetry: true);
        });
    }

    public async Task<Outcome<Done>> EndJobAsync(BoxAddress address, CancellationToken cancellationToken)
    {
        var outcome = await session.RequireAsync(
            address, $"exec sh {ShellQuote.Word(layout.Script)} stop-job", "ending the job", EndTimeout, MaxReportBytes, cancellationToken);
        return outcome.Then<Done>(result => Text(result).Contains("lodger-stop ok", StringComparison.Ordinal)
            ? Done.Ok
            : new Problem("job-end-unconfirmed", "The machine did not confirm that the job has ended.", "Ask for its state again.", ExitCode.Unknown, MayRetry: true));
    }

    public async Task<Outcome<Done>> SetCadenceAsync(BoxAddress address, TimeSpan every, CancellationToken cancellationToken)
    {
        var file = ShellQuote.Word(layout.Cadence);
        var command = string.Create(
            CultureInfo.InvariantCulture, $"{Contact} && echo {CadenceText.Seconds(every)} >{file}.new.$$ && mv -f {file}.new.$$ {file} && echo lodger-cadence ok");
        var outcome = await session.RequireAsync(address, command, "telling the job its cadence", options.CommandTimeout, MaxReportBytes, cancellationToken);
        return outcome.Then<Done>(result => Text(result).Split('\n').Contains("lodger-cadence ok", StringComparer.Ordinal)
            ? Done.Ok
            : new Problem("box-not-itself", "The machine answered, but not what it was asked for.", "Look at it with  lodger ssh.", ExitCode.Unknown, MayRetry: true));
    }

    /// <summary>Runs a shell command on the machine, for <c>lodger exec</c>. Its status is a result, not a problem.</summary>
    /// <param name="command">For the login shell there, as typed.</param>
    public async Task<Outcome<ExecResult>> ExecAsync(BoxAddress address, string command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var outcome = await session.RunAsync(address, $"{Contact}; {command}", "running the command", timeout, MaxExecBytes, cancellationToken);
        return outcome.Then<ExecResult>(result => new ExecResult(
            result.ExitCode, Sanitize.Block(Text(result), MaxExecBytes), Sanitize.Block(Encoding.UTF8.GetString(result.Error), MaxExecBytes), result.IsTruncated));
    }

    public void Forget(string rentalId)
    {
        foreach (var alias in (string[])[SshCommandLine.AliasOf(rentalId), SshCommandLine.HostAliasOf(rentalId)])
        {
            try
            {
                File.Delete(Path.Combine(options.KnownHostsDirectory, alias));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A small file more stays; nothing is ever reached by it again.
            }
        }
    }

    private static string Text(RemoteResult result) => Encoding.UTF8.GetString(result.Output);

    private static Outcome<string> ManifestText(RemoteResult result)
    {
        if (result.ExitCode == 4)
        {
            return new Problem(
                "files-still-changing",
                $"Files were written to while they were hashed: {Sanitize.Line(Encoding.UTF8.GetString(result.Error))}",
                "Wait until the job has written its files, or end it.",
                ExitCode.Unknown,
                MayRetry: true);
        }

        if (result.ExitCode == 5)
        {
            return new Problem(
                "results-not-listable",
                $"The machine cannot list a directory below the job's: {Sanitize.Line(Encoding.UTF8.GetString(result.Error))}",
                "What lies there may be a result. Mend it, or move it away (lodger ssh), and bring the rest home with  lodger pull.",
                ExitCode.NotVerified);
        }

        if (result.IsTruncated)
        {
            return new Problem(
                "manifest-too-large",
                $"The machine's manifest is longer than {MaxManifestBytes >> 20} MB: too many result files.",
                "Pack small files into an archive on the machine (lodger exec), or name fewer under  results:.",
                ExitCode.NotVerified);
        }

        var text = Text(result);
        var start = text.IndexOf("lodger-manifest 1 ", StringComparison.Ordinal);
        return result.ExitCode == 0 && start >= 0
            ? text[start..]
            : new Problem(
                "manifest-unreadable",
                $"The machine did not give a manifest (status {result.ExitCode}): {Sanitize.Line(Encoding.UTF8.GetString(result.Error))}",
                "Ask again; look at the machine with  lodger ssh.",
                ExitCode.Unknown,
                MayRetry: true);
    }
}
