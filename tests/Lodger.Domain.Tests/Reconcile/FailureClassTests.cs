using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>What is tried again, what is not, and what a person is told.</summary>
public sealed class FailureClassTests
{
    private static readonly Waits Waits = new();

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static Observation See(TimeSpan at, BoxReport? report = null, params Rental[] rentals) => new()
    {
        Listing = new Listing(rentals.Length == 0 ? [Samples.Rental] : rentals, Samples.T0 + at),
        Report = report,
        ReportAt = report is null ? null : Samples.T0 + at,
    };

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldHaveSingleItem();

    private static Problem? LastWord(BoxReport end, JobSpec? spec = null)
    {
        var job = Samples.Job(spec ?? Samples.Spec, [.. Samples.Running, new RunRestarted(1, 1, null)]);
        var ended = Decide(job, See(Minutes(5), end)).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobEnded>();
        return Closing.Of(job.After(Minutes(5), ended)).Problem;
    }

    private static BoxReport Ended(int code) => new() { Phase = BoxPhase.Ended, Starts = 1, ExitCode = code };

    [Fact]
    public void A_command_that_the_kernel_killed_for_memory_is_told_from_one_that_was_merely_killed()
    {
        var problem = LastWord(Ended(137) with { OomKills = 1 }).ShouldNotBeNull();
        problem.Id.ShouldBe("job-out-of-memory");
        problem.Fix.ShouldContain("cpu_ram");
        LastWord(Ended(137) with { OomKills = 0 })!.Message.ShouldContain("signal 9");
        LastWord(Ended(1) with { OomKills = 2 })!.Message.ShouldContain("2 processes");
    }

    [Fact]
    public void A_full_disk_says_how_much_to_ask_for()
    {
        var problem = LastWord(Ended(1) with { EndedOnFullDisk = true }, Samples.Spec with { DiskGb = 30 }).ShouldNotBeNull();
        problem.Id.ShouldBe("job-disk-full");
        problem.Fix.ShouldContain("disk: 50GB");
    }

    [Theory]
    [InlineData(RentMode.OnDemand)]
    [InlineData(RentMode.Interruptible)]
    [InlineData(RentMode.Auto)]
    public void A_command_that_fails_is_never_run_again_by_itself(RentMode rent)
    {
        var spec = Samples.Spec with { Rent = rent, Checkpoints = ["a.pt"] };
        foreach (var cause in Enum.GetValues<EndCause>())
        {
            var job = Samples.Job(spec, [.. Samples.Running, new JobEnded(1, EndReason.Exited, 137, "", cause), new RentalVanished(1, "r1")]);
            NextRent.IsDue(job, Samples.T0 + Minutes(1), Waits).ShouldBeFalse($"{rent}, {cause}");
        }
    }

    [Fact]
    public void A_container_that_comes_up_again_and_again_without_progress_is_ended()
    {
        var job = Samples.Job(Samples.Running);
        for (var start = 1; start <= RunStage.MaxFruitlessStarts + 1; start++)
            job = job.After(Minutes(start), new RunRestarted(1, start, null));
        Decide(job, See(Minutes(9), new BoxReport { Phase = BoxPhase.Running, Starts = 6 })).ShouldBe(new EndJob(1, EndReason.CrashLoop));
    }

    [Fact]
    public void Restarts_between_which_the_command_got_further_or_was_preempted_are_no_loop()
    {
        var further = Samples.Job(Samples.Running);
        var paused = Samples.Job(Samples.Running);
        for (var start = 1; start <= 20; start++)
        {
            further = further.After(Minutes(start), new RunRestarted(1, start, start * 10));
            paused = paused.After(Minutes(start), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))
                .After(Minutes(start), new RentalChanged(1, "r1", RentalStatus.Running, "running"), new RunRestarted(1, start, null));
        }

        further.Current!.FruitlessStarts.ShouldBe(0);
        paused.Current!.FruitlessStarts.ShouldBe(0);
    }

    [Fact]
    public void A_rental_that_the_work_has_left_and_that_runs_again_is_stopped_and_not_asked_what_the_new_one_holds()
    {
        var job = Samples.Job(
            [.. Samples.Running, new MoveDecided(1, "outbid", "move", [], Samples.Offer, 0.2m, 5), Samples.Receipt(), new RentIntended(2, "offer-2", "lodger/digits.k3f9qa/2"), new Rented(2, "r2", false)]);
        var seen = See(Minutes(20), null, Samples.Rental, Samples.Rental with { Id = "r2", Label = "lodger/digits.k3f9qa/2" });
        Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldContain(a => a is StopRental && ((StopRental)a).RentalId == "r1");
    }

    private static readonly Rental Pulls = Samples.Rental with { Status = RentalStatus.Loading, Evidence = "pulling" };

    private static JobState Booting => Samples.Job([.. Samples.Running[..2], new RentalChanged(1, "r1", RentalStatus.Loading, "pulling")]);

    [Fact]
    public void A_boot_past_its_window_goes_on_while_the_pull_shows_progress_and_is_given_up_when_it_does_not()
    {
        var seen = See(Minutes(8), null, Pulls);
        Decide(Booting, seen with { EvidenceSince = Samples.T0 + Minutes(7.5) }).ShouldBeOfType<Wait>();
        Decide(Booting, seen with { EvidenceSince = Samples.T0 + Minutes(5.5) }).ShouldBeOfType<Record>().Event.ShouldBeOfType<AttemptGivenUp>().Problem.Id.ShouldBe("boot-never-came");
        Decide(Booting, seen).ShouldBeOfType<Record>();
        Decide(Booting, See(Minutes(50), null, Pulls) with { EvidenceSince = Samples.T0 + Minutes(49.9) }).ShouldBeOfType<Record>("it is bounded all the same");
    }

    [Fact]
    public void A_boot_is_not_given_up_on_a_listing_that_was_taken_when_it_had_hardly_begun()
    {
        var seen = See(Minutes(2), null, Pulls);
        Reconciler.Decide(Booting, seen, Samples.T0 + Minutes(40), Waits).ShouldHaveSingleItem().ShouldBeOfType<Wait>("thousands of rentals take longer to list than one to boot");
    }

    private static JobState GivenUp => Booting.After(Minutes(6), new AttemptGivenUp(1, new Problem(NextRent.BootNeverCame, "It never came.", "", ExitCode.RentalUnusable)), new RentalVanished(1, "r1"));

    private static Offer Other(string id, decimal usd, double mbps = 1000, string host = "h2") =>
        Samples.Offer with { Id = id, HostId = host, MachineId = "m" + id, GpuUsdPerHour = usd, DownloadMbps = mbps };

    private static JobAction After(JobState job, TimeSpan at, params Offer[] offers) =>
        Decide(job, new Observation { Listing = new Listing([], Samples.T0 + at), Offers = offers, OffersAt = Samples.T0 + at });

    [Fact]
    public void An_on_demand_rental_that_never_booted_is_replaced_elsewhere_at_about_the_agreed_price()
    {
        After(GivenUp, Minutes(7), Other("dear", 0.6m), Other("good", 0.45m), Other("same-host", 0.4m, host: "h1")).ShouldBeOfType<Rent>().OfferId.ShouldBe("good");
        After(GivenUp, Minutes(7), Other("dear", 0.6m)).ShouldBeOfType<Wait>();
        GivenUp.Phase.ShouldBe(JobPhase.Renting, "the rental is gone, and another is looked for");
        After(GivenUp, Minutes(7), Other("slow", 0.4m, mbps: 100)).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void A_replacement_takes_no_GPU_from_a_bid_of_ones_own()
    {
        var at = Samples.T0 + Minutes(7);
        Rental another = Samples.Rental with { Id = "r9", Label = "lodger/other.k3f9qb/1", MachineId = "mcheap", Interruptible = true };
        var offers = new[] { Other("cheap", 0.3m), Other("good", 0.45m) };
        Decide(GivenUp, new Observation { Listing = new Listing([another], at), Offers = offers, OffersAt = at }).ShouldBeOfType<Rent>().OfferId.ShouldBe("good");
        Decide(GivenUp, new Observation { Listing = new Listing([another with { Interruptible = false }], at), Offers = offers, OffersAt = at }).ShouldBeOfType<Rent>().OfferId.ShouldBe("cheap");
    }

    [Fact]
    public void Replacing_is_bounded_in_number_and_in_time()
    {
        NextRent.IsDue(GivenUp, Samples.T0 + Minutes(17), Waits).ShouldBeFalse();
        After(GivenUp, Minutes(17), Other("good", 0.45m)).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>().Problem!.Id.ShouldBe("boot-never-came");
        var job = GivenUp;
        for (var number = 2; number <= 3; number++)
        {
            job = job.After(
                Minutes(7),
                new RentIntended(number, "o", JobState.LabelFor(job.Id, number), Other($"o{number}", 0.4m)),
                new Rented(number, $"r{number}", false),
                new AttemptGivenUp(number, new Problem(NextRent.BootNeverCame, "It never came.", "", ExitCode.RentalUnusable)),
                new RentalVanished(number, $"r{number}"));
        }

        NextRent.IsDue(job, Samples.T0 + Minutes(8), Waits).ShouldBeFalse();
    }
}
