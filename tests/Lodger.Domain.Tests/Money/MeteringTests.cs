using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Money;

/// <summary>What a look at the platform writes into the journal, and from which moment on.</summary>
public sealed class MeteringTests
{
    private static readonly Rental Running = Samples.Rental with { StartedAt = Samples.T0 };
    private static readonly Rental Stopped = Running with { Status = RentalStatus.Stopped };

    public static TheoryData<string, JobEvent[], GpuUse> Uses => new()
    {
        { "its command has not begun", Samples.Running[..^1], GpuUse.Start },
        { "its command runs", Samples.Running, GpuUse.Work },
        { "its command is over", [.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, "")], GpuUse.Idle },
        { "the work went on elsewhere", [.. Samples.Running, new MoveDecided(1, "", "", [], Samples.Offer, null, null)], GpuUse.Idle },
        { "it is given up", [.. Samples.Running[..3], new AttemptGivenUp(1, new Problem("unusable", "", "", ExitCode.RentalUnusable))], GpuUse.Idle },
        { "its command hangs", [.. Samples.Running, new StallNoticed(1, TimeSpan.FromHours(1))], GpuUse.Idle },
        { "it cannot be spoken to and may be at work", [.. Samples.Running, new StallNoticed(1, TimeSpan.FromHours(1), StallCause.Unreachable)], GpuUse.Work },
    };

    [Theory]
    [MemberData(nameof(Uses), DisableDiscoveryEnumeration = true)]
    public void What_a_gpu_is_good_for_while_it_bills(string when, JobEvent[] history, GpuUse expected) =>
        News(Samples.Job(history), Running, 60).ShouldHaveSingleItem().Use.ShouldBe(expected, when);

    [Fact]
    public void Of_a_rental_that_was_taken_over_nobody_knows_what_its_gpu_is_good_for()
    {
        var job = Samples.JobOf(Samples.Adopted(new("r1", null, ["/workspace"])));
        News(job, Running, 60).ShouldHaveSingleItem().Use.ShouldBe(GpuUse.Foreign);
        News(job.After(TimeSpan.FromMinutes(1), new JobEnded(1, EndReason.Adopted, null, "")), Running, 60).ShouldHaveSingleItem().Use.ShouldBe(GpuUse.Foreign);
    }

    [Fact]
    public void What_changes_its_use_is_written_though_it_bills_the_same()
    {
        var job = Look(Samples.Job(Samples.Running), Running, 60).After(TimeSpan.FromMinutes(2), new JobEnded(1, EndReason.Exited, 0, ""));
        News(job, Running, 180).ShouldHaveSingleItem().ShouldBe(new MeterRead(1, "r1", Samples.T0.AddSeconds(180), Samples.T0.AddSeconds(180), Rates.Of(Running)!, GpuUse.Idle, null, null));
    }

    [Fact]
    public void Traffic_is_written_each_time_it_comes_to_a_tenth_of_a_cent_more()
    {
        // A gigabyte out costs two cents, and one in costs one.
        var job = Look(Samples.Job(Samples.Running), Running with { UploadedBytes = 5_000_000_000, DownloadedBytes = 7_000_000_000 }, 0);
        News(job, Running with { UploadedBytes = 5_049_999_999, DownloadedBytes = 7_000_000_000 }, 60).ShouldBeEmpty();
        News(job, Running with { UploadedBytes = 5_050_000_000, DownloadedBytes = 7_000_000_000 }, 60).ShouldHaveSingleItem().UploadedBytes.ShouldBe(5_050_000_000);
        News(job, Running with { UploadedBytes = 5_000_000_000, DownloadedBytes = 7_100_000_000 }, 60).ShouldHaveSingleItem().DownloadedBytes.ShouldBe(7_100_000_000);
        News(job, Running with { UploadedBytes = 5_000_000_000, DownloadedBytes = 7_099_999_999 }, 60).ShouldBeEmpty();
        News(job, Running with { UploadedBytes = 5_025_000_000, DownloadedBytes = 7_050_000_000 }, 60).ShouldHaveSingleItem("both together");
        News(job, Running with { UploadedBytes = null, DownloadedBytes = 100 }, 60).ShouldBeEmpty("a counter that was reset, or is not said any more, takes nothing back and adds nothing");

        var unsaid = Look(Samples.Job(Samples.Running), Running, 0);
        News(unsaid, Running with { UploadedBytes = 49_999_999, DownloadedBytes = 0 }, 60).ShouldBeEmpty();
        News(unsaid, Running with { UploadedBytes = 50_000_000, DownloadedBytes = 0 }, 60).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_rental_bills_from_when_it_was_made_and_where_that_is_not_said_from_the_first_look()
    {
        var job = Samples.Job(Samples.Running[..2]);
        News(job, Running with { StartedAt = Samples.T0.AddSeconds(10) }, 60).ShouldHaveSingleItem().MadeAt.ShouldBe(Samples.T0.AddSeconds(10));
        News(job, Running with { StartedAt = null }, 60).ShouldHaveSingleItem().MadeAt.ShouldBe(Samples.T0.AddSeconds(60));
        News(job, Running with { StartedAt = Samples.T0.AddSeconds(90) }, 60).ShouldHaveSingleItem().MadeAt.ShouldBe(Samples.T0.AddSeconds(60), "nothing was made after it was seen");

        // Not seen in the listing before, made after it: its GPU began at some moment in between.
        News(job, Running with { StartedAt = Samples.T0.AddSeconds(10) }, 60, 50).ShouldHaveSingleItem().Before.ShouldBe(Samples.T0.AddSeconds(50));
        News(job, Running with { StartedAt = Samples.T0.AddSeconds(55) }, 60, 50).ShouldHaveSingleItem().Before.ShouldBe(Samples.T0.AddSeconds(55));
    }

    [Theory]
    [InlineData(5400, null, 5400)]
    [InlineData(null, 5400, 5400)]
    [InlineData(5400, 6000, 5400)]
    [InlineData(6000, 5400, 5400)]
    [InlineData(5400, 3600, 5400)]
    [InlineData(null, 7200, 7200)]
    [InlineData(null, 7201, null)]
    [InlineData(null, 3600, null)]
    [InlineData(null, 3000, null)]
    public void A_gpu_is_billed_to_the_second_of_its_destroy_or_of_its_contracts_end_when_that_lies_between_two_looks(int? destroy, int? contractEnd, int? expected)
    {
        var job = Look(Samples.Job(Samples.Running), Running, 0);
        if (destroy is { } asked)
            job = job.After(TimeSpan.FromSeconds(asked), new DestroyIntended(1, "r1", Samples.T0.AddSeconds(asked)));
        var rental = Stopped with { ContractEnd = contractEnd is { } end ? Samples.T0.AddSeconds(end) : null };

        var read = News(job, rental, 7200, 3600).ShouldHaveSingleItem();
        (read.At, read.Before).ShouldBe(expected is { } moment ? (Samples.T0.AddSeconds(moment), Samples.T0.AddSeconds(moment)) : (Samples.T0.AddSeconds(7200), Samples.T0.AddSeconds(3600)));
    }

    [Fact]
    public void Another_change_than_a_gpu_that_stops_billing_is_not_put_at_the_end_of_the_contract()
    {
        (DateTimeOffset, DateTimeOffset?) unseen = (Samples.T0.AddSeconds(7200), Samples.T0.AddSeconds(3600));
        var end = Samples.T0.AddSeconds(5400);
        foreach (var (before, after) in ((Rental, Rental)[])[(Running, Running with { GpuUsdPerHour = 0.6m }), (Stopped, Stopped with { DiskUsdPerHour = 0.03m }), (Stopped, Running)])
        {
            var read = News(Look(Samples.Job(Samples.Running), before, 0), after with { ContractEnd = end }, 7200, 3600).ShouldHaveSingleItem();
            (read.At, read.Before).ShouldBe(unseen);
        }
    }

    [Fact]
    public void What_is_gone_or_was_let_go_is_not_read_any_more()
    {
        var job = Look(Samples.JobOf(Samples.Adopted(new("r1", null, ["/workspace"]))), Running, 0);
        var why = new Problem("rental-released", "", "", ExitCode.Ok);
        News(job, Stopped, 60).ShouldHaveSingleItem();
        News(job.After(TimeSpan.FromMinutes(1), new RentalReleased(1, "r1", "anna", why, Samples.T0)), Stopped, 60).ShouldBeEmpty();
        News(job.After(TimeSpan.FromMinutes(1), new RentalVanished(1, "r1")), Stopped, 60).ShouldBeEmpty();
        News(job.After(TimeSpan.FromMinutes(1), new DestroyConfirmed(1, "r1", null)), Stopped, 60).ShouldBeEmpty();
        News(job, Stopped with { Id = "r2" }, 60).ShouldBeEmpty("another rental");

        var stray = Samples.Job([.. Samples.Running, new StrayFound(1, "r2")]);
        News(stray, Running with { Id = "r2" }, 60).ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.RentalId.ShouldBe("r2"), r => r.Use.ShouldBe(GpuUse.Idle));
        News(stray.After(TimeSpan.FromMinutes(1), new DestroyConfirmed(1, "r2", null)), Running with { Id = "r2" }, 60).ShouldBeEmpty();
    }

    [Fact]
    public void A_second_rental_bills_until_its_own_destroy_was_asked_for()
    {
        var stray = Running with { Id = "r2" };
        var job = Look(Samples.Job([.. Samples.Running, new StrayFound(1, "r2")]), stray, 0).After(TimeSpan.FromHours(1), new DestroyIntended(1, "r2", Samples.T0.AddHours(1)));
        News(job, stray with { Status = RentalStatus.Exited }, 7200, 3000).ShouldHaveSingleItem().At.ShouldBe(Samples.T0.AddHours(1));
    }

    [Fact]
    public void What_is_shown_between_two_writings_has_the_newest_traffic_and_nothing_of_a_rental_that_cannot_be_read()
    {
        var meter = Look(Samples.Job(Samples.Running), Running with { UploadedBytes = 0, DownloadedBytes = 0 }, 0).Current!.Meter!;
        var seen = Running with { UploadedBytes = 40_000_000, DownloadedBytes = 10_000_000 };
        Metering.Live(meter, seen, Samples.T0.AddHours(1)).TotalUsd.ShouldBe(0.41m + 0.0008m + 0.0001m, 0.0000001m);
        Metering.Live(meter, seen with { Status = RentalStatus.Unknown }, Samples.T0.AddHours(1)).TotalUsd.ShouldBe(0.41m, 0.0000001m);
        Metering.Live(meter, null, Samples.T0.AddHours(1)).TotalUsd.ShouldBe(0.41m, 0.0000001m);
        var closed = meter.Close(null, Samples.T0);
        Metering.Live(closed, seen, Samples.T0.AddHours(1)).ShouldBe(closed);
    }

    private static IReadOnlyList<MeterRead> News(JobState job, Rental rental, int second, int? agreed = null) =>
        Metering.News(job, new([rental]), Samples.T0.AddSeconds(second), agreed is { } at ? Samples.T0.AddSeconds(at) : null);

    private static JobState Look(JobState job, Rental rental, int second) =>
        News(job, rental, second).Aggregate(job, (state, read) => state.After(TimeSpan.FromSeconds(second), read));
}
