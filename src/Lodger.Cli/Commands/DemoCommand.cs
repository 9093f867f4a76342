using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Demo;
using Lodger.Cli.Staging;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger demo</c>: the main job on real input, for free, on this machine.</summary>
internal static class DemoCommand
{
    public static Verb Make(Surroundings around)
    {
        var yes = Shared.Yes("Say yes to renting and to the destroy");
        var keep = new Option<bool>("--keep") { Description = "Keep the demo's journal, ledger and logs, and say where they are" };
        var spot = new Option<bool>("--spot") { Description = "On bids that are lost: twice to others, once with the whole host" };
        var steps = new Option<int?>("--steps") { Description = "Train for so many steps (default 1200); fewer are quicker and less accurate" };
        return new Verb("demo", "Watch a real training job rented, run, brought home, proven and torn down, on a marketplace of its own")
        {
            Examples = ["lodger demo", "lodger demo --yes", "lodger demo --spot"],
            Exits = [ExitCode.RentalUnusable, ExitCode.JobFailed, ExitCode.NotVerified, ExitCode.ApprovalNeeded, ExitCode.ServerUnreachable, ExitCode.Prerequisite],
        }
        .With(yes, keep, spot, steps)
        .Does(async (parse, token) =>
        {
            if (parse.GetValue(steps) is < 1)
                return around.Screen.Fail(new Problem("steps-too-few", "--steps is at least 1.", "lodger demo --steps 100", ExitCode.BadInput));
            if (!parse.GetValue(yes) && !around.Screen.CanAsk)
                return around.Screen.Fail(new Problem("yes-needed", "The demo asks before it rents and before it destroys, and nobody can be asked here.", "lodger demo --yes", ExitCode.ApprovalNeeded));
            if (!DemoExample.Find().TryGet(out var example, out var missing))
                return around.Screen.Fail(missing);
            await using var stage = new OwnStage(around, parse.GetValue(keep));
            return await new DemoRun(around, stage, example).RunAsync(parse.GetValue(yes), parse.GetValue(spot), parse.GetValue(steps), token);
        });
    }
}
