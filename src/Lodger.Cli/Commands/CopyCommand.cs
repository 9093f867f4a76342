using System.CommandLine;
using Lodger.Artifacts;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Engine.Durable;
using Lodger.Remote.Durable;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger copy</c>: proven results to a second place, proven there, too.</summary>
internal static class CopyCommand
{
    public static Verb Make(Surroundings around)
    {
        var what = new Argument<string>("WHAT") { Description = "A job whose results are home, or the directory of a bundle" };
        var where = new Argument<string>("WHERE") { Description = "A directory, or NAME:PATH of a remote of your rclone configuration (S3, Drive, B2, Dropbox, WebDAV, SFTP)" };
        var byHost = new Option<string?>("--by-host") { Description = "Have the rental's host send it to this cloud connection of the platform, which reaches the same place; only what is lacking then goes from here", HelpName = "CONNECTION" };
        var yes = Shared.Yes("Say yes to sending through a host that is not a datacenter, and to what its bytes cost");
        return new Verb("copy", "Copy proven results to a directory or an rclone remote; every byte is read back from there and compared")
        {
            Examples = ["lodger copy digits /mnt/nas/runs", "lodger copy ./results/digits s3:bucket/runs --json", "lodger copy digits s3:bucket/runs --by-host my-bucket"],
            Exits = [ExitCode.NotFound, ExitCode.ApprovalNeeded, ExitCode.TimedOut, ExitCode.NotVerified, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Prerequisite],
        }
        .With(what, where, byHost, yes)
        .Does(async (parse, token) =>
        {
            // Else the host would have sent it before the rest is refused.
            if (parse.GetValue(byHost) is not null && around.IsRemote())
                return around.Screen.Fail(RemoteServer.OnlyHere("what a host has sent is read back and completed from the results, which lie where the server runs"));
            if (parse.GetValue(byHost) is { } connection && await new HostCopying(around).SendAsync(parse.GetValue(what)!, parse.GetValue(where)!, connection, parse.GetValue(yes), token) is not ExitCode.Ok and var refused)
                return refused;
            return await CopyAsync(around, parse.GetValue(what)!, parse.GetValue(where)!, token);
        });
    }

    private static async Task<ExitCode> CopyAsync(Surroundings around, string what, string where, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!DurableTarget.Parse(where, around.CurrentDirectory, around.Variable("HOME")).TryGet(out var target, out var problem)
            || !(await BundleAsync(around, what, where, cancellationToken)).TryGet(out var bundle, out problem))
            return screen.Fail(problem);
        if (screen.IsLive)
            screen.Line($"  Copying to {Shown.Text(target.ToString())}, then reading every byte back. Ctrl-C ends it; what is there stays, and is not sent twice.");
        if (!(await BundleCopy.RunAsync(bundle, target, RcloneEnvironment.Of(around.Environment), around.Time, cancellationToken)).TryGet(out var copied, out problem))
            return screen.Fail(problem);
        if (screen.IsJson)
            screen.Json(new CopiedBundle(bundle, copied.Target.ToString(), copied.Files, copied.Bytes, copied.Sent), CliJson.Default.CopiedBundle);
        else
            screen.Hang("  ", $"{Figures.Of(copied.Files, "file")}, {Figures.Bytes(copied.Bytes)} in {copied.Target} ({(copied.Sent == 0 ? "all were there already" : $"{copied.Sent} sent")}): every byte was read back from there and is what the receipt says.");
        return ExitCode.Ok;
    }

    /// <summary>A directory with a receipt is meant when there is one of that name; else a job.</summary>
    private static async Task<Outcome<string>> BundleAsync(Surroundings around, string what, string where, CancellationToken cancellationToken)
    {
        var directory = Path.GetFullPath(what, around.CurrentDirectory);
        if (File.Exists(Path.Combine(directory, BundleLayout.ReceiptPath)))
            return directory;
        if (what.Contains('/', StringComparison.Ordinal))
            return new Problem("no-bundle", $"{what} is no directory with results that were proven: it has no {BundleLayout.ReceiptPath}.", "Name the results' directory of a job, or the job", ExitCode.NotFound);
        if (RemoteServer.Named(around) is not null)
            return new Problem("only-here", $"{what} is no directory here with results that were proven, and those of a job lie on another machine, where its server runs.", $"Fetch them first:  lodger pull {what} , then  lodger copy ./results/{what} {where}", ExitCode.BadInput);
        Outcome<string> found = new Problem("no-bundle", "", "", ExitCode.NotFound);
        await around.WithServerAsync(
            async server =>
            {
                found = (await JobChoice.FindAsync(server, what, cancellationToken)).Then<string>(job => File.Exists(Path.Combine(job.ResultsDirectory, BundleLayout.ReceiptPath))
                    ? job.ResultsDirectory
                    : new Problem("no-bundle", $"What {job.Name} made is not home and proven yet.", $"When its command is over:  lodger pull {job.Name} , then  lodger copy {job.Name} {where}", ExitCode.NotFound));
                return ExitCode.Ok;
            },
            cancellationToken);
        return found;
    }
}

/// <summary>The outcome of <c>lodger copy --json</c>.</summary>
/// <param name="Sent">Of the files; the others were there already.</param>
internal sealed record CopiedBundle(string From, string To, int Files, long Bytes, int Sent);
