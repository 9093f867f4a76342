using System.CommandLine;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger inspect</c>: what is in checkpoints, array by array, without running them; works alone, without a server.</summary>
internal static class InspectCommand
{
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(150);

    public static Verb Make(Surroundings around)
    {
        var path = new Argument<string>("FILE|DIR") { Description = "A checkpoint, or a directory of them", DefaultValueFactory = _ => "." };
        var deep = new Option<bool>("--deep") { Description = "Read every value: minimum, maximum, mean, NaN and infinities, all-zero arrays" };
        var diff = new Option<string[]>("--diff")
        {
            Description = "Compare two checkpoints: names, types, shapes, steps, and every value",
            HelpName = "A B",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        return new Verb("inspect", "Show what checkpoints hold, without running them: arrays, shapes, parameters, step, and what a resume would lack")
        {
            Examples = ["lodger inspect best.pth", "lodger inspect ./results --deep", "lodger inspect best.safetensors --json", "lodger inspect --diff step1000.pt step2000.pt"],
            Exits = [ExitCode.NotFound, ExitCode.NotVerified],
        }
        .With(path, deep, diff)
        .Does((parse, token) => parse.GetValue(diff) is [var before, var after]
            ? CompareAsync(around, before, after, token)
            : ShowAsync(around, parse.GetValue(path)!, parse.GetValue(deep) ? InspectionDepth.Values : InspectionDepth.Tensors, token));
    }

    private static async Task<ExitCode> ShowAsync(Surroundings around, string path, InspectionDepth depth, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (await ReadAsync(around, path, depth, cancellationToken) is not { } files)
            return NotThere(screen, path);
        if (files.Count == 0)
            return screen.Fail(new Problem("no-file", $"There is no file in {path}.", "Name a checkpoint, or a directory that holds some.", ExitCode.NotFound));
        if (screen.IsJson)
            screen.Json(new InspectedFiles(path, [.. files.Select(InspectedFile.Of)]), CliJson.Default.InspectedFiles);
        else
            InspectText.Write(screen, files);
        return Exit(files);
    }

    private static async Task<ExitCode> CompareAsync(Surroundings around, string before, string after, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (await ReadAsync(around, before, InspectionDepth.Values, cancellationToken) is not { } old)
            return NotThere(screen, before);
        if (await ReadAsync(around, after, InspectionDepth.Values, cancellationToken) is not { } now)
            return NotThere(screen, after);
        var diff = CheckpointDiff.Of(old, now);
        if (screen.IsJson)
            screen.Json(InspectedDiff.Of(before, old, after, now, diff), CliJson.Default.InspectedDiff);
        else
            DiffText.Write(screen, before, old, after, now, diff);
        return Exit([.. old, .. now]);
    }

    /// <summary>The reports on a file, or on every file of a directory; null when there is neither.</summary>
    private static async Task<IReadOnlyList<FileReport>?> ReadAsync(Surroundings around, string asTyped, InspectionDepth depth, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(asTyped, around.CurrentDirectory);
        var bar = new ProgressLine(around.Screen, around.Time, DrawEvery);
        try
        {
            if (Directory.Exists(path))
            {
                var report = await DirectoryVerifier.VerifyAsync(path, new VerifyOptions { Depth = depth }, new Reading(bar), cancellationToken);
                return report.Files;
            }

            return File.Exists(path) ? [await FileInspector.InspectAsync(path, depth, new Reading(bar), cancellationToken)] : null;
        }
        finally
        {
            bar.Clear();
        }
    }

    private static ExitCode NotThere(Screen screen, string asTyped) =>
        screen.Fail(new Problem("no-file", $"{asTyped} is not here.", "Name a file or a directory.", ExitCode.NotFound));

    private static ExitCode Exit(IReadOnlyList<FileReport> files) =>
        files.All(file => file.Verdict is Verdict.Loads or Verdict.LoadsWithWarning or Verdict.HashOnly) ? ExitCode.Ok : ExitCode.NotVerified;
}
