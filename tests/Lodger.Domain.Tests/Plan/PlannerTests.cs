using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;

namespace Lodger.Domain.Tests.Plan;

public sealed class PlannerTests
{
    private static readonly PlanInputs Inputs = new() { ResultBytes = 10_000_000_000 };

    private static JobPlan Make(params Offer[] offers) => Planner.Make(Samples.Spec with { Work = TimeSpan.FromHours(10) }, offers, Inputs);

    [Fact]
    public void Offers_are_ranked_by_the_whole_jobs_cost_and_not_by_the_hour()
    {
        var cheapHour = Samples.Offer with { Id = "cheap-hour", GpuUsdPerHour = 0.3m, UploadUsdPerGb = 1 };
        var plan = Make(cheapHour, Samples.Offer with { Id = "cheap-total" });
        plan.Best!.Offer.Id.ShouldBe("cheap-total");
        plan.Best.WhyNot.ShouldBeEmpty();
        plan.Offers[1].WhyNot.ShouldBe("bandwidth $1.000/GB");
    }

    [Fact]
    public void Each_price_is_work_disk_and_bytes()
    {
        var best = Make(Samples.Offer).Best!;
        best.GpuUsd.ShouldBe(4m);
        best.TransferUsd.ShouldBe(0.1m);
        best.Boot.ShouldBe(TimeSpan.FromSeconds(80));
        best.DiskUsd.ShouldBe(0.2m * 20 / 720 * (decimal)(TimeSpan.FromHours(10) + best.Boot).TotalHours);
        best.TotalUsd.ShouldBe(best.GpuUsd + best.DiskUsd + best.TransferUsd);
    }

    [Fact]
    public void The_reason_against_an_offer_is_its_dearest_difference()
    {
        var plan = Make(
            Samples.Offer with { Id = "a" },
            Samples.Offer with { Id = "b" },
            Samples.Offer with { Id = "c", GpuUsdPerHour = 0.5m },
            Samples.Offer with { Id = "d", StorageUsdPerGbMonth = 90m });
        plan.Offers.Select(p => (p.Offer.Id, p.WhyNot)).ShouldBe([("a", ""), ("b", "same total"), ("c", "$0.500/h GPU"), ("d", "disk $90.00/GB/month")]);
    }

    [Fact]
    public void What_does_not_fit_is_left_out() =>
        Make(
            Samples.Offer with { Id = "name", GpuName = "RTX 3060" },
            Samples.Offer with { Id = "count", GpuCount = 2 },
            Samples.Offer with { Id = "memory", GpuMemoryMb = 12_000 },
            Samples.Offer with { Id = "disk", DiskGb = 19 }).Best.ShouldBeNull();

    [Theory]
    [InlineData(0)]
    [InlineData(1e-300)]
    [InlineData(double.NaN)]
    [InlineData(-5)]
    public void A_nonsensical_bandwidth_is_a_long_boot_and_no_crash(double mbps) =>
        Make(Samples.Offer with { DownloadMbps = mbps }).Best!.Boot.ShouldBeInRange(TimeSpan.FromMinutes(10), TimeSpan.FromDays(2));

    [Fact]
    public void What_was_assumed_is_said()
    {
        var said = Planner.Make(Samples.Spec, [Samples.Offer], Inputs).Assumptions;
        said.ShouldContain(s => s.Contains("one hour"));
        said.ShouldContain(s => s.Contains("no budget"));
        Planner.Make(Samples.Spec with { Work = TimeSpan.FromHours(1), BudgetUsd = 5 }, [], Inputs).Assumptions.ShouldHaveSingleItem();
    }

    [Fact]
    public void The_reserve_pulls_everything_and_keeps_the_disk_a_week() =>
        Reserve.Usd(Samples.Rental, 20).ShouldBe((0.02m * 20) + (0.01m * 168));
}
