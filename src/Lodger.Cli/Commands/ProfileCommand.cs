using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Engine.Profile;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger profile</c>: what Lodger knows about a platform.</summary>
internal static class ProfileCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = new Argument<string>("NAME") { Description = "A platform's profile", DefaultValueFactory = _ => "vastai" };
        return new Verb("profile", "Show a platform's facts: what costs data or money, what survives, limits, each with its source")
        {
            Examples = ["lodger profile", "lodger profile vastai --json"],
            Exits = [ExitCode.NotFound],
        }
        .With(name)
        .Does((parse, _) =>
        {
            if (!ProfileReader.BuiltIn(parse.GetValue(name)!).TryGet(out var profile, out var problem))
                return Task.FromResult(around.Screen.Fail(problem));
            if (around.Screen.IsJson)
                around.Screen.Json(profile, CliJson.Default.PlatformProfile);
            else
                ProfileText.Write(around.Screen, profile);
            return Task.FromResult(ExitCode.Ok);
        });
    }
}
