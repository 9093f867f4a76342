using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;
using Lodger.Remote.Text;
using Lodger.Remote.Transfer;

namespace Lodger.Remote;

/// <summary>Machines that somebody else set up, read with the system's OpenSSH and rsync: nothing of Lodger's is left on them.</summary>
public sealed class ForeignBox(SshOptions options, PlatformProfile profile, TimeProvider time) : IForeignBox
{
    private const int MaxLookBytes = 256 * 1024;
    private const int MaxLookedPaths = 64;
    // Some hundred thousand files.
    private const int MaxSurveyBytes = 64 << 20;

    /// <summary>What a disk that is busy with somebody's work gives at least.</summary>
    private const long SlowBytesPerSecond = 10_000_000;

    /// <summary>Behind whatever works there: its processor and its disk come first.</summary>
    private const string HashCommand = "LC_ALL=C; export LC_ALL; i=; ionice -c 3 true 2>/dev/null && i='ionice -c 3'; exec xargs -0 -r nice -n 19 $i sha256sum -z --";

    /// <summary>The machine itself ends a look after so long; whoever asked has gone by then.</summary>
    private const int LookSeconds = 60;

    private static readonly TimeSpan SurveyTimeout = TimeSpan.FromMinutes(5);

    private readonly SshSession session = new(options, time);

    /// <summary>Lodger's own directory on machines that it set up: of a job that is over, and nobody's result.</summary>
    private readonly string own = BoxLayout.Of(profile).Root;

    public async Task<Outcome<BoxLook>> LookAsync(BoxAddress address, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        List<string> asked = [.. paths.Take(MaxLookedPaths)];
        var command = $"exec timeout {LookSeconds} sh -c {ShellQuote.Word(EmbeddedScript.Look)} lodger-look {Words([own, profile.Overrides.DataDir, .. asked])} </dev/null";
        var outcome = await session.RunAsync(address, command, "looking at what lies there", TimeSpan.FromSeconds(LookSeconds + 30), MaxLookBytes, cancellationToken);
        return outcome.Then(result => result.ExitCode == 124
            ? new Problem("look-too-long", $"To look at what lies on rental {Sanitize.Line(address.RentalId, 64)} took longer than {LookSeconds} s.", "Name fewer, or smaller, directories:  --save PATH", ExitCode.RentalUnusable)
            : BoxLookText.Parse(System.Text.Encoding.UTF8.GetString(result.Output), asked));
    }

    public async Task<Outcome<BoxSurvey>> SurveyAsync(BoxAddress address, IReadOnlyList<string> roots, CancellationToken cancellationToken)
    {
        var command = $"exec sh -c {ShellQuote.Word(EmbeddedScript.Survey)} lodger-survey {Words([own, .. roots])} </dev/null";
        var outcome = await session.RunAsync(address, command, "listing what lies there", SurveyTimeout, MaxSurveyBytes, cancellationToken);
        return outcome.Then(result => result switch
        {
            { ExitCode: 5 } when BoxSurveyText.Complaint(result.Error) is { } complaint => NotReadable(address, complaint),
            { IsTruncated: true } => new Problem(
                "manifest-too-large", $"The list of files on rental {Sanitize.Line(address.RentalId, 64)} is longer than {MaxSurveyBytes >> 20} MB.", "Pack small files into an archive on the machine, and name that.", ExitCode.NotVerified),
            { ExitCode: not (0 or 5) } => new Problem("survey-unreadable", $"Rental {Sanitize.Line(address.RentalId, 64)} could not list what lies there (status {result.ExitCode}): {BoxSurveyText.Complaint(result.Error)}", "Look at the machine.", ExitCode.Unknown, MayRetry: true),
            { ExitCode: 5 } when !BoxSurveyText.SaysWhy(result.Error) => new Problem("survey-unreadable", $"Rental {Sanitize.Line(address.RentalId, 64)} could not list all that lies there, and does not say why.", "Nothing is concluded from it; it is asked again.", ExitCode.Unknown, MayRetry: true),
            { ExitCode: 0 } => BoxSurveyText.Survey(result.Output, [], roots),
            _ => BoxSurveyText.Survey(result.Output, result.Error, roots),
        });
    }

    public async Task<Outcome<IReadOnlyDictionary<string, string>>> HashAsync(BoxAddress address, IReadOnlyList<SurveyedEntry> files, CancellationToken cancellationToken)
    {
        byte[] names = [.. files.SelectMany(file => (byte[])[(byte)'/', .. EscapedName.Bytes(file.EscapedPath), 0])];
        var timeout = options.ManifestTimeout + TimeSpan.FromSeconds(files.Sum(file => file.Bytes) / SlowBytesPerSecond);
        var outcome = await session.RunAsync(address, HashCommand, "hashing what lies there", timeout, MaxSurveyBytes, cancellationToken, names);
        if (!outcome.TryGet(out var result, out var problem))
        {
            return problem;
        }

        return BoxSurveyText.Complaint(result.Error) is { } complaint && result.ExitCode != 0
            ? NotReadable(address, complaint)
            : Outcome<IReadOnlyDictionary<string, string>>.Ok(BoxSurveyText.Hashes(result.Output, [.. files.Select(file => file.EscapedPath)]));
    }

    public async Task<Outcome<Transferred>> PullAsync(
        BoxAddress address, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        await SshCommandLine.For(options, address).Match(line => new ResultPull(line, address, options, null, time).RunAsync(files, localDirectory, progress, cancellationToken));

    private static string Words(IEnumerable<string> words) => string.Join(' ', words.Select(ShellQuote.Word));

    private static Problem NotReadable(BoxAddress address, string complaint) => new(
        "path-unreadable",
        $"Not everything that has to be saved on rental {Sanitize.Line(address.RentalId, 64)} can be read: {complaint}",
        "What cannot be read is not saved, and so the rental stays. Make it readable there, or name only what can be read.",
        ExitCode.NotVerified,
        MayRetry: true);
}
