using System.CommandLine;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Remote.Script;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger verify</c>: works alone, on any directory, without a server.</summary>
internal static class VerifyCommand
{
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(150);

    public static Verb Make(Surroundings around)
    {
        var directory = new Argument<string>("DIR") { Description = "A pulled bundle, or any directory", DefaultValueFactory = _ => "." };
        var deep = new Option<bool>("--deep") { Description = "Also read every value: NaN and infinities are a warning" };
        return new Verb("verify", "Read every file of a directory: does it load, and is it what the machine's manifest says")
        {
            Examples = ["lodger verify ./results/digits", "lodger verify ~/checkpoints --json", "lodger verify ~/checkpoints --deep"],
            Exits = [ExitCode.NotFound, ExitCode.NotVerified],
        }
        .With(directory, deep)
        .Does((parse, token) => VerifyAsync(
            around, Path.GetFullPath(parse.GetValue(directory)!, around.CurrentDirectory), parse.GetValue(directory)!,
            parse.GetValue(deep) ? InspectionDepth.Values : InspectionDepth.Counts, token));
    }

    private static async Task<ExitCode> VerifyAsync(Surroundings around, string path, string asTyped, InspectionDepth depth, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!Directory.Exists(path))
        {
            return screen.Fail(File.Exists(path)
                ? new Problem("no-directory", $"{asTyped} is a file.", $"lodger inspect {ShellQuote.Word(asTyped)}   reads one file; or name its directory.", ExitCode.NotFound)
                : new Problem("no-directory", $"There is no directory {asTyped}.", "Name the directory that holds the files; lodger show JOB  says where a job's are.", ExitCode.NotFound));
        }

        var bar = new ProgressLine(screen, around.Time, DrawEvery);
        var report = await DirectoryVerifier.VerifyAsync(path, new VerifyOptions { Depth = depth }, new Reading(bar), cancellationToken);
        bar.Clear();
        if (screen.IsJson)
            screen.Json(VerifiedDirectory.Of(report), CliJson.Default.VerifiedDirectory);
        else
            VerifyText.Write(screen, report);
        // Nothing at all proves nothing: a script that deletes the original next must not go on.
        if (report is { Manifest: null, Totals.Files: 0 })
            return screen.Fail(new Problem("nothing-here", $"There is no file in {asTyped}: nothing was verified.", "Name the directory that holds the files.", ExitCode.NotFound));
        return report.IsSound ? ExitCode.Ok : ExitCode.NotVerified;
    }
}
