using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger drill</c>: whether a job resumes, found out on the machine that it runs on.</summary>
internal static class DrillCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        var yes = Shared.Yes("Say yes to stopping it");
        return new Verb("drill", "Stop a running job's machine once without notice, start it again, and say whether the job resumed")
        {
            Examples = ["lodger drill resnet-abl", "lodger drill resnet-abl --yes"],
            Exits = [ExitCode.NotFound, ExitCode.ApprovalNeeded, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Rehearsed],
        }
        .With(name, yes)
        .Does((parse, token) => around.WithJobAsync(parse.GetValue(name), (server, job) => DrillAsync(around, server, job, parse.GetValue(yes), token), token));
    }

    private static async Task<ExitCode> DrillAsync(Surroundings around, ServerClient server, JobView job, bool yes, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        // As the server would say, before anybody reads what would be done and says yes to it.
        if (job.Phase == JobPhase.Closed)
            return screen.Fail(new Problem("job-over", $"{job.Name} is over.", $"lodger show {job.Name}", ExitCode.BadInput));
        if (job.Phase != JobPhase.Running)
            return screen.Fail(new Problem("not-now", $"{job.Name} has nothing to drill just now: its command does not run.", $"lodger show {job.Name}", ExitCode.BadInput));
        if (!yes && !screen.CanAsk)
            return screen.Fail(new Problem("yes-needed", "A drill stops the machine, and nobody can be asked here.", $"lodger drill {job.Name} --yes", ExitCode.ApprovalNeeded));
        screen.Hang("", $"This stops {job.RentalId} ({job.Market}) without notice, as a preemption would, and starts it again. What the job did since its last checkpoint is done again. While it is stopped somebody else may take its GPU: then the job waits for it{(job.Spec.Rent == Domain.Spec.RentMode.OnDemand ? "" : ", or goes on elsewhere")}.");
        if (!yes && !await screen.AskAsync($"Stop {job.RentalId} and start it again?", cancellationToken))
        {
            screen.Line("Nothing was stopped.");
            return ExitCode.ApprovalNeeded;
        }

        if (!(await server.DrillAsync(job.Id, around.User, cancellationToken)).TryGet(out var asked, out var problem))
            return screen.Fail(problem);
        var watch = new JobWatch(around, server) { Shown = job.LastSequence };
        while (true)
        {
            var last = watch.Shown;
            if (!(await watch.FollowAsync(job.Id, j => watch.Shown > last || JobWatch.WantsPerson(j), cancellationToken)).TryGet(out var now, out problem)
                || !(await server.EventsAsync(job.Id, job.LastSequence, cancellationToken)).TryGet(out var events, out problem))
                return screen.Fail(problem);
            if (events.Select(e => e.Event).OfType<ResumeSeen>().FirstOrDefault() is { } seen)
                return Conclude(screen, job, now, seen);
            if (JobWatch.WantsPerson(now))
                return now.HasEnded ? Over(screen, now) : new Teardown(around, server, watch).Conclude(now);
        }
    }

    private static ExitCode Conclude(Screen screen, JobView before, JobView now, ResumeSeen seen)
    {
        if (screen.IsJson)
            screen.Json(now, ApiJson.Default.JobView);
        var reached = before.Progress?.Step is { } step ? $"; it had been at step {step}" : "";
        screen.Line(seen.FromZero
            ? $"  [yellow]It began again at step {seen.Step}{reached}.[/]  Try it for nothing:  lodger rehearse"
            : $"  It resumed{(seen.CheckpointStep is { } saved ? $" from its checkpoint of step {saved}" : $", step {seen.Step}")}{reached}.");
        return seen.FromZero ? ExitCode.Rehearsed : ExitCode.Ok;
    }

    private static ExitCode Over(Screen screen, JobView now)
    {
        if (screen.IsJson)
            screen.Json(now, ApiJson.Default.JobView);
        screen.Line($"  It was over before it could be seen to resume.  lodger show {Shown.Text(now.Name)}");
        return now.ExitCode == 0 ? ExitCode.Unknown : ExitCode.Rehearsed;
    }
}
