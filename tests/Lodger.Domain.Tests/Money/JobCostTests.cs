using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Money;

/// <summary>What a person is told that a job cost, and goes on costing.</summary>
public sealed class JobCostTests
{
    private static readonly Rental Rental = Samples.Rental with { StartedAt = Samples.T0, UploadedBytes = 0, DownloadedBytes = 0 };
    private static readonly JobSpec Spec = Samples.Spec with { Deadline = new DeadlineSpec(TimeSpan.FromHours(12), null), BudgetUsd = 9 };

    [Fact]
    public void Everything_that_a_rental_was_charged_for_is_in_the_sum()
    {
        Bill[] parts = [new(1, 0, 0, 0), new(0, 2, 0, 0), new(0, 0, 4, 0), new(0, 0, 0, 8)];
        parts.Select(p => p.TotalUsd).ShouldBe([1m, 2m, 4m, 8m]);
        var sum = parts.Aggregate(Bill.Zero, (a, b) => a.Plus(b)).Plus(new(16, 32, 64, 128));
        sum.ShouldBe(new Bill(17, 34, 68, 136));
        sum.TotalUsd.ShouldBe(255);
        Bill.Of(new Charges("r1", 1, 2, 4, 8)).ShouldBe(new Bill(1, 2, 4, 8));
        new Charges("r1", 1, 2, 4, 8).TotalUsd.ShouldBe(15);
        var meter = Meter.Begin(Samples.T0, new(1, 2, 3, 4)) with { GpuUsd = 1, DiskUsd = 2, UploadUsd = 4, DownloadUsd = 8 };
        Bill.Of(meter).ShouldBe(new Bill(1, 2, 4, 8));
        meter.TotalUsd.ShouldBe(15);
    }

    [Fact]
    public void It_is_the_sum_of_its_rentals_and_names_what_was_planned_and_what_it_may_cost()
    {
        var job = Two();
        var cost = Of(job, [Rental with { Id = "r2" }], Samples.T0.AddHours(4));

        cost.ShouldSatisfyAllConditions(c => c.Name.ShouldBe("digits"), c => c.ExpectedUsd.ShouldBe(0.5m), c => c.BudgetUsd.ShouldBe(9), c => c.Market.ShouldBe("local marketplace"));
        cost.Rentals.Select(r => (r.Attempt, r.RentalId, r.IsStray, r.IsGone)).ShouldBe([(1, "r1", false, true), (2, "r2", false, false)]);
        // The first for two hours of which its command was over for one; the second for two and idle as well.
        cost.GpuTime.ShouldBe(TimeSpan.FromHours(4));
        cost.IdleTime.ShouldBe(TimeSpan.FromHours(3));
        cost.IdleUsd.ShouldBe(1.2m, 0.0000001m);
        cost.Total.TotalUsd.ShouldBe(4 * 0.41m, 0.0000001m);
        cost.OnDemandUsd!.Value.ShouldBe(4 * 0.41m, 0.0000001m);
        Of(Two().After(TimeSpan.FromHours(5), new RentIntended(3, "o", "l"), new Rented(3, "r3", false)), [], Samples.T0.AddHours(4)).OnDemandUsd.ShouldBeNull("of one nothing was seen yet");
    }

    [Fact]
    public void A_rental_that_no_listing_shows_is_reckoned_as_it_was_last_seen_and_said_to_bill_nothing_now()
    {
        var job = Look(Samples.Job(Spec, Samples.Running), Rental, 0);
        var cost = Of(job, [], Samples.T0.AddHours(1));
        cost.Rentals.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Now.ShouldBeNull(), r => r.IsGone.ShouldBeFalse(), r => r.Reckoned!.GpuUsd.ShouldBe(0.4m, 0.0000001m));
        cost.Pace.UsdPerHour.ShouldBe(0);
        Of(job, [Rental], null).Rentals[0].Reckoned!.TotalUsd.ShouldBe(0, "without the platform's time the meter stands where it was read");
        Of(Samples.Job(Spec, Samples.Running[..1]), [Rental], Samples.T0).Rentals.ShouldBeEmpty("nothing is rented");
    }

    [Fact]
    public void Of_a_rental_of_which_nothing_was_seen_nothing_is_claimed()
    {
        var rental = Of(Samples.Job(Samples.Running[..2]), [], Samples.T0).Rentals.ShouldHaveSingleItem();
        rental.ShouldSatisfyAllConditions(
            r => r.Reckoned.ShouldBeNull(), r => r.KnowsTraffic.ShouldBeFalse(), r => r.TrafficUsdPerHour.ShouldBeNull(), r => r.OnDemandUsd.ShouldBeNull(), r => r.DifferenceUsd.ShouldBeNull(),
            r => r.Best.ShouldBeNull(), r => r.GpuTime.ShouldBe(TimeSpan.Zero), r => r.MarginUsd.ShouldBe(0));
    }

    [Fact]
    public void What_was_let_go_is_only_reckoned_because_what_it_bills_since_is_another_s()
    {
        var job = Look(Samples.JobOf(Samples.Adopted(new("r1", null, ["/workspace"]))), Rental, 0);
        job = job.After(TimeSpan.FromHours(1), new RentalReleased(1, "r1", "anna", new Problem("rental-released", "", "", ExitCode.Ok), Samples.T0.AddHours(1)));
        var cost = Of(job, [Rental], Samples.T0.AddHours(9), new Charges("r1", 5, 5, 5, 5));
        cost.ExpectedUsd.ShouldBeNull("nobody planned it");
        cost.Rentals.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.IsGone.ShouldBeTrue(), r => r.Charged.ShouldBeNull(), r => r.Now.ShouldBeNull(), r => r.Best!.TotalUsd.ShouldBe(0.41m, 0.0000001m));
        cost.Pace.UsdPerHour.ShouldBe(0);
    }

    [Theory]
    [InlineData(2, 1, 10)]
    [InlineData(2, 60, 600)]
    [InlineData(12, 1, null)]
    [InlineData(13, 1, null)]
    public void Until_the_deadline_it_costs_the_market_s_hours_and_nothing_is_said_of_one_that_is_past(int hour, double speed, int? hours)
    {
        var job = Look(Samples.Job(Spec, Samples.Running), Rental, 0);
        var pace = JobCost.Of(job, [Rental], null, null, Samples.T0.AddHours(hour), speed, Samples.T0.AddHours(hour)).Pace;
        pace.UntilDeadlineUsd.ShouldBe(hours * 0.41m);
    }

    [Fact]
    public void There_is_no_average_of_traffic_before_any_time_has_passed_or_where_the_platform_says_nothing_of_it()
    {
        var at = Look(Samples.Job(Spec, Samples.Running), Rental with { UploadedBytes = 1_000_000_000 }, 0).Current!.Meter!;
        at.TrafficUsdPerHour.ShouldBeNull();
        at.UpTo(Samples.T0.AddHours(2)).TrafficUsdPerHour.ShouldBe(0.01m);
        (at with { DownloadUsd = 0.04m }).UpTo(Samples.T0.AddHours(2)).TrafficUsdPerHour.ShouldBe(0.03m, "both ways");
        Look(Samples.Job(Spec, Samples.Running), Rental with { UploadedBytes = null }, 0).Current!.Meter!.UpTo(Samples.T0.AddHours(2)).ShouldSatisfyAllConditions(
            m => m.KnowsTraffic.ShouldBeFalse(), m => m.TrafficUsdPerHour.ShouldBeNull());
    }

    [Fact]
    public void Traffic_that_both_know_is_held_against_the_reckoning_too()
    {
        var job = Look(Samples.Job(Spec, Samples.Running), Rental, 0);
        var seen = Rental with { UploadedBytes = 5_000_000_000, DownloadedBytes = 20_000_000_000 };
        RentalCost Charged(decimal up, decimal down) => Of(job, [seen], Samples.T0.AddHours(1), new Charges("r1", 0.4m, 0.01m, up, down)).Rentals.ShouldHaveSingleItem();

        Charged(0.1m, 0.2m).ShouldSatisfyAllConditions(r => r.DifferenceUsd!.Value.ShouldBe(0, 0.0000001m), r => r.Agreement.ShouldBe(Agreement.Agrees));
        Charged(0.4m, 0.3m).ShouldSatisfyAllConditions(r => r.DifferenceUsd!.Value.ShouldBe(0.4m, 0.0000001m), r => r.Agreement.ShouldBe(Agreement.Differs), r => r.Best!.TotalUsd.ShouldBe(1.11m));
        Charged(0, 0).ShouldSatisfyAllConditions(r => r.DifferenceUsd!.Value.ShouldBe(-0.3m, 0.0000001m), r => r.Agreement.ShouldBe(Agreement.Behind), r => r.Best!.TotalUsd.ShouldBe(0.71m, 0.0000001m));
    }

    [Fact]
    public void What_is_kept_back_brings_the_disk_home_and_keeps_it_for_a_week()
    {
        Reserve.Usd(Rental, 20).ShouldBe((0.02m * 20) + (0.01m * 168));
        Reserve.Usd(Samples.Offer, 20).ShouldBe((0.01m * 20) + (0.2m * 20 / 720 * 168), 0.0000001m);
        Reserve.Usd(0.02, 0.01, 20).ShouldBe(2.08, 1e-9, "thousands of offers are weighed by the same rule");
    }

    [Fact]
    public void Spent_is_what_was_charged_for_every_rental_and_of_the_current_one_whichever_is_more()
    {
        var job = Two();
        // The first was never charged for, so far as the platform said: two hours as reckoned. The second stands at its last reading, or now.
        Reserve.SpentUsd(job, null, null).ShouldBe((2 * 0.41m) + 0.41m, 0.0000001m);
        Reserve.SpentUsd(job, null, Samples.T0.AddHours(4)).ShouldBe(4 * 0.41m, 0.0000001m);
        Reserve.SpentUsd(job, new Charges("r2", 0.1m, 0, 0, 0), Samples.T0.AddHours(4)).ShouldBe(4 * 0.41m, 0.0000001m, "it is charged late");
        Reserve.SpentUsd(job, new Charges("r2", 3, 0, 0, 0), Samples.T0.AddHours(4)).ShouldBe((2 * 0.41m) + 3, 0.0000001m);

        var stray = job.After(TimeSpan.FromHours(4), new StrayFound(2, "r3"), new DestroyConfirmed(2, "r3", new Charges("r3", 0.5m, 0, 0, 0)));
        Reserve.SpentUsd(stray, null, Samples.T0.AddHours(4)).ShouldBe((4 * 0.41m) + 0.5m, 0.0000001m);
        var charged = stray.After(TimeSpan.FromHours(5), new DestroyConfirmed(2, "r2", new Charges("r2", 2, 0, 0, 0)));
        Reserve.SpentUsd(charged, new Charges("r2", 9, 0, 0, 0), Samples.T0.AddHours(9)).ShouldBe((2 * 0.41m) + 2.5m, 0.0000001m, "the final figure is the last word");
        // It charges late, and nobody asks once it is gone.
        var late = stray.After(TimeSpan.FromHours(5), new DestroyConfirmed(2, "r2", new Charges("r2", 0.01m, 0, 0, 0)));
        Reserve.SpentUsd(late, null, Samples.T0.AddHours(9)).ShouldBe((2 * 0.41m) + 0.5m + late.Current!.Meter!.TotalUsd - late.Current.Meter.MarginUsd, 0.0000001m);
        (late.Current.Meter.TotalUsd - late.Current.Meter.MarginUsd).ShouldBeGreaterThan(0.2m);
    }

    /// <summary>Two hours on a first rental, the second of them after its command ended; then a second rental, seen at the third hour, which bills from the second.</summary>
    private static JobState Two()
    {
        var job = Look(Samples.Job(Spec, Samples.Running), Rental, 0);
        job = Look(job.After(TimeSpan.FromHours(1), new MoveDecided(1, "", "", [], Samples.Offer, null, null)), Rental, 3600);
        job = job.After(TimeSpan.FromHours(2), new DestroyIntended(1, "r1", Samples.T0.AddHours(2)), new DestroyConfirmed(1, "r1", null, Samples.T0.AddHours(2)));
        job = job.After(TimeSpan.FromHours(2), new RentIntended(2, "offer-1", "lodger/digits.k3f9qa/2"), new Rented(2, "r2", false), new AttemptGivenUp(2, new Problem("unusable", "", "", ExitCode.RentalUnusable)));
        var second = Rental with { Id = "r2", StartedAt = Samples.T0.AddHours(2) };
        return Look(Look(job, second, 7200), second with { UploadUsdPerGb = 0.03m }, 10800);
    }

    private static JobState Look(JobState job, Rental rental, int second) => Metering.News(job, new([rental]), Samples.T0.AddSeconds(second), Samples.T0.AddSeconds(second - 1))
        .Aggregate(job, (state, read) => state.After(TimeSpan.FromSeconds(second), read));

    private static JobCost Of(JobState job, IReadOnlyList<Rental> shown, DateTimeOffset? marketNow, Charges? charges = null) => JobCost.Of(
        job, shown, charges is null ? null : new AccountCharges(new Dictionary<string, Charges> { [charges.RentalId] = charges }, new Dictionary<string, decimal>()), null, marketNow, 1, Samples.T0.AddHours(1));

    [Fact]
    public void What_the_platform_says_now_counts_before_what_it_said_when_the_rental_was_gone()
    {
        var job = Two().After(TimeSpan.FromHours(5), new DestroyConfirmed(2, "r2", new Charges("r2", 2, 0, 0, 0)));
        Of(job, [], Samples.T0.AddHours(9)).Rentals[1].Charged!.TotalUsd.ShouldBe(2);
        Of(job, [], Samples.T0.AddHours(9), new Charges("r2", 3, 0, 0, 0)).Rentals[1].Charged!.TotalUsd.ShouldBe(3);
    }

    [Fact]
    public void A_rental_is_priced_by_the_offer_that_it_was_made_from_and_is_as_uncertain_as_its_meter()
    {
        var job = Samples.Job(Spec, new RentIntended(1, "o2", "lodger/digits.k3f9qa/1", Samples.Offer with { Id = "o2", GpuName = "H100", GpuCount = 2, GpuUsdPerHour = 3 }), new Rented(1, "r1", false));
        job = Look(Look(job, Rental with { Status = RentalStatus.Loading }, 0), Rental, 3600);
        var rental = Of(job, [Rental], Samples.T0.AddHours(2)).Rentals.ShouldHaveSingleItem();
        rental.Gpu.ShouldBe("2x H100");
        rental.MarginUsd.ShouldBe(0.4m * 0.5m / 3600, 0.0000001m);
        rental.OnDemandUsd!.Value.ShouldBe((3m * (3600.5m / 3600)) + 0.02m, 0.0000001m);
    }

    [Fact]
    public void Seen_gone_before_it_was_asked_for_by_the_platforms_clock_leaves_nothing_uncertain()
    {
        var meter = Look(Samples.Job(Spec, Samples.Running), Rental, 0).Current!.Meter!;
        meter.Close(Samples.T0.AddHours(2), Samples.T0.AddHours(1)).ShouldSatisfyAllConditions(m => m.MarginUsd.ShouldBe(0), m => m.GpuUsd.ShouldBe(0.8m, 0.0000001m));
        meter.Close(Samples.T0.AddHours(1), Samples.T0.AddHours(2)).ShouldSatisfyAllConditions(m => m.MarginUsd.ShouldBe(0.41m, 0.0000001m), m => m.GpuUsd.ShouldBe(0.4m, 0.0000001m));
    }
}
