using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger approve</c>: the yes of a script or of a person who read the plan elsewhere.</summary>
internal static class ApproveCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.NamedJob();
        var approval = new Option<string>("--token") { Description = "As shown by  lodger down  or in  show --json; good for exactly that state of things", Required = true, HelpName = "TOKEN" };
        var names = new Option<string[]>("--names") { Description = "The files that only their hash vouches for, each by its name", AllowMultipleArgumentsPerToken = true, HelpName = "FILE" };
        var detach = new Option<bool>("--detach", "-d") { Description = "Do not wait until the rental is gone" };
        return new Verb("approve", "Approve the destroy of a rental whose results are home and verified")
        {
            Examples = ["lodger approve digits --token 3f9a62c01b7d4e55", "lodger approve digits --token 3f9a62c01b7d4e55 --names vocab.bin"],
            Exits = [ExitCode.NotFound, ExitCode.NotVerified, ExitCode.ApprovalNeeded, ExitCode.ServerUnreachable],
        }
        .With(name, approval, names, detach)
        .Does((parse, token) => around.WithJobAsync(
            parse.GetValue(name),
            async (server, job) =>
            {
                if (Teardown.NeedsTerminal(around.Screen, job, job.RentalId) is { } nobody)
                    return around.Screen.Fail(nobody);
                var request = new ApproveRequest(parse.GetValue(approval)!, around.User, parse.GetValue(names) ?? []);
                var approved = await server.ApproveAsync(job.Id, request, token);
                if (!approved.TryGet(out var now, out var problem))
                    return around.Screen.Fail(problem);
                if (!parse.GetValue(detach))
                    return await new Teardown(around, server, new JobWatch(around, server) { Shown = job.LastSequence }).FinishAsync(job.Id, yes: false, token);
                if (around.Screen.IsJson)
                    around.Screen.Json(now, ApiJson.Default.JobView);
                around.Screen.Line("Approved: that rental is asked once more what it holds, and destroyed.");
                return ExitCode.Ok;
            },
            token));
    }
}
