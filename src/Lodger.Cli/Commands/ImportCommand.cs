using System.CommandLine;
using System.Text;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Engine.Import;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Cli.Commands;

/// <summary>What <c>import --json</c> says.</summary>
/// <param name="File">Absolute; null when it was only printed.</param>
internal sealed record ImportedSpec(string? File, string Source, string Text, IReadOnlyList<string> Notes);

/// <summary><c>lodger import</c>: a job.yaml from a task file of SkyPilot or dstack.</summary>
internal static class ImportCommand
{
    private const int BytesMax = 256 * 1024;

    public static Verb Make(Surroundings around)
    {
        var file = new Argument<string>("FILE") { Description = "A task file of SkyPilot, or a configuration of dstack" };
        var from = new Option<string?>("--from") { Description = "Whose it is, when its fields do not show it: skypilot or dstack", HelpName = "TOOL" };
        from.CompletionSources.Add(ForeignTask.SkyPilot, ForeignTask.Dstack);
        var to = new Option<string>("--to") { Description = "What to write; never overwritten", DefaultValueFactory = _ => "job.yaml", HelpName = "FILE" };
        var print = new Option<bool>("--print") { Description = "Print it instead of writing it" };
        return new Verb("import", "Write a job.yaml from a task file of SkyPilot or dstack, and say what did not come along")
        {
            Examples = ["lodger import task.yaml", "lodger import .dstack.yml --to train.yaml", "lodger import task.yaml --print"],
            Exits = [ExitCode.NotFound],
        }
        .With(file, from, to, print)
        .Does((parse, _) => Task.FromResult(Import(around, parse.GetValue(file)!, parse.GetValue(from), parse.GetValue(print) ? null : parse.GetValue(to))));
    }

    private static ExitCode Import(Surroundings around, string file, string? from, string? to)
    {
        var path = Path.GetFullPath(to ?? "job.yaml", around.CurrentDirectory);
        if (!Read(around, file).TryGet(out var text, out var problem) || !ForeignTask.Read(text, file, Path.GetDirectoryName(path)!, from).TryGet(out var task, out problem))
            return around.Screen.Fail(problem);
        // What Lodger itself would say of it, before anybody runs it.
        IReadOnlyList<string> notes = [.. task.Notes, .. JobSpecReader.Parse(task.Yaml, to ?? "job.yaml", Path.GetDirectoryName(path)!, ProfileReader.VastAi).Errors.Select(e => e.ToString())];
        if (to is not null && NewFile.Write(path, to, task.Yaml, "Name another file with  --to , or look at it with  --print") is { } unwritten)
            return around.Screen.Fail(unwritten);
        if (around.Screen.IsJson)
        {
            around.Screen.Json(new ImportedSpec(to is null ? null : path, task.Source, task.Yaml, notes), CliJson.Default.ImportedSpec);
            return ExitCode.Ok;
        }

        if (to is null)
        {
            around.Screen.OutWriter.Write(task.Yaml);
            foreach (var note in notes)
                around.Screen.Remark(note);
            return ExitCode.Ok;
        }

        around.Screen.Line($"Wrote {Shown.Text(to)} from {Shown.Text(file)} ({task.Source}).");
        foreach (var note in notes)
            around.Screen.Hang("  - ", note);
        around.Screen.Line($"  Say in it what must come home (results) and what is copied while it runs (checkpoints), then  lodger plan {Shown.Text(to)}");
        return ExitCode.Ok;
    }

    private static Outcome<string> Read(Surroundings around, string file)
    {
        try
        {
            var info = new FileInfo(Path.GetFullPath(file, around.CurrentDirectory));
            if (Directory.Exists(info.FullName))
                return new Problem("task-not-found", $"{file} is a directory.", "Name a task file of SkyPilot or dstack in it.", ExitCode.NotFound);
            if (!info.Exists)
                return new Problem("task-not-found", $"There is no file {file}.", "Name a task file of SkyPilot or dstack.", ExitCode.NotFound);
            return BoundedFile.Read(info.FullName, BytesMax) is { } bytes
                ? Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF')
                : new Problem("task-unreadable", $"{file} is larger than any task file (more than {BytesMax} bytes).", "Name a task file of SkyPilot or dstack.", ExitCode.BadInput);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("task-not-found", $"{file} cannot be read: {e.Message}", "Name a file that you can read.", ExitCode.NotFound);
        }
    }
}
