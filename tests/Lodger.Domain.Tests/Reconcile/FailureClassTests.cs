using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
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
        var large = Samples.Job(Samples.Spec, [.. Samples.Running, new CheckpointMirrored(1, "a.pt", 15_000_000_000, "aa", 1, "loads")]);
        EndDiagnosis.DiskToAsk(large).ShouldBe(80, "there is to be room for four more");
        EndDiagnosis.DiskToAsk(Samples.Job(Samples.Running)).ShouldBe(30);
    }

    [Theory]
    [InlineData(EndReason.Exited, 137, 1, EndCause.OutOfMemory, "the kernel killed a process of it for want of memory")]
    [InlineData(EndReason.Exited, 137, 0, EndCause.Command, "something killed it (signal 9); no count of the kernel's says that memory ran out")]
    [InlineData(EndReason.Exited, 1, 0, EndCause.Command, "")]
    [InlineData(EndReason.Exited, 0, 1, EndCause.Command, "")]
    [InlineData(EndReason.Stalled, 137, 1, EndCause.Command, "")]
    [InlineData(EndReason.Cancelled, 137, 1, EndCause.Command, "")]
    [InlineData(EndReason.CrashLoop, 137, 1, EndCause.Command, "memory ran out.")]
    [InlineData(EndReason.CrashLoop, 137, 0, EndCause.Command, "no preemption explains it.")]
    public void Why_a_command_ended_is_told_from_what_the_machine_counted_and_of_what_we_ended_nothing_is_looked_for(EndReason reason, int code, int oom, EndCause cause, string detail)
    {
        var job = Samples.Job(Samples.Running);
        if (reason != EndReason.Exited)
            job = job.After(Minutes(4), new EndIntended(1, reason));
        Decide(job, See(Minutes(5), Ended(code) with { OomKills = oom })).ShouldBe(new Record(new JobEnded(1, reason, code, detail, cause)));
    }

    [Fact]
    public void A_full_disk_is_no_cause_of_a_command_that_was_done() =>
        Decide(Samples.Job(Samples.Running), See(Minutes(5), Ended(0) with { EndedOnFullDisk = true })).ShouldBe(new Record(new JobEnded(1, EndReason.Exited, 0, "")));

    [Theory]
    [InlineData(3, EndCause.Command, "", "The job's command exited with 3.")]
    [InlineData(3, EndCause.Command, "it is so", "The job's command exited with 3: it is so.")]
    public void A_failed_command_is_named_by_its_exit_status(int code, EndCause cause, string detail, string said) =>
        EndDiagnosis.Problem(Samples.Job(Samples.Running), new JobEnded(1, EndReason.Exited, code, detail, cause)).Message.ShouldBe(said);

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

    private static JobState Unusable(string id, double mbps = 1000, JobSpec? spec = null) => Samples
        .JobOf(Samples.Submitted(spec) with { Offer = Samples.Offer with { DownloadMbps = mbps } }, Samples.Running[..2])
        .After(Minutes(6), new AttemptGivenUp(1, new Problem(id, "It was no use.", "", ExitCode.RentalUnusable)), new RentalVanished(1, "r1"));

    [Fact]
    public void Only_after_a_boot_that_never_came_the_next_machine_must_have_a_faster_line_or_a_fast_one()
    {
        After(Unusable("rental-differs"), Minutes(7), Other("slow", 0.4m, mbps: 100)).ShouldBeOfType<Rent>().OfferId.ShouldBe("slow");
        JobAction After200(double mbps) => After(Unusable(NextRent.BootNeverCame, 200), Minutes(7), Other("next", 0.4m, mbps));
        After200(201).ShouldBeOfType<Rent>();
        After200(200).ShouldBeOfType<Wait>();
        After(GivenUp, Minutes(7), Other("next", 0.4m, mbps: 500)).ShouldBeOfType<Rent>("so fast a line is not what a boot fails on");
        After(GivenUp, Minutes(7), Other("next", 0.4m, mbps: 499)).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void A_replacement_costs_at_most_a_quarter_more_is_another_machine_and_no_other_job_goes_for_it()
    {
        var job = Unusable("rental-differs");
        var rent = After(job, Minutes(7), Other("next", 0.5m)).ShouldBeOfType<Rent>();
        (rent.Attempt, rent.Offer!.Id, rent.BidUsdPerHour, rent.FromList).ShouldBe((2, "next", null, true));
        After(job, Minutes(7), Other("next", 0.501m)).ShouldBeOfType<Wait>().Why.ShouldBe("It was no use. No other offer fits at about $0.400/h just now.");
        After(job, Minutes(7), Other("next", 0.4m) with { MachineId = "m1" }).ShouldBeOfType<Wait>();
        After(job, Minutes(7), Other("next", 0.4m) with { GpuName = "RTX 3060" }).ShouldBeOfType<Wait>();
        var at = Samples.T0 + Minutes(7);
        Decide(job, new Observation { Listing = new Listing([], at), Offers = [Other("next", 0.4m)], OffersAt = at, Held = new HashSet<string> { "next" } }).ShouldBeOfType<Wait>();
        Decide(job, new Observation { Listing = new Listing([], at), Offers = [Other("next", 0.4m)], OffersAt = at - Waits.OffersValid }).ShouldBeOfType<Rent>();
        Decide(job, new Observation { Listing = new Listing([], at), Offers = [Other("next", 0.4m)], OffersAt = at - Waits.OffersValid - TimeSpan.FromTicks(1) }).ShouldBeOfType<LookForOffers>();
    }

    [Fact]
    public void A_replacement_that_the_budget_does_not_bear_is_not_rented()
    {
        // 20 GB home at $0.01/GB, and a week of a disk of 20 GB at $0.2/GB and month.
        var kept = Reserve.Usd(Samples.Offer, 20);
        After(Unusable("rental-differs", spec: Samples.Spec with { BudgetUsd = kept + 0.01m }), Minutes(7), Other("next", 0.4m)).ShouldBeOfType<Rent>();
        After(Unusable("rental-differs", spec: Samples.Spec with { BudgetUsd = kept }), Minutes(7), Other("next", 0.4m)).ShouldBe(new Record(new BudgetReached(1, 0, kept)));
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
        NextRent.IsDue(GivenUp, Samples.T0 + Minutes(16) - TimeSpan.FromTicks(1), Waits).ShouldBeTrue();
        NextRent.IsDue(GivenUp, Samples.T0 + Minutes(16), Waits).ShouldBeFalse();
        var job = GivenUp;
        for (var number = 2; number <= 3; number++)
        {
            NextRent.IsDue(job, Samples.T0 + Minutes(8), Waits).ShouldBeTrue($"{number} is the {number - 1}. replacement");
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
