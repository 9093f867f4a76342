using FsCheck;
using FsCheck.Fluent;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;

namespace Lodger.Domain.Tests.Money;

public sealed class MeterTests
{
    private static readonly Rates Running = new(0.4m, 0.01m, 0.02m, 0.01m);
    private static readonly Rates Stopped = Running with { GpuUsdPerHour = 0, DiskUsdPerHour = 0.03m };

    [Theory]
    [InlineData(RentalStatus.Provisioning, 0, 0.01)]
    [InlineData(RentalStatus.Loading, 0, 0.01)]
    [InlineData(RentalStatus.Running, 0.4, 0.01)]
    [InlineData(RentalStatus.Stopped, 0, 0.01)]
    [InlineData(RentalStatus.Preempted, 0, 0.01)]
    [InlineData(RentalStatus.Scheduling, 0, 0.01)]
    [InlineData(RentalStatus.Exited, 0, 0.01)]
    [InlineData(RentalStatus.CannotStart, 0, 0.01)]
    [InlineData(RentalStatus.Offline, 0, 0)]
    public void What_bills_in_each_state(RentalStatus status, double gpu, double disk)
    {
        var rates = Rates.Of(Samples.Rental with { Status = status })!;
        (rates.GpuUsdPerHour, rates.DiskUsdPerHour).ShouldBe(((decimal)gpu, (decimal)disk));
        (rates.UploadUsdPerGb, rates.DownloadUsdPerGb).ShouldBe((0.02m, 0.01m), "bytes bill in every state");
    }

    [Fact]
    public void A_state_that_cannot_be_read_says_nothing_about_money()
    {
        Rates.Of(Samples.Rental with { Status = RentalStatus.Unknown }).ShouldBeNull();
        Look(Rented(), Samples.Rental with { Status = RentalStatus.Unknown }, 60).Current!.Meter.ShouldBeNull();
    }

    [Fact]
    public void The_reckoning_is_never_farther_from_the_truth_than_its_margin_whenever_it_was_looked()
    {
        // Each stretch: how long, and how long after the change it was noticed, as shares of it.
        var stretch = from minutes in Gen.Choose(1, 3000) from late in Gen.Choose(0, 99) from looks in Gen.Choose(0, 3) from state in Gen.Choose(0, 2) select (minutes, late, looks, state);
        Prop.ForAll(stretch.NonEmptyListOf().ToArbitrary(), history =>
        {
            Rates[] states = [Running, Stopped, Running with { GpuUsdPerHour = 0, DiskUsdPerHour = 0 }];
            var now = Samples.T0;
            var meter = Meter.Begin(now, Running);
            DateTimeOffset? agreed = now;
            var truth = 0m;
            var exact = true;
            foreach (var (minutes, late, looks, state) in history)
            {
                var noticed = now.AddMinutes(minutes * late / 100d);
                exact &= agreed == now && noticed == now;
                meter = meter.Read(noticed, agreed, states[state], GpuUse.Work, null, null);
                truth += states[state].UsdPerHour * minutes / 60m;
                now = now.AddMinutes(minutes);
                agreed = looks == 0 ? noticed : noticed + ((now - noticed) * (looks / 3d));
            }

            var reckoned = meter.UpTo(now);
            var wrong = Math.Abs(reckoned.TotalUsd - truth);
            return wrong <= reckoned.MarginUsd + 0.0000001m && (!exact || wrong < 0.0000001m);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Looking_once_or_a_thousand_times_comes_to_the_same()
    {
        var often = Meter.Begin(Samples.T0, Running).Read(Samples.T0, null, Running, GpuUse.Work, 0, 0);
        var seldom = often;
        for (var i = 1; i <= 1000; i++)
            often = often.Read(Samples.T0.AddMinutes(i), Samples.T0.AddMinutes(i - 1), Running, GpuUse.Work, i * 1_000_000L, i);
        seldom = seldom.Read(Samples.T0.AddMinutes(1000), null, Running, GpuUse.Work, 1_000_000_000, 1000);

        often.TotalUsd.ShouldBe(seldom.TotalUsd, 0.0000000001m);
        (often.MarginUsd, seldom.MarginUsd).ShouldBe((0m, 0m));
        often.UploadUsd.ShouldBe(0.02m);
    }

    [Fact]
    public void A_counter_that_was_reset_counts_on_and_takes_nothing_back()
    {
        var meter = Meter.Begin(Samples.T0, Running).Read(Samples.T0, null, Running, GpuUse.Work, 2_000_000_000, 0);
        meter = meter.Read(Samples.T0, null, Running, GpuUse.Work, 0, 0).Read(Samples.T0, null, Running, GpuUse.Work, 1_000_000_000, 0);
        meter.UploadUsd.ShouldBe(0.06m);
    }

    [Fact]
    public void Traffic_that_the_platform_does_not_say_once_is_not_paid_twice_when_it_says_it_again()
    {
        var meter = Meter.Begin(Samples.T0, Running).Read(Samples.T0, null, Running, GpuUse.Work, 2_000_000_000, 3_000_000_000);
        meter = meter.Read(Samples.T0, null, Running, GpuUse.Work, null, null);
        (meter.UploadedBytes, meter.DownloadedBytes).ShouldBe((2_000_000_000, 3_000_000_000));
        meter = meter.Read(Samples.T0, null, Running, GpuUse.Work, 2_000_000_000, 4_000_000_000);
        (meter.UploadUsd, meter.DownloadUsd).ShouldBe((0.04m, 0.04m));
    }

    [Fact]
    public void From_the_platforms_answers_alone_a_rental_is_metered_from_its_making_to_its_end()
    {
        var loading = Samples.Rental with { Status = RentalStatus.Loading, StartedAt = Samples.T0, UploadedBytes = 0, DownloadedBytes = 0 };
        var job = Look(Rented(), loading, 0);
        job = Look(job, loading with { Status = RentalStatus.Running }, 600, 590);
        job = Look(job, loading with { Status = RentalStatus.Running, UploadedBytes = 1_000_000_000, DownloadedBytes = 2_000_000_000 }, 4200, 4190);
        job = Look(job, loading with { Status = RentalStatus.Stopped, DiskUsdPerHour = 0.02m, UploadedBytes = 1_000_000_000, DownloadedBytes = 2_000_000_000 }, 4210, 4210);
        job = job.After(TimeSpan.FromHours(2), new DestroyIntended(1, "r1", Samples.T0.AddSeconds(7810)), new DestroyConfirmed(1, "r1", null, Samples.T0.AddSeconds(7812)));

        var meter = job.Current!.Meter!;
        // GPU from second 595 (seen between 590 and 600) to second 4210.
        meter.GpuUsd.ShouldBe(0.4m * 3615 / 3600, 0.0000001m);
        meter.DiskUsd.ShouldBe((0.01m * 4210 / 3600) + (0.02m * 3600 / 3600), 0.0000001m);
        (meter.UploadUsd, meter.DownloadUsd).ShouldBe((0.02m, 0.02m));
        meter.MarginUsd.ShouldBe((0.4m * 5 / 3600) + (0.02m * 2 / 3600), 0.0000001m);
        meter.IsClosed.ShouldBeTrue();
        meter.UpTo(Samples.T0.AddDays(9)).ShouldBe(meter, "what is gone bills nothing");
    }

    [Fact]
    public void The_end_of_a_contract_is_known_to_the_second_however_late_it_is_seen()
    {
        var rental = Samples.Rental with { StartedAt = Samples.T0, ContractEnd = Samples.T0.AddHours(3) };
        var job = Look(Look(Rented(), rental, 0), rental with { Status = RentalStatus.Stopped }, 20_000, 3600);
        job.Current!.Meter!.UpTo(Samples.T0.AddHours(5)).GpuUsd.ShouldBe(1.2m, 0.0000001m);
        job.Current.Meter!.MarginUsd.ShouldBe(0);
    }

    [Fact]
    public void A_gpu_bills_until_its_destroy_was_asked_for_however_long_the_platform_goes_on_showing_it()
    {
        var job = Look(Rented(), Samples.Rental with { StartedAt = Samples.T0 }, 0).After(TimeSpan.FromHours(1), new DestroyIntended(1, "r1", Samples.T0.AddHours(1)));
        job = Look(job, Samples.Rental with { Status = RentalStatus.Exited }, 3700, 3590);
        job = job.After(TimeSpan.FromHours(2), new DestroyConfirmed(1, "r1", null, Samples.T0.AddSeconds(3710)));
        job.Current!.Meter!.GpuUsd.ShouldBe(0.4m, 0.0000001m);

        // Seen running after it had been asked for: that call was lost, and the GPU billed on.
        job = Look(Rented(), Samples.Rental with { StartedAt = Samples.T0 }, 0).After(TimeSpan.FromHours(1), new DestroyIntended(1, "r1", Samples.T0.AddHours(1)));
        Look(job, Samples.Rental with { Status = RentalStatus.Stopped }, 7200, 7200).Current!.Meter!.GpuUsd.ShouldBe(0.8m, 0.0000001m);
    }

    [Fact]
    public void Nothing_is_written_while_nothing_changes()
    {
        var job = Look(Rented(), Samples.Rental, 0);
        Metering.News(job, new([Samples.Rental]), Samples.T0.AddDays(30), Samples.T0.AddDays(29)).ShouldBeEmpty();
        Metering.News(job, new([Samples.Rental with { GpuUsdPerHour = 0.5m }]), Samples.T0, null).ShouldBeEmpty("a listing that is no newer than what is written says nothing");
        Metering.News(job, new([Samples.Rental with { GpuUsdPerHour = 0.5m }]), Samples.T0.AddDays(1), null).ShouldHaveSingleItem();
        Metering.News(job, new([]), Samples.T0.AddDays(1), null).ShouldBeEmpty();
    }

    [Fact]
    public void A_gpu_that_bills_after_the_command_is_over_is_idle()
    {
        var job = Look(Samples.Job(Samples.Running), Samples.Rental with { StartedAt = Samples.T0 }, 0);
        job = job.After(TimeSpan.FromHours(1), new JobEnded(1, EndReason.Exited, 0, ""));
        job = Look(job, Samples.Rental, 3600, 3599);
        job = Look(job, Samples.Rental with { Status = RentalStatus.Stopped }, 5400, 5400);

        var meter = job.Current!.Meter!;
        (meter.GpuTime, meter.IdleTime).ShouldBe((TimeSpan.FromMinutes(90), TimeSpan.FromMinutes(30)));
        meter.IdleUsd.ShouldBe(0.2m, 0.0000001m);
        Cost(job, null).IdleUsd.ShouldBe(0.2m, 0.0000001m);
        meter.UpTo(Samples.T0.AddDays(9)).ShouldSatisfyAllConditions(m => m.GpuTime.ShouldBe(TimeSpan.FromMinutes(90), "stopped, its GPU bills nothing"), m => m.IdleTime.ShouldBe(TimeSpan.FromMinutes(30)));
    }

    [Fact]
    public void A_rental_that_was_believed_gone_and_is_shown_again_goes_on_billing()
    {
        var job = Look(Rented(), Samples.Rental with { StartedAt = Samples.T0 }, 0);
        job = job.After(TimeSpan.FromHours(1), new DestroyIntended(1, "r1", Samples.T0.AddHours(1)), new DestroyConfirmed(1, "r1", null, Samples.T0.AddHours(1)));
        job = job.After(TimeSpan.FromHours(2), new RentalChanged(1, "r1", RentalStatus.Running, "back"));
        Look(job, Samples.Rental, 7200).Current!.Meter!.GpuUsd.ShouldBe(0.8m, 0.0000001m);
    }

    [Fact]
    public void A_charge_of_nothing_for_what_billed_is_one_that_is_still_to_come()
    {
        var job = Look(Rented(), Samples.Rental with { StartedAt = Samples.T0 }, 0);
        job = Look(job, Samples.Rental with { StartedAt = Samples.T0 }, 3600);
        JobState Gone(decimal charged) => job.After(TimeSpan.FromHours(1), new DestroyConfirmed(1, "r1", new Charges("r1", charged, 0, 0, 0), Samples.T0.AddHours(1)));

        Gone(0).Current!.FinalCharges.ShouldBeNull();
        var rental = Cost(Gone(0), null).Rentals.ShouldHaveSingleItem();
        (rental.Charged, rental.Agreement).ShouldBe((null, Agreement.NotSaid));
        Reserve.SpentUsd(Gone(0), null, null).ShouldBe(rental.Reckoned!.TotalUsd);
        Gone(0.3m).Current!.FinalCharges!.TotalUsd.ShouldBe(0.3m);
        Rented().After(TimeSpan.FromHours(1), new DestroyConfirmed(1, "r1", new Charges("r1", 0, 0, 0, 0), Samples.T0.AddHours(1))).Current!.FinalCharges.ShouldNotBeNull("nothing was seen to bill");
    }

    [Fact]
    public void A_second_rental_of_one_attempt_is_on_the_bill_too()
    {
        var job = Samples.Job([.. Samples.Running, new StrayFound(1, "r2")]);
        var stray = Samples.Rental with { Id = "r2", StartedAt = Samples.T0 };
        foreach (var read in Metering.News(job, new([Samples.Rental with { StartedAt = Samples.T0 }, stray]), Samples.T0.AddHours(1), Samples.T0))
            job = job.After(TimeSpan.FromHours(1), read);
        job = job.After(TimeSpan.FromHours(2), new DestroyConfirmed(1, "r2", new Charges("r2", 0.1m, 0, 0, 0), Samples.T0.AddHours(2)));

        var cost = Cost(job, null);
        cost.Rentals.Select(r => (r.RentalId, r.IsStray, r.IsGone)).ShouldBe([("r1", false, false), ("r2", true, true)]);
        cost.Rentals[1].Charged!.TotalUsd.ShouldBe(0.1m);
        cost.Rentals[1].Reckoned!.DiskUsd.ShouldBe(0.02m, 0.0000001m);
    }

    [Theory]
    [InlineData(0.82, false, Agreement.Agrees)]
    [InlineData(0.825, false, Agreement.Agrees)]
    [InlineData(0.83, true, Agreement.Agrees)]
    [InlineData(0.5, false, Agreement.Behind)]
    [InlineData(0.5, true, Agreement.Differs)]
    [InlineData(0.9, false, Agreement.Differs)]
    public void The_platforms_charges_are_held_against_the_reckoning_and_a_difference_is_shown(double charged, bool gone, Agreement expected)
    {
        var job = Look(Rented(), Samples.Rental with { StartedAt = Samples.T0 }, 0);
        if (gone)
            job = job.After(TimeSpan.FromHours(2), new DestroyIntended(1, "r1", Samples.T0.AddHours(2)), new DestroyConfirmed(1, "r1", null, Samples.T0.AddHours(2)));
        var rental = Cost(job, new Charges("r1", (decimal)charged - 0.02m, 0.02m, 0.5m, 0)).Rentals.ShouldHaveSingleItem();

        rental.Agreement.ShouldBe(expected);
        rental.DifferenceUsd!.Value.ShouldBe((decimal)charged - 0.82m, 0.0000001m, "traffic that Lodger cannot see is no difference");
        Cost(job, null).Rentals[0].Agreement.ShouldBe(Agreement.NotSaid);
        Cost(Rented(), new Charges("r1", 1, 0, 0, 0)).Rentals[0].Agreement.ShouldBe(Agreement.NotMetered);
    }

    [Fact]
    public void The_pace_says_what_a_day_a_week_a_month_and_the_time_to_the_deadline_cost()
    {
        var spec = Samples.Spec with { Deadline = new Lodger.Domain.Spec.DeadlineSpec(TimeSpan.FromHours(12), null) };
        var rental = Samples.Rental with { StartedAt = Samples.T0, UploadedBytes = 0, DownloadedBytes = 0 };
        var job = Look(Samples.Job(spec, Samples.Running), rental, 0);
        var pace = JobCost.Of(job, [rental with { UploadedBytes = 5_000_000_000 }], null, null, Samples.T0.AddHours(2), 1, Samples.T0.AddHours(2)).Pace;

        (pace.UsdPerHour, pace.TrafficUsdPerHour).ShouldBe((0.41m, 0.05m));
        (pace.DayUsd, pace.WeekUsd, pace.MonthUsd).ShouldBe((0.46m * 24, 0.46m * 168, 0.46m * 720));
        pace.UntilDeadlineUsd.ShouldBe(4.6m);
    }

    [Fact]
    public void On_demand_is_the_same_hours_at_the_offers_own_price()
    {
        var job = Samples.JobOf(
            Samples.Submitted() with { BidUsdPerHour = 0.1m }, new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, 0.1m), new Rented(1, "r1", false));
        job = Look(job, Samples.Rental with { StartedAt = Samples.T0, GpuUsdPerHour = 0.1m }, 0);
        var rental = Cost(job, null).Rentals[0];
        (rental.BidUsdPerHour, rental.Reckoned!.GpuUsd, rental.OnDemandUsd).ShouldBe((0.1m, 0.2m, 0.82m));
    }

    private static JobState Rented() => Samples.Job(Samples.Running[..2]);

    private static JobState Look(JobState job, Rental rental, int second, int? agreed = null) =>
        Metering.News(job, new([rental]), Samples.T0.AddSeconds(second), agreed is { } at ? Samples.T0.AddSeconds(at) : null)
            .Aggregate(job, (state, read) => state.After(TimeSpan.FromSeconds(second), read));

    /// <summary>Two hours after everything began.</summary>
    private static JobCost Cost(JobState job, Charges? charges) => JobCost.Of(
        job,
        [Samples.Rental],
        charges is null ? null : new AccountCharges(new Dictionary<string, Charges> { ["r1"] = charges }, new Dictionary<string, decimal>()),
        Samples.T0,
        Samples.T0.AddHours(2),
        1,
        Samples.T0.AddHours(2));
}
