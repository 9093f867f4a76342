using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Engine.Jobs;
using Lodger.Server.Api;
using Lodger.Server.Http;
using Lodger.Server.Tests.Stage;
using Lodger.Tests.Shared;

namespace Lodger.Server.Tests;

/// <summary>What is billing while the platform does not answer.</summary>
public sealed class UnseenRentalTests
{
    private static readonly DateTimeOffset T0 = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private static readonly Rates Running = Rates.Of(SampleRental.ByHand)!;

    private static JobState Job(params JobEvent[] more) => JobState.Replay("digits.k3f9qa", [.. new JobEvent[]
    {
        new JobSubmitted(ServerStage.Spec, "stub", "stub", SampleOffer.OnDemand, 0.1m, "/tmp/results", "anna"),
        new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1"), new Rented(1, "r1", false), new RentalChanged(1, "r1", RentalStatus.Running, "running"),
        new MeterRead(1, "r1", T0, null, Running, GpuUse.Start, 0, 0, T0),
    }.Concat(more).Select((e, i) => new JournalEntry(i + 1, T0.AddSeconds(i), e))]);

    private static MeterView Meter(JobState job, Rental? rental = null, bool gone = false) => JobViews.Of(new JobSight(job, new JobLive(), rental, [], T0, gone), T0).Meter;

    [Fact]
    public void It_goes_on_at_the_rate_that_was_seen_last_and_is_never_shown_as_nothing()
    {
        Meter(Job(), SampleRental.ByHand).ShouldSatisfyAllConditions(m => m.GpuUsdPerHour.ShouldBe(0.4m), m => m.DiskUsdPerHour.ShouldBe(0.01m));
        Meter(Job()).ShouldSatisfyAllConditions(m => m.GpuUsdPerHour.ShouldBe(0.4m), m => m.DiskUsdPerHour.ShouldBe(0.01m), m => m.NothingBills.ShouldBeFalse());
        JobViews.Line(new JobSight(Job(), new JobLive(), null, [], T0, RentalGone: false), T0).Meter.GpuUsdPerHour.ShouldBe(0.4m);
        Meter(Job(new MeterRead(1, "r1", T0.AddHours(1), T0, Running with { GpuUsdPerHour = 0, DiskUsdPerHour = 0.03m }, GpuUse.Idle, 0, 0)))
            .ShouldSatisfyAllConditions(m => m.GpuUsdPerHour.ShouldBe(0), m => m.DiskUsdPerHour.ShouldBe(0.03m));
    }

    [Fact]
    public void What_was_just_rented_and_never_seen_bills_its_disk()
    {
        var rented = JobState.Replay("digits.k3f9qa", [.. new JobEvent[]
        {
            new JobSubmitted(ServerStage.Spec, "stub", "stub", SampleOffer.OnDemand with { StorageUsdPerGbMonth = 0.18m }, 0.1m, "/tmp/results", "anna"),
            new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1"), new Rented(1, "r1", false),
        }.Select((e, i) => new JournalEntry(i + 1, T0.AddSeconds(i), e))]);

        Meter(rented).ShouldSatisfyAllConditions(
            m => m.GpuUsdPerHour.ShouldBe(0), m => m.DiskUsdPerHour.ShouldBe(0.18m * ServerStage.Spec.DiskGb / 720), m => m.NothingBills.ShouldBeFalse());
        Meter(rented, gone: true).DiskUsdPerHour.ShouldBe(0);
    }

    [Fact]
    public void What_is_known_to_be_gone_or_was_told_to_go_is_not_reckoned_to_bill()
    {
        Meter(Job(), gone: true).GpuUsdPerHour.ShouldBe(0);
        Meter(Job(new RentalVanished(1, "r1"))).GpuUsdPerHour.ShouldBe(0);
        Meter(Job(new DestroyIntended(1, "r1"))).GpuUsdPerHour.ShouldBe(0);
    }
}
