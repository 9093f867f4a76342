using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
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
        return new Verb("pull", "Bring a job's results and checkpoints home and verify them (again)")
        {
            Examples = ["lodger pull digits", "lodger pull digits --over-proxy"],
            Exits = [ExitCode.NotFound, ExitCode.NotVerified, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(name, proxy)
        .Does((parse, token) => around.WithJobAsync(parse.GetValue(name), (server, job) => PullAsync(around, server, job, parse.GetValue(proxy), token), token));
    }

    private static async Task<ExitCode> PullAsync(Surroundings around, ServerClient server, JobView job, bool overProxy, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
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
        if (screen.IsJson)
            screen.Json(now, ApiJson.Default.JobView);
        screen.Line($"{Figures.Of(receipt.Files, "file")}, {Figures.Bytes(receipt.Bytes)} in {Shown.Text(now.ResultsDirectory)}; {receipt.Loaded} load. Receipt {Shown.Text(receipt.Path)}");
        if (now.NextStep.Length > 0)
            screen.Line($"  next: {Shown.Text(now.NextStep)}");
        return ExitCode.Ok;
    }
}
