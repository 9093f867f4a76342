using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Cli.Commands;

/// <summary>What <c>init --json</c> says.</summary>
/// <param name="File">Absolute; null when it was only printed.</param>
internal sealed record WrittenSpec(string? File, string Text);

/// <summary><c>lodger init</c>: a commented job.yaml from what lies in the directory.</summary>
internal static class InitCommand
{
    public static Verb Make(Surroundings around)
    {
        var file = new Argument<string>("FILE") { Description = "What to write", DefaultValueFactory = _ => "job.yaml" };
        var print = new Option<bool>("--print") { Description = "Print it instead of writing it" };
        return new Verb("init", "Write a commented job.yaml from what is in this directory; never overwrites one")
        {
            Examples = ["lodger init", "lodger init --print"],
        }
        .With(file, print)
        .Does((parse, _) => Task.FromResult(Write(around, parse.GetValue(file)!, parse.GetValue(print))));
    }

    private static ExitCode Write(Surroundings around, string file, bool print)
    {
        var text = JobYamlTemplate.Write(around.CurrentDirectory, ProfileReader.VastAi);
        if (print)
        {
            if (around.Screen.IsJson)
                around.Screen.Json(new WrittenSpec(null, text), CliJson.Default.WrittenSpec);
            else
                around.Screen.OutWriter.Write(text);
            return ExitCode.Ok;
        }

        var path = Path.GetFullPath(file, around.CurrentDirectory);
        if (NewFile.Write(path, file, text, "Name another file, or look at a fresh one with  lodger init --print") is { } unwritten)
            return around.Screen.Fail(unwritten);
        if (around.Screen.IsJson)
            around.Screen.Json(new WrittenSpec(path, text), CliJson.Default.WrittenSpec);
        around.Screen.Line($"Wrote {Shown.Text(file)}. Every line says where it comes from: look through it.");
        if (JobYamlTemplate.Lacking(around.CurrentDirectory) is { } lacking)
            around.Screen.Hang("  [yellow]!![/]  ", lacking);
        around.Screen.Line($"  Then  lodger plan {Shown.Text(file)}  or, for free,  lodger run {Shown.Text(file)} --market local");
        return ExitCode.Ok;
    }
}
