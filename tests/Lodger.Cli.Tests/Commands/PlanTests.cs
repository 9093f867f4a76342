using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Doctor;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Prospects;

namespace Lodger.Cli.Tests.Commands;

/// <summary>What is shown before anybody pays.</summary>
public sealed class PlanTests : IDisposable
{
    private readonly TestStage stage = new();

    public PlanTests() => stage.Write("job.yaml", Samples.Yaml);

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task The_plan_shows_offers_dangers_and_what_happens_without_you_before_it_asks()
    {
        stage.Time = new MorningClock();
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Answers = "n\n";

        (await stage.RunAsync("run", "job.yaml")).ShouldBe(ExitCode.ApprovalNeeded);

        stage.Out.ShouldContain("  18822101  SE  RTX 4090   0.998  0.21  2 min  $0.10  $3.10  19:02");
        stage.Out.ShouldContain("<- chosen");
        stage.Out.ShouldContain("bandwidth");
        stage.Out.ShouldContain("Assumed: priced for one hour of work");
        stage.Out.ShouldContain("Before you pay:");
        stage.Out.ShouldContain("If you close the laptop: the run goes on");
        stage.Out.ShouldContain("At the end Lodger asks before it destroys");
        stage.Out.ShouldContain("Rent 18822101 for about $3.10 ($0.21/h, no budget)? [y/N]");
        stage.Out.ShouldContain("Nothing was rented.");
        server.Submitted.ShouldBeNull();
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task An_explained_plan_shows_each_part_why_the_cheapest_hour_lost_what_ends_too_soon_and_the_disk()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        var best = Samples.Plan.Plan.Offers[0] with { InUsd = 0.02m, MirrorUsd = 0.03m, OutUsd = 0.05m, ReworkUsd = 0.2m };
        var cheap = best with { Offer = Samples.Offer with { Id = "18701444", GpuUsdPerHour = 0.11m }, GpuUsd = 1.1m, ReworkUsd = 0.1m, TransferUsd = 4.1m, OutUsd = 4.05m, WhyNot = "bandwidth" };
        server.Plan = Samples.Plan with
        {
            Plan = new JobPlan([best, cheap], []) { LeftOut = [new LeftOut(Samples.Offer with { Id = "5" }, "its contract ends in 3 h, and the job needs 11 h")], Disk = new DiskNeed(10, 0, 3, 0.5, 1, 3) },
        };
        stage.IsTerminal = true;

        (await stage.RunAsync("plan", "job.yaml", "--explain")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("18822101 $2.70 $0.20 $0.10 $0.020 $0.030 $0.050 $3.10");
        stage.OutInOneLine.ShouldContain("Why not the cheapest hour: 18701444 costs $0.110/h and not $0.210/h, and $2.20 more in all: results out +$4.00, work done again -$0.10, GPU -$1.70");
        stage.OutInOneLine.ShouldContain("Left out: 5: its contract ends in 3 h, and the job needs 11 h");
        stage.OutInOneLine.ShouldContain("Disk: about 15.5 GB of 40 GB (image 10, code and data 0, checkpoints 3 x 0.5, results 1, caches 3)");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task A_plan_says_that_it_spares_bids_of_ones_own_and_where_it_cannot()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Plan = Samples.Plan with { Plan = Samples.Plan.Plan with { LeftOut = [new LeftOut(Samples.Offer with { Id = "5" }, OwnBids.Why)] } };
        (await stage.RunAsync("plan", "job.yaml")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("Left out: 1 offer where a bid of this account runs on its machine, and renting there would take its GPU (--explain names them)");
        stage.OutInOneLine.ShouldNotContain("cannot be done on");

        server.Plan = Samples.Plan with { Plan = Samples.Plan.Plan with { BeatsOwnBid = true } };
        (await stage.RunAsync("plan", "job.yaml")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("!! Nothing else fits than machines on which a bid of this account runs");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plan_shows_what_each_strategy_leads_to_and_money_against_time(bool ascii)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        Prospect Of(Strategy strategy, decimal usd, double? late, HoursSpread finish, bool yours = false) =>
            new(strategy, new(usd, usd + 1, usd + 2, usd + 1), finish, late, 0.2, 1.5, yours);
        server.Plan = Samples.Plan with
        {
            Prospects = new(1, 400, 10, 14, 6, [Of(Strategy.OnDemand, 4, 0, new(10.1, 10.1, 10.1)), Of(Strategy.BidAndWait, 2, 0.003, new(11, 60, null)), Of(Strategy.BidAndMove, 0.0042m, 0, new(5, 5, 5)), Of(Strategy.Auto, 2.5m, 0, new(10.8, 12.2, 13), yours: true)],
            [
                new(Strategy.OnDemand, null, 10.06, 3.76m, "18822101"), new(Strategy.Auto, 12, 11.55, 2.92m, null), new(Strategy.Auto, 12.1, 11.56, 2.91m, null), new(Strategy.Auto, null, 50, 2.21m, null),
            ],
            ["bids are lost as elsewhere"]),
        };
        stage.IsTerminal = true;
        stage.IsAscii = ascii;

        (await stage.RunAsync("plan", "job.yaml", "--seed", "7")).ShouldBe(ExitCode.Ok);

        server.Planned.ShouldNotBeNull().ProspectsSeed.ShouldBe(7);
        stage.OutInOneLine.ShouldContain("To the end, 10 h of work, deadline in 14 h, budget $6.00");
        stage.OutInOneLine.ShouldContain("on-demand 4.00 5.00 6.00 10.1 h 10.1 h 10.1 h 0 % 20 %");
        stage.OutInOneLine.ShouldContain("bid, wait 2.00 3.00 4.00 11 h 2.5 d open <1 % 20 %");
        stage.OutInOneLine.ShouldContain("bid, move 0.0042 1.00 2.00 5 h", customMessage: "no money is shown as none");
        stage.OutInOneLine.ShouldContain("auto 2.50 3.50 4.50 10.8 h 12.2 h 13 h 0 % 20 % <- yours");
        stage.OutInOneLine.ShouldContain("a on-demand, offer 18822101 $3.76 10.1 h b auto, deadline 12 h $2.92 11.6 h");
        stage.OutInOneLine.ShouldContain("Simulated: bids are lost as elsewhere");
        var lines = stage.Out.Split('\n');
        lines.ShouldAllBe(l => l.Length <= 80);
        var top = Array.FindIndex(lines, l => l.StartsWith(ascii ? "  $3.76 +a" : "  $3.76 ┤a", StringComparison.Ordinal));
        top.ShouldBePositive(stage.Out);
        lines.ShouldContain(l => l.Contains("bc", StringComparison.Ordinal), "two that fall together stand side by side");
        lines[top + 7].ShouldStartWith(ascii ? "  $2.21 +" : "  $2.21 ┤");
        lines[top + 7].ShouldEndWith("d");
        if (ascii)
            lines[top..(top + 10)].ShouldAllBe(l => l.All(char.IsAscii));
    }

    [Fact]
    public async Task What_the_doctor_found_is_shown_and_an_error_rents_nothing_until_a_person_accepts_it()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Plan = Samples.Plan with
        {
            Findings =
            [
                new Finding("VAST5", Severity.Error, Moment.Preflight, "CUDA is newer", "the image brings CUDA 12.8, the driver supports 12.4", "CUDA comes with the image.", "lodger offers 'cuda_max_good>=12.8'"),
                new Finding("VAST7", Severity.Warning, Moment.Preflight, "The host may vanish", "not verified", "It is a market.", "lodger plan job.yaml"),
            ],
        };
        stage.Answers = "y\ny\n";

        (await stage.RunAsync("run", "job.yaml", "--accept", "VAST7")).ShouldBe(ExitCode.Findings);
        server.Submitted.ShouldBeNull();
        stage.OutInOneLine.ShouldContain("ERROR VAST5 CUDA is newer seen the image brings CUDA 12.8, the driver supports 12.4 cause CUDA comes with the image. fix lodger offers 'cuda_max_good>=12.8' or --accept VAST5");
        stage.OutInOneLine.ShouldContain("warning VAST7 The host may vanish");
        stage.Error.ShouldContain("--accept VAST5");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);

        (await stage.RunAsync("plan", "job.yaml")).ShouldBe(ExitCode.Ok);
        (await stage.RunAsync("run", "job.yaml", "--accept", "VAST5")).ShouldBe(ExitCode.Ok);
        server.Submitted.ShouldNotBeNull().Accepted.ShouldBe([new AcceptedFinding("VAST5", "the image brings CUDA 12.8, the driver supports 12.4")]);
    }

    [Fact]
    public async Task When_it_is_done_on_another_day_the_plan_says_on_which()
    {
        stage.Time = new MorningClock();
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Plan = Samples.Plan with { Plan = new JobPlan([Samples.Plan.Plan.Offers[0] with { Work = TimeSpan.FromDays(3) }], []) };
        stage.Write("long.yaml", Samples.Yaml + "abandoned: never\n");
        stage.IsTerminal = true;

        (await stage.RunAsync("plan", "long.yaml")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("$3.10 06-04 09:02");
        stage.OutInOneLine.ShouldContain("the rental bills until you come back (abandoned: never).");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Theory]
    [InlineData("budget: 3\n", "above the budget of $3.00.")]
    [InlineData("budget: 3.15\n", "is kept back to bring a full disk home")]
    public async Task A_plan_that_run_would_refuse_for_its_budget_says_so_and_exits_with_it(string budget, string said)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("small.yaml", Samples.Yaml + budget);

        (await stage.RunAsync("plan", "small.yaml", "--json")).ShouldBe(ExitCode.BudgetReached);

        stage.Out.ShouldContain("\"offers\"", customMessage: "the price is the answer all the same");
        stage.ErrorInOneLine.ShouldContain(said);
        stage.Write("enough.yaml", Samples.Yaml + "budget: 30\n");
        (await stage.RunAsync("plan", "enough.yaml")).ShouldBe(ExitCode.Ok);
    }

    [Fact]
    public async Task A_plan_above_the_budget_rents_nothing()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        stage.Write("small.yaml", Samples.Yaml + "budget: 3\n");

        (await stage.RunAsync("run", "small.yaml", "--yes")).ShouldBe(ExitCode.BudgetReached);

        stage.Error.ShouldContain("above the budget of $3.00.");
        server.Submitted.ShouldBeNull();
    }
}
