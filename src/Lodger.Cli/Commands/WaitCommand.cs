using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger wait</c>: blocks until a job has got somewhere; for scripts.</summary>
internal static class WaitCommand
{
    private static readonly string[] States = ["running", "ended", "verified", "closed"];

    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        var state = new Option<string>("--for") { Description = "running, ended (its command is over), verified (all is home), closed (nothing is left)", DefaultValueFactory = _ => "closed", HelpName = "STATE" };
        state.CompletionSources.Add("running", "ended", "verified", "closed");
        state.CompletionSources.Add(States);
        state.Validators.Add(given =>
        {
            if (given.Tokens.FirstOrDefault(t => !States.Contains(t.Value)) is { } wrong)
                given.AddError($"--for takes {string.Join(", ", States[..^1])} or {States[^1]}, not '{wrong.Value}'.");
        });
        var timeout = new Option<string?>("--timeout") { Description = "Give up after so long, for example 36h", HelpName = "DURATION" };
        return new Verb("wait", "Wait until a job has got somewhere; the exit status says how it stands")
        {
            Examples = ["lodger wait digits --for verified --timeout 2h && echo home"],
            Exits =
            [
                ExitCode.NotFound, ExitCode.NoMoney, ExitCode.NoOffer, ExitCode.RentalUnusable, ExitCode.JobFailed, ExitCode.NotVerified, ExitCode.ApprovalNeeded,
                ExitCode.ServerUnreachable, ExitCode.BudgetReached, ExitCode.Cancelled, ExitCode.TimedOut,
            ],
        }
        .With(name, state, timeout)
        .Does(async (parse, token) =>
        {
            TimeSpan? bound = null;
            if (parse.GetValue(timeout) is { } text)
            {
                if (!Quantity.TryParseDuration(text, out var parsed))
                    return around.Screen.Fail(new Problem("duration-malformed", $"'{text}' is not a duration.", "Write for example  --timeout 90m", ExitCode.BadInput));
                bound = parsed;
            }

            return await around.WithJobAsync(parse.GetValue(name), (server, job) => WaitAsync(around, server, job, parse.GetValue(state)!, bound, token), token);
        });
    }

    private static async Task<ExitCode> WaitAsync(Surroundings around, ServerClient server, JobView job, string state, TimeSpan? bound, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (bound is { } after)
            limit.CancelAfter(after);
        try
        {
            var watch = new JobWatch(around, server) { Shown = job.LastSequence };
            var reached = await watch.FollowAsync(job.Id, j => IsThere(j, state) || JobWatch.WantsPerson(j), limit.Token);
            return reached.TryGet(out var now, out var problem) ? Say(around, now, state) : around.Screen.Fail(problem);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return around.Screen.Fail(new Problem("wait-timed-out", $"{job.Name} was not {state} within {Figures.Span(bound!.Value)}.", $"lodger show {job.Name}", ExitCode.TimedOut, MayRetry: true));
        }
    }

    private static ExitCode Say(Surroundings around, JobView job, string state)
    {
        if (around.Screen.IsJson)
            around.Screen.Json(job, ApiJson.Default.JobView);
        around.Screen.Line($"{Terminal.Shown.Text(job.Name)}: {JobText.StateWord(job)}, {JobText.Meter(job.Meter)}");
        var next = around.Next(job);
        var exit = job.Phase != JobPhase.Closed && IsThere(job, state) ? ExitCode.Ok : JobExit.Of(job);
        if (exit != ExitCode.Ok)
        {
            var why = job.Held is null ? $"it {JobText.StateWord(job)}" : "its budget is reached";
            var stands = job.Problem?.Message ?? (job.Phase == JobPhase.Closed ? $"{job.Name} {JobText.StateWord(job)}." : $"{job.Name} is not {state}, and goes no further by itself: {why}.");
            return around.Screen.FailAfterAnswer(new Problem(job.Problem?.Id ?? "job-stands", stands, next.Length > 0 ? next : job.Problem?.Fix ?? $"lodger show {job.Name}", exit));
        }

        if (next.Length > 0)
            around.Screen.Line($"  next: {Terminal.Shown.Text(next)}");
        return exit;
    }

    private static bool IsStoppedUnderIt(JobView job) => job is { Phase: JobPhase.NeedsAttention, HasEnded: false };

    /// <summary>Each state is also passed by what comes after it.</summary>
    private static bool IsThere(JobView job, string state) => state switch
    {
        "running" => job.Phase >= JobPhase.Running && !IsStoppedUnderIt(job),
        "ended" => job.Phase > JobPhase.Ending && !IsStoppedUnderIt(job),
        "verified" => job.Receipt is not null,
        _ => job.Phase == JobPhase.Closed,
    };
}
