using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Engine.Profile;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger plan</c>: what a job would cost where, and what to know before paying. Rents nothing.</summary>
internal static class PlanCommand
{
    public static Verb Make(Surroundings around)
    {
        var source = new SpecSource();
        var account = Shared.Account();
        var any = new Option<bool>("--any-offer") { Description = "Drop the safety filters (verified, reliability, direct ports)" };
        var explain = new Option<bool>("--explain") { Description = "Show each price part by part, and why what is cheaper an hour lost" };
        var accept = Shared.Accept();
        var seed = new Option<int>("--seed") { Description = "Of the simulation behind the strategies; the same seed shows the same figures", HelpName = "N", DefaultValueFactory = _ => 1 };
        return new Verb("plan", "Price a job on what is for rent now, by expected total; rents nothing")
        {
            Examples = ["lodger plan job.yaml", "lodger plan job.yaml --explain", "lodger plan job.yaml --seed 7 --json", "lodger plan --market local --gpu RTX_4090 -- python3 train.py"],
            Exits = [ExitCode.NotFound, ExitCode.NotAuthorized, ExitCode.NoMoney, ExitCode.NoOffer, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.BudgetReached],
        }
        .With([.. source.Symbols, account.Market, account.Account, any, explain, accept, seed])
        .Does(async (parse, token) =>
        {
            var profile = ProfileReader.VastAi;
            if (!source.Read(parse, around, profile).TryGet(out var read, out var wrong))
                return around.Screen.Fail(wrong);
            if (!account.Choose(parse, around).TryGet(out var name, out var problem) || !around.Places().TryGet(out var places, out problem))
                return around.Screen.Fail(problem);
            if (!(await Preparation.MakeAsync(around, read, fixScripts: false, mayAsk: false, token)).TryGet(out var ready, out problem))
                return around.Screen.Fail(problem);
            return await around.WithServerAsync(
                async server =>
                {
                    // Of a sweep one cell is priced, with its share of the budget, as each is when it is rented for.
                    var sweep = ready.Spec.Sweep;
                    if (sweep is not null)
                        ready = ready with { Spec = SweepSpec.Cell(ready.Spec, 1) };
                    var request = new PlanRequest(CodeHandover.Sent(around, ready.Spec), name, parse.GetValue(any), null, ready.Inputs, parse.GetValue(accept), parse.GetValue(seed));
                    if (!(await server.PlanAsync(request, token)).TryGet(out var plan, out var failed))
                        return around.Screen.Fail(failed);
                    if (around.Screen.IsJson)
                        around.Screen.Json(plan, ApiJson.Default.PlanView);
                    else
                        Write(around, ready, plan, profile, parse.GetValue(explain), sweep);
                    // A price can be had for less than it costs and without secrets; a rental cannot.
                    if (plan.Plan.Best is { } best && JobRun.TooDear(ready.Spec, best) is { } refused)
                        return around.Screen.FailAfterAnswer(refused);
                    return SecretValues.Of(ready.Spec, around, places).TryGet(out _, out var missing) ? ExitCode.Ok : around.Screen.FailAfterAnswer(missing);
                },
                token);
        });
    }

    private static void Write(Surroundings around, Preparation job, PlanView plan, PlatformProfile profile, bool explain, SweepSpec? sweep)
    {
        PlanText.Write(around.Screen, job, plan, profile, around.Time, explain);
        if (sweep is not null && plan.Plan.Best is { } best)
            around.Screen.Hang("  Sweep: ", $"{Figures.Of(sweep.Cells.Count, "cell")}, {sweep.Parallel} at a time, about {Figures.Usd(best.TotalUsd * sweep.Cells.Count)} in all; the table is of the first, {job.Spec.Name}.");
        if (plan.Prospects is { } prospects)
            ProspectsText.Write(around.Screen, prospects);
    }
}
