using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Rehearsal;
using Lodger.Cli.Staging;
using Lodger.Domain.Problems;
using Lodger.Engine.Profile;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger rehearse</c>: whether a job truly resumes, found out here, for free.</summary>
internal static class RehearseCommand
{
    public static Verb Make(Surroundings around)
    {
        var source = new SpecSource();
        var keep = new Option<bool>("--keep") { Description = "Keep the rehearsal's results, journal, ledger and logs, and say where they are" };
        return new Verb("rehearse", "Run a job here twice, left alone and preempted three times, and say whether it truly resumes")
        {
            Examples = ["lodger rehearse job.yaml", "lodger rehearse examples/rehearsals/saves-in-place.yaml", "lodger rehearse --json"],
            Exits = [ExitCode.NoOffer, ExitCode.ServerUnreachable, ExitCode.Prerequisite, ExitCode.Rehearsed, ExitCode.TimedOut],
        }
        .With([.. source.Symbols, keep])
        .Does(async (parse, token) =>
        {
            if (!source.Read(parse, around, ProfileReader.VastAi).TryGet(out var read, out var problem))
                return around.Screen.Fail(problem);
            if (!around.Places().TryGet(out var places, out problem) || !SecretValues.Of(read.Spec, around, places).TryGet(out var secrets, out problem))
                return around.Screen.Fail(problem);
            if (!(await Preparation.MakeAsync(around, read, fixScripts: false, mayAsk: false, token)).TryGet(out var ready, out problem))
                return around.Screen.Fail(problem);
            await using var stage = new OwnStage(around, parse.GetValue(keep));
            return await new RehearsalRun(around, stage).RunAsync(ready, secrets, token);
        });
    }
}
