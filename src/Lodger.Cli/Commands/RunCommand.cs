using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Profile;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger run</c>: plan, ask, rent, watch, bring home, ask, destroy.</summary>
internal static class RunCommand
{
    public static Verb Make(Surroundings around)
    {
        var source = new SpecSource();
        var account = Shared.Account();
        var any = new Option<bool>("--any-offer") { Description = "Drop the safety filters (verified, reliability, direct ports)" };
        var offer = new Option<string?>("--offer") { Description = "Rent this offer and no other", HelpName = "ID" };
        var into = new Option<string?>("--into") { Description = "Where the results go on this machine (default: ./results/NAME)", HelpName = "DIR" };
        var crlf = new Option<bool>("--fix-crlf") { Description = "Send repaired copies of shell scripts with Windows line ends" };
        var from = new Option<int>("--from") { Description = "Of a sweep: begin with this cell", DefaultValueFactory = _ => 1, HelpName = "CELL" };
        var detach = new Option<bool>("--detach", "-d") { Description = "Submit and return; lodger show JOB says how it stands" };
        var accept = Shared.Accept();
        var proxy = new Option<bool>("--over-proxy") { Description = "Agree that code, checkpoints and results also go through the platform's slow ssh proxy, when only that reaches the machine and it is more than the platform advises it for" };
        var project = new Option<string?>("--project") { Description = "Whose job it is: a token can be limited to a project (default: LODGER_PROJECT, else default)", HelpName = "NAME" };
        var yes = Shared.Yes("Say yes to renting (the destroy is still asked for)");
        return new Verb("run", "Rent a machine, run a job on it, bring the results home, prove them, ask, destroy")
        {
            Examples =
            [
                "lodger run job.yaml",
                "lodger run job.yaml --yes --over-proxy",
                "lodger run --gpu RTX_4090 -- python3 train.py",
                "LODGER_SERVER=https://lab:8443 lodger run job.yaml --account lab",
                "lodger run --gpu RTX_4090 --disk 80GB --results 'out/**' -- python3 train.py",
            ],
            Exits =
            [
                ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.NoMoney, ExitCode.NoOffer, ExitCode.RentalUnusable, ExitCode.JobFailed, ExitCode.NotVerified,
                ExitCode.ApprovalNeeded, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Prerequisite, ExitCode.BudgetReached, ExitCode.Cancelled, ExitCode.Findings,
            ],
        }
        .With([.. source.Symbols, account.Market, account.Account, any, offer, into, crlf, from, detach, accept, proxy, project, yes])
        .Does(async (parse, token) =>
        {
            var screen = around.Screen;
            if (!source.Read(parse, around, ProfileReader.VastAi).TryGet(out var read, out var problem))
                return screen.Fail(problem);
            var spec = read.Spec;
            if (!account.Choose(parse, around).TryGet(out var name, out problem) || !around.Places().TryGet(out var places, out problem))
                return screen.Fail(problem);
            if (!parse.GetValue(yes) && !screen.CanAsk)
                return screen.Fail(new Problem("yes-needed", "Renting costs money and nobody can be asked here.", "Look with  lodger plan , then run again with  --yes", ExitCode.ApprovalNeeded));
            if (NeededPrograms.Missing(around) is { } unable)
                return screen.Fail(unable);
            if (!SecretValues.Of(spec, around, places).TryGet(out var secrets, out problem))
                return screen.Fail(problem);
            if (!(await Preparation.MakeAsync(around, read, parse.GetValue(crlf), mayAsk: true, token)).TryGet(out var ready, out problem))
                return screen.Fail(problem);
            if (spec.Sweep is null && parse.GetResult(from) is { Implicit: false })
                return screen.Fail(new Problem("no-sweep", "--from begins with a cell of a sweep, and this job has none.", "Leave it out, or add  sweep:  to the job.", ExitCode.BadInput));
            if (spec.Sweep is not null && (parse.GetValue(detach) || parse.GetValue(offer) is not null))
                return screen.Fail(new Problem("sweep-needs-watching", "A sweep starts a cell when another has ended and takes an offer for each: --detach and --offer do not go with it.", "Leave them out.", ExitCode.BadInput));
            var wish = new RunWish
            {
                Job = ready,
                Account = name,
                SpecFile = source.FileOf(parse),
                AnyOffer = parse.GetValue(any),
                OfferId = parse.GetValue(offer),
                ResultsDirectory = Path.GetFullPath(parse.GetValue(into) ?? Path.Combine("results", spec.Name), around.CurrentDirectory),
                Secrets = secrets,
                YesToRent = parse.GetValue(yes),
                Accept = parse.GetValue(accept) ?? [],
                OverProxy = parse.GetValue(proxy),
                Project = parse.GetValue(project) ?? around.Variable("LODGER_PROJECT"),
                Detach = parse.GetValue(detach),
            };
            return await around.WithServerAsync(
                server => spec.Sweep is null ? new JobRun(around, server).RunAsync(wish, token) : new SweepRun(around, server).RunAsync(wish, parse.GetValue(from), token), token);
        });
    }
}
