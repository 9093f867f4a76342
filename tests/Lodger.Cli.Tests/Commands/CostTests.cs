using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Cli.Text;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests.Commands;

public sealed class CostTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_job_is_billed_rental_by_rental_and_held_against_the_platforms_charges()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        stage.IsTerminal = true;

        (await stage.RunAsync("cost", "resnet")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldContain("  try  rental    gpu          GPU time    GPU   disk  traffic  total  now");
        stage.Out.ShouldContain("    1  41200871  1x RTX 4090    11.9 h  $2.50  $0.10   $0.030  $2.63  $0.22/h");
        stage.OutInOneLine.ShouldContain("total $2.63 (GPU $2.50, disk $0.10, up $0.020, down $0.010); plan said $3.10, budget $6.00");
        stage.OutInOneLine.ShouldContain("idle 12 min of GPU for $0.042 after the command was over");
        stage.OutInOneLine.ShouldContain("on demand $4.90 for the same GPU hours");
        stage.OutInOneLine.ShouldContain("bills on $0.22/h GPU and disk, and $0.0050/h traffic as on average so far: $5.40 a day, $37.80 a week, $162.00 a month, $1.35 until the deadline");
        stage.OutInOneLine.ShouldContain("platform 41200871: charged $2.63, as Lodger reckons give or take $0.0010");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task Of_a_rental_that_was_taken_over_no_plan_is_told()
    {
        var adopted = Samples.Home with { ExpectedUsd = null, BudgetUsd = null, Adopts = new("41200871", "by hand", ["/workspace/out"]) };
        await using var server = await FakeServer.StartAsync(stage.Socket, adopted);
        server.Cost = new([Samples.Cost with { ExpectedUsd = null, BudgetUsd = null }], []);
        stage.IsTerminal = true;
        (await stage.RunAsync("cost", "resnet")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("total $2.63 (GPU $2.50, disk $0.10, up $0.020, down $0.010) idle");

        (await stage.RunAsync("gate", "resnet")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.OutInOneLine.ShouldContain("cost so far $0.42.");
        (await stage.RunAsync("show", "resnet")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldNotContain("expected");
        stage.OutInOneLine.ShouldNotContain("plan said");
        JobText.Bill(Samples.Closed with { ExpectedUsd = null }).ShouldBe("Total $3.02 (GPU $2.90, disk $0.10, bandwidth $0.020).");
    }

    [Fact]
    public void A_bill_of_which_the_platform_has_not_said_anything_yet_says_so_and_what_Lodger_reckons()
    {
        var meter = Samples.Closed.Meter with { SoFar = null, SoFarUsd = null };
        JobText.Bill(Samples.Closed with { Meter = meter }).ShouldBe("The platform has not said yet what it charged (plan said $3.10).");
        JobText.Bill(Samples.Closed with { ExpectedUsd = null, Meter = meter with { ReckonedUsd = 2.4m } }).ShouldBe("The platform has not said yet what it charged; Lodger reckons $2.40.");
    }

    [Fact]
    public async Task A_difference_that_nothing_explains_is_shown_and_silence_is_not_agreement()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Cost = new(
            [Samples.Cost with { Rentals = [Samples.RentalCost with { Charged = new Bill(3.5m, 0.1m, 0.02m, 0.01m) }, Samples.RentalCost with { RentalId = "41200872", Charged = null, Now = null }] }],
            [new AccountCost("local", "local marketplace", null, new Problem("no-answer", "The platform did not answer.", "", ExitCode.Unknown))]);
        stage.IsTerminal = true;

        (await stage.RunAsync("cost", "resnet")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("41200871: charged $3.63, Lodger reckons $2.63 give or take $0.0010: $1.00 that nothing explains");
        stage.OutInOneLine.ShouldContain("41200872: does not say what it charged; $2.63 is Lodger's own reckoning");
        stage.OutInOneLine.ShouldContain("bills on unknown: the platform does not show every rental of this job just now");
        stage.OutInOneLine.ShouldContain("local marketplace: The platform did not answer.");
    }

    [Fact]
    public async Task All_jobs_are_a_line_each_with_their_sum_and_the_volumes_that_belong_to_none()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        var volume = new Volume { Id = "88", MachineId = "312", SizeGb = 15, UsdPerHour = 0.002m, UsedBy = [] };
        server.Cost = new([Samples.Cost, Samples.Cost with { Id = "b.1", Name = "bert" }], [new AccountCost("local", "local marketplace", [new VolumeCost(volume, 0.3m)], null)]);
        stage.IsTerminal = true;

        (await stage.RunAsync("cost", "--all")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("resnet running $0.22/h $5.40 $2.63 $4.90 $0.042 agrees local marketplace");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
        stage.OutInOneLine.ShouldContain("all jobs $5.26 so far; now $0.44/h, at this pace $10.80 a day, $75.60 a week, $324.00 a month");
        stage.OutInOneLine.ShouldContain("volume 88, 15 GB on machine 312, used by nothing: $0.0020/h, $1.44 a month, $0.30 so far");
    }

    [Fact]
    public async Task In_json_it_is_the_same_facts()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);

        (await stage.RunAsync("cost", "resnet", "--json")).ShouldBe(ExitCode.Ok);

        var job = JsonDocument.Parse(stage.Out).RootElement.GetProperty("jobs")[0];
        job.GetProperty("total").GetProperty("totalUsd").GetDecimal().ShouldBe(2.63m);
        job.GetProperty("rentals")[0].GetProperty("agreement").GetString().ShouldBe("Agrees");
        job.GetProperty("pace").GetProperty("monthUsd").GetDecimal().ShouldBe(162m);
    }

    [Fact]
    public async Task A_job_that_does_not_exist_has_no_cost()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);

        (await stage.RunAsync("cost", "resnte")).ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task Ps_shows_lodgers_own_reckoning_where_the_platform_says_nothing()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Meter = Samples.Job.Meter with { SoFarUsd = null, ReckonedUsd = 0.5m } });

        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldContain("~$0.50");
    }
}
