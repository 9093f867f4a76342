using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Remote.Code;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;

namespace Lodger.Remote.Transfer;

/// <summary>
/// Sends the code, then what the job resumes from, then the instructions, then the marker that lets the boot script go on. Where the marker of the same attempt
/// stands already, everything is there and perhaps running, so nothing is sent again.
/// </summary>
internal sealed class PayloadDelivery(SshCommandLine ssh, BoxAddress address, SshOptions options, SshSession session, PlatformProfile profile, TimeProvider time)
{
    private readonly BoxLayout layout = BoxLayout.Of(profile);
    private int streamsMax = 1;

    public async Task<Outcome<Transferred>> RunAsync(Payload payload, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        if (!PayloadFiles.Of(payload, profile).TryGet(out var instructions, out var problem))
        {
            return problem;
        }

        var code = new CodeInventory([], 0, []);
        if (payload.CodeDirectory is { } directory && !(await CodeScan.RunAsync(directory, payload.CodeOrigin, time, cancellationToken)).TryGet(out code!, out problem))
        {
            return problem;
        }

        if (!RestoreFiles.Of(payload.RestoreDirectory).TryGet(out var restore, out problem))
        {
            return problem;
        }

        if (!(await PrepareAsync(payload, cancellationToken)).TryGet(out var isThere, out problem))
        {
            return problem;
        }

        if (!isThere)
        {
            streamsMax = StreamPlan.MostFor(address);
            var sent = await SendAsync(payload, code, restore, instructions, progress, cancellationToken);
            if (!sent.IsOk)
            {
                return sent.Problem;
            }
        }

        return new Transferred(code.Files.Count + restore.Paths.Count, code.Bytes + restore.Bytes, time.GetElapsedTime(started));
    }

    /// <summary>Makes the directories; true when this attempt's payload was delivered before.</summary>
    private async Task<Outcome<bool>> PrepareAsync(Payload payload, CancellationToken cancellationToken)
    {
        var directories = string.Join(' ', new[] { payload.Workdir, layout.PayloadDirectory, layout.StateDirectory }.Select(ShellQuote.Word));
        var ready = ShellQuote.Word(layout.ReadyMarker);
        var command = $"mkdir -p {directories} && : >{ShellQuote.Word(layout.StateDirectory)}/contact && echo \"lodger-ready $(head -c 20 {ready} 2>/dev/null)\"";
        var outcome = await session.RequireAsync(address, command, "preparing the directories", options.CommandTimeout, 64 * 1024, cancellationToken);
        return outcome.Then<bool>(result =>
        {
            var marker = Encoding.UTF8.GetString(result.Output).Split('\n').LastOrDefault(line => line.StartsWith("lodger-ready ", StringComparison.Ordinal))?["lodger-ready ".Length..].Trim();
            return marker switch
            {
                null => new Problem("box-not-itself", "The machine answered, but not what it was asked for.", "Look at it with  lodger ssh.", ExitCode.Unknown, MayRetry: true),
                "" => false,
                _ when marker == Attempt(payload) => true,
                _ => new Problem(
                    "box-holds-other-attempt",
                    $"The machine holds the payload of attempt {Text.Sanitize.Line(marker, 20)}, not of {payload.Attempt}.",
                    "An attempt has a rental of its own: rent another.",
                    ExitCode.RentalUnusable),
            };
        });
    }

    private async Task<Outcome<Done>> SendAsync(
        Payload payload,
        CodeInventory code,
        RestoreFiles restore,
        IReadOnlyDictionary<string, string> instructions,
        IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        var total = code.Bytes + restore.Bytes;
        if (code.Files.Count > 0)
        {
            var sent = await SendFilesAsync(code.Files, payload.CodeDirectory!, payload.Workdir, ["--links", "--executability"], new StreamProgress(progress, 0, total), cancellationToken);
            if (!sent.IsOk)
            {
                return sent;
            }
        }

        if (restore.Paths.Count > 0)
        {
            // A file has its own name only when it is whole; until then it waits in the partial directory. What is there already is compared by content.
            var sent = await SendFilesAsync(
                restore.Paths, payload.RestoreDirectory!, payload.Workdir, ["--no-links", "--ignore-times"], new StreamProgress(progress, code.Bytes, total), cancellationToken);
            if (!sent.IsOk)
            {
                return sent;
            }
        }

        using var staging = new TemporaryDirectory();
        foreach (var (name, content) in instructions)
        {
            var path = Path.Combine(staging.Path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, content, new UTF8Encoding(false), cancellationToken);
        }

        var told = await Run([.. instructions.Keys], staging.Path, layout.Root, 0, ["--links", "--executability"]).RunAsync(time, cancellationToken);
        return told.IsOk ? await MarkAsync(payload, cancellationToken) : told;
    }

    private async Task<Outcome<Done>> MarkAsync(Payload payload, CancellationToken cancellationToken)
    {
        var marker = ShellQuote.Word(layout.ReadyMarker);
        var command = $"echo {Attempt(payload)} >{marker}.new && sync && mv {marker}.new {marker}";
        var outcome = await session.RequireAsync(address, command, "setting the marker", options.CommandTimeout, 4096, cancellationToken);
        return outcome.Then(_ => Done.Ok);
    }

    /// <summary>Over one or several streams, each of which is tried again by itself.</summary>
    private Task<Outcome<Done>> SendFilesAsync(
        IReadOnlyList<string> files, string from, string to, IReadOnlyList<string> moreArguments, StreamProgress progress, CancellationToken cancellationToken)
    {
        var sizes = files.Select(path => new WantedFile(path, new FileInfo(Path.Combine(from, path)) is { Exists: true } here ? here.Length : 0)).ToList();
        return StreamRun.AllAsync(
            StreamPlan.Of(sizes, streamsMax),
            streamsMax,
            (stream, token) => (Run([.. stream.Files.Select(file => file.Path)], from, to, stream.Bytes, moreArguments) with { Progress = progress.Next(), IsCompressed = stream.IsText }).RunAsync(time, token),
            cancellationToken);
    }

    private RsyncRun Run(IReadOnlyList<string> files, string from, string to, long bytes, IReadOnlyList<string> moreArguments) => new()
    {
        Ssh = ssh,
        Address = address,
        Options = options,
        Files = files,
        From = from,
        To = to,
        IsPull = false,
        BytesTotal = bytes,
        MoreArguments = moreArguments,
    };

    private static string Attempt(Payload payload) => payload.Attempt.ToString(CultureInfo.InvariantCulture);
}
