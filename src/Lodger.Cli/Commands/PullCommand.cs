using System.CommandLine;
using Lodger.Artifacts;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger pull</c>: bring home and verify, again if need be.</summary>
internal static class PullCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        var proxy = new Option<bool>("--over-proxy") { Description = "Also through the platform's slow ssh proxy, when only that reaches the machine and it is more than the platform advises it for" };
        var into = new Option<string?>("--into") { Description = "From a server on another machine: where the results go on this one (default: ./results/NAME)", HelpName = "DIR" };
        return new Verb("pull", "Bring a job's results and checkpoints home and verify them (again); from a server on another machine, what it has proven comes here")
        {
            Examples = ["lodger pull digits", "lodger pull digits --over-proxy", "LODGER_SERVER=https://lab:8443 lodger pull digits --into ./digits --json"],
            Exits = [ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.NotVerified, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Prerequisite],
        }
        .With(name, proxy, into)
        .Does(async (parse, token) =>
        {
            var here = parse.GetValue(into);
            if (here is not null && !around.IsRemote())
                return around.Screen.Fail(new Problem("into-here", "The server of this machine brings results where the job said.", "Leave --into out, or copy them:  lodger copy JOB DIR", ExitCode.BadInput));
            return await around.WithJobAsync(
                parse.GetValue(name),
                async (server, job) =>
                {
                    // What is proven need not come from the machine again.
                    var exit = around.IsRemote() && job.Receipt is not null ? ExitCode.Ok : await PullAsync(around, server, job, parse.GetValue(proxy), token);
                    return around.IsRemote() && exit == ExitCode.Ok ? await FetchAsync(around, server, job, here, token) : exit;
                },
                token);
        });
    }

    private static async Task<ExitCode> FetchAsync(Surroundings around, ServerClient server, JobView job, string? into, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        var wanted = Path.GetFullPath(into ?? Path.Combine("results", NameRules.Job(job.Name) is null ? job.Name : "job"), around.CurrentDirectory);
        if (!(await new ResultsHome(around, server).FetchAsync(job.Id, wanted, cancellationToken)).TryGet(out var here, out var problem))
            return screen.Fail(problem);
        if (screen.IsJson)
            screen.Json(here, CliJson.Default.ResultsHere);
        screen.Line($"{Figures.Of(here.Files, "file")}, {Figures.Bytes(here.Bytes)} in {Shown.Text(here.Directory)}, {(here.Fetched == 0 ? "all here already" : $"{here.Fetched} fetched from the server")}; every hash is what the receipt says.");
        screen.Line($"  next: lodger verify {Shown.Text(here.Directory)}");
        return ExitCode.Ok;
    }

    private static async Task<ExitCode> PullAsync(Surroundings around, ServerClient server, JobView job, bool overProxy, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (job is { Phase: JobPhase.Closed, Receipt: { } proven } && File.Exists(Path.Combine(job.ResultsDirectory, BundleLayout.ReceiptPath)))
        {
            if (screen.IsJson)
                screen.Json(job, ApiJson.Default.JobView);
            screen.Line($"{Shown.Text(job.Name)} is closed, and was brought home: {Figures.Of(proven.Files, "file")}, {Figures.Bytes(proven.Bytes)} in {Shown.Text(job.ResultsDirectory)}. Receipt {Shown.Text(proven.Path)}");
            screen.Line($"  next: lodger verify {Shown.Text(job.ResultsDirectory)}");
            return ExitCode.Ok;
        }

        var asked = await server.PullAsync(job.Id, new PullRequest(around.User, overProxy), cancellationToken);
        if (!asked.IsOk)
            return screen.Fail(asked.Problem);
        var since = asked.Value.LastSequence;
        var watch = new JobWatch(around, server) { Shown = job.LastSequence };
        // An earlier receipt is no answer: what was asked for has not begun when the first thing happens.
        var home = await watch.FollowAsync(
            job.Id,
            j => j.LastSequence > since && j.Work is null && (j.Receipt?.At > (job.Receipt?.At ?? DateTimeOffset.MinValue) || j.Phase is JobPhase.NeedsAttention or JobPhase.Closed),
            cancellationToken);
        if (!home.TryGet(out var now, out var problem))
            return screen.Fail(problem);
        if (now.Receipt is not { } receipt)
            return new Teardown(around, server, watch).Conclude(now);
        if (around.IsRemote())
            return ExitCode.Ok;
        if (screen.IsJson)
            screen.Json(now, ApiJson.Default.JobView);
        screen.Line($"{Figures.Of(receipt.Files, "file")}, {Figures.Bytes(receipt.Bytes)} in {Shown.Text(now.ResultsDirectory)}; {receipt.Loaded} load. Receipt {Shown.Text(receipt.Path)}");
        if (now.NextStep.Length > 0)
            screen.Line($"  next: {Shown.Text(now.NextStep)}");
        return ExitCode.Ok;
    }
}
