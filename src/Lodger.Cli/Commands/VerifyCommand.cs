using System.CommandLine;
using Lodger.Artifacts.Verification;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger verify</c>: works alone, on any directory, without a server.</summary>
internal static class VerifyCommand
{
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(150);

    public static Verb Make(Surroundings around)
    {
        var directory = new Argument<string>("DIR") { Description = "A pulled bundle, or any directory", DefaultValueFactory = _ => "." };
        return new Verb("verify", "Read every file of a directory: does it load, and is it what the machine's manifest says")
        {
            Examples = ["lodger verify ./results/digits", "lodger verify ~/checkpoints --json"],
            Exits = [ExitCode.NotFound, ExitCode.NotVerified],
        }
        .With(directory)
        .Does((parse, token) => VerifyAsync(around, Path.GetFullPath(parse.GetValue(directory)!, around.CurrentDirectory), parse.GetValue(directory)!, token));
    }

    private static async Task<ExitCode> VerifyAsync(Surroundings around, string path, string asTyped, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!Directory.Exists(path))
            return screen.Fail(new Problem("no-directory", $"{asTyped} is not a directory.", "Name a directory.", ExitCode.NotFound));
        var bar = new ProgressLine(screen, around.Time, DrawEvery);
        var report = await DirectoryVerifier.VerifyAsync(path, null, new Reading(bar), cancellationToken);
        bar.Clear();
        if (screen.IsJson)
            screen.Json(VerifiedDirectory.Of(report), CliJson.Default.VerifiedDirectory);
        else
            VerifyText.Write(screen, report);
        return report.IsSound ? ExitCode.Ok : ExitCode.NotVerified;
    }

    private sealed class Reading(ProgressLine bar) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value) =>
            bar.Draw($"  reading {Figures.Bytes(value.BytesDone)} of {Figures.Bytes(value.BytesTotal)}", value.BytesTotal == 0 ? 1 : (double)value.BytesDone / value.BytesTotal);
    }
}
