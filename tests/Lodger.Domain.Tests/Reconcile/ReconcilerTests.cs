using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>Histories that once billed for ever, forgot a rental, or never ended.</summary>
public sealed class ReconcilerTests
{
    private static readonly Waits Waits = new();
    private static readonly Problem Silent = new("box-unreachable", "No answer.", "", ExitCode.Unknown, MayRetry: true);

    private static Observation See(TimeSpan at, params Rental[] rentals) => new() { Listing = new Listing(rentals, Samples.T0 + at) };

    private static Observation SeeNothing(TimeSpan at) => new() { Listing = Listing.Unknown(Samples.T0 + at) };

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldHaveSingleItem();

    private static Rental Labelled(string id, int attempt = 1, RentalStatus status = RentalStatus.Running) =>
        Samples.Rental with { Id = id, Label = JobState.LabelFor("digits.k3f9qa", attempt), Status = status };

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    [Fact]
    public void The_first_rent_waits_until_the_platform_can_be_read()
    {
        Decide(Samples.Job(), SeeNothing(Minutes(1))).ShouldBeOfType<Wait>();
        Decide(Samples.Job(), See(Minutes(1))).ShouldBeOfType<Rent>().Label.ShouldBe("lodger/digits.k3f9qa/1");
    }

    [Fact]
    public void A_platform_that_stays_silent_closes_a_job_that_never_rented() =>
        Decide(Samples.Job(), SeeNothing(Minutes(11))).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>().Problem!.ExitCode.ShouldBe(ExitCode.Unknown);

    [Fact]
    public void A_fresh_rental_that_is_not_shown_yet_has_not_vanished()
    {
        var job = Samples.Job(Samples.Running[..2]);
        Decide(job, See(Minutes(1)) with { Gone = new HashSet<string> { "r1" } }).ShouldBeOfType<Wait>();
        Decide(job, SeeNothing(Minutes(9)) with { Gone = new HashSet<string> { "r1" } }).ShouldBeOfType<Wait>();
        Decide(job, See(Minutes(9)) with { Gone = new HashSet<string> { "r1" } }).ShouldBeOfType<Record>().Event.ShouldBeOfType<RentalVanished>();
    }

    /// <summary>Moved from r1 to r2 on the same machine; r2 is ready for its payload.</summary>
    private static JobState Moved(JobSpec spec, params JobEvent[] ofTheOld)
    {
        var beside = Samples.Offer with { Id = "beside" };
        return Samples.Job(spec, [
            .. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"), new MoveDecided(1, "taken", "", [], beside, 0.2m, 40), .. ofTheOld,
            new RentIntended(2, "beside", "lodger/digits.k3f9qa/2", beside, 0.2m), new Rented(2, "r2", false), new RentalChanged(2, "r2", RentalStatus.Running, "running"),
            new BoxReached(2, "127.0.0.1", 2, false), new RoundTripProved(2, "abc", 1024)]);
    }

    private static JobAction NextOf(JobState job) => Both(job)[^1];

    private static JobAction OfTheOld(JobState job) => Both(job)[0];

    private static IReadOnlyList<JobAction> Both(JobState job)
    {
        Rental[] both = [Labelled("r1", 1, RentalStatus.Preempted) with { MachineId = "m1" }, Labelled("r2", 2) with { Interruptible = true, GpuUsdPerHour = 0.2m }];
        return Reconciler.Decide(job, See(Minutes(1), both), Samples.T0 + Minutes(1), Waits);
    }

    [Fact]
    public void A_stop_that_is_asked_for_more_often_than_the_listing_is_read_is_seen_all_the_same()
    {
        var job = Samples.Job(Samples.Finished);
        var first = Samples.T0 + Minutes(60);
        for (var i = 0; i < 4; i++)
            job = job.Apply(new JournalEntry(job.LastSequence + 1, first + Minutes(2 * i), new StopIntended(1, "no answer")));
        var stopped = Samples.Rental with { Status = RentalStatus.Stopped };
        job = job.Apply(new JournalEntry(job.LastSequence + 1, first + Minutes(7), new RentalChanged(1, "r1", RentalStatus.Stopped, "stopped")));
        JobAction At(TimeSpan listed) => Reconciler.Decide(job, See(Minutes(60) + listed, stopped), first + Minutes(8), Waits)[^1];
        At(Minutes(1)).ShouldBeOfType<Record>().Event.ShouldBeOfType<RentalStopped>();
        (At(Minutes(-1)) as Record)?.Event.ShouldNotBeOfType<RentalStopped>("that look was before the first asking");
    }

    [Fact]
    public void Work_on_a_volume_goes_on_when_the_old_rental_is_stopped_and_fenced_and_not_a_moment_before()
    {
        var spec = Samples.Spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*"], Volume = new VolumeSpec("88", "/workspace/volume"), Workdir = "/workspace/volume/digits" };
        JobEvent[] stopped = [new StopIntended(1, ""), new RentalStopped(1, Samples.Rental.StartedAt)];
        NextOf(Moved(spec)).ShouldBeOfType<Wait>().Why.ShouldContain("stopped and fenced");
        NextOf(Moved(spec, stopped)).ShouldBeOfType<Wait>().Why.ShouldContain("stopped and fenced");
        NextOf(Moved(spec, [.. stopped, new FenceWritten(1)])).ShouldBeOfType<SendPayload>("what the old one left lies on the volume that this one has");
        NextOf(Moved(spec with { Volume = null, Workdir = null }, [.. stopped, new FenceWritten(1)])).ShouldBeOfType<Wait>().Why.ShouldContain("until what r1 holds is here");
    }

    [Fact]
    public void What_lies_on_a_volume_is_brought_home_by_whoever_goes_on_and_by_the_old_rental_when_nobody_does()
    {
        var spec = Samples.Spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*"], Volume = new VolumeSpec("88", "/workspace/volume"), Workdir = "/workspace/volume/digits" };
        var going = Moved(spec, new StopIntended(1, ""), new RentalStopped(1, Samples.Rental.StartedAt), new FenceWritten(1));
        OfTheOld(going).ShouldBeOfType<Wait>().Why.ShouldContain("until its work has gone on from volume 88");
        OfTheOld(going.After(Minutes(1), new CancelRequested("anna"))).ShouldBeOfType<BringHomeFromHost>("it will not go on");
        var sent = going.After(Minutes(1), new PayloadIntended(2), new PayloadDelivered(2, 1, 1));
        sent.WentOnFromVolume(sent.Attempts[0]).ShouldBeTrue();
        OfTheOld(sent).ShouldBeOfType<BringHomeFromHost>("its own disk is looked at, which holds nothing of the work");
        OfTheOld(sent.After(Minutes(1), new CancelRequested("anna"))).ShouldBeOfType<BringHomeFromHost>();
    }

    [Fact]
    public void A_rental_that_is_shown_long_after_it_was_believed_gone_is_tracked_again()
    {
        var job = Samples.Job([.. Samples.Running, new RentalVanished(1, "r1"), new JobClosed(JobOutcome.NotRun, null)]);
        var action = Decide(job, See(Minutes(10), Samples.Rental));
        job.After(Minutes(10), action.ShouldBeOfType<Record>().Event).Current!.MayBill.ShouldBeTrue();
    }

    [Fact]
    public void A_lost_answer_is_looked_for_from_the_moment_it_was_lost()
    {
        var job = Samples.Job(Samples.Running[0]).After(Minutes(2), new RentUnclear(1, Silent));
        Decide(job, See(Minutes(4.5))).ShouldBeOfType<Wait>();
        Decide(job, See(Minutes(5))).ShouldBeOfType<Record>().Event.ShouldBeOfType<RentRefused>();
        Decide(job, SeeNothing(Minutes(50))).ShouldBeOfType<Wait>();
        Decide(job, See(Minutes(3), Labelled("r7"))).ShouldBe(new Record(new Rented(1, "r7", Adopted: true)));
    }

    [Fact]
    public void A_late_rental_of_a_closed_job_is_torn_down_and_not_given_the_job()
    {
        var job = Samples.Job(Samples.Running[0], new RentRefused(1, Silent), new JobClosed(JobOutcome.NotRun, null));
        var seen = See(Minutes(10), Labelled("r7"));
        for (var step = 0; step < 3; step++)
            job = job.After(Minutes(10), Decide(job, seen).ShouldBeOfType<Record>().Event);
        Decide(job, seen).ShouldBe(new DestroyRental(1, "r7"));
    }

    [Fact]
    public void A_yes_to_a_stopped_rental_waits_for_a_look_that_is_newer_than_the_yes_and_starts_nothing()
    {
        var stopped = Samples.Rental with { Status = RentalStatus.Stopped };
        var job = Samples.Job(
        [
            .. Samples.Finished, new MachineRechecked(1, "m1"), new StopIntended(1, "no answer"),
            new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new RentalStopped(1, stopped.StartedAt),
        ]).After(Minutes(1), Samples.Yes());
        Decide(job, See(Minutes(0.9), stopped)).ShouldBeOfType<Wait>();
        Decide(job, See(Minutes(1.1), stopped)).ShouldBe(new DestroyRental(1, "r1"));
        Decide(job, See(Minutes(1.1), stopped with { StartedAt = Samples.T0 + Minutes(1) })).ShouldBeOfType<StartRental>();
    }

    [Fact]
    public void A_stray_is_not_destroyed_on_an_unknown_listing()
    {
        var job = Samples.Job([.. Samples.Running, new StrayFound(1, "r9")]);
        Reconciler.Decide(job, SeeNothing(Minutes(5)), Samples.T0 + Minutes(5), Waits).ShouldAllBe(a => a is Wait);
        Reconciler.Decide(job, See(Minutes(5), Samples.Rental, Labelled("r9")), Samples.T0 + Minutes(5), Waits).ShouldContain(new DestroyRental(1, "r9"));
    }

    [Fact]
    public void An_end_that_was_intended_and_never_sent_is_sent_again()
    {
        var job = Samples.Job([.. Samples.Running, new CancelRequested("anna"), new EndIntended(1, EndReason.Cancelled)]);
        Observation Runs(double minutes) => See(Minutes(minutes), Samples.Rental) with
        {
            Report = new BoxReport { Phase = BoxPhase.Running },
            ReportAt = Samples.T0 + Minutes(minutes),
        };
        Decide(job, Runs(0.5)).ShouldBeOfType<Wait>();
        Decide(job, Runs(2)).ShouldBe(new EndJob(1, EndReason.Cancelled));
        Decide(job, Runs(9)).ShouldBeOfType<StopRental>();
    }

    [Fact]
    public void A_cancelled_job_on_a_machine_that_does_not_answer_stops_costing()
    {
        var job = Samples.Job([.. Samples.Running, new CancelRequested("anna")]);
        Decide(job, See(Minutes(2), Samples.Rental) with { BoxProblem = Silent }).ShouldBeOfType<ReadReport>();
        Decide(job, See(Minutes(9), Samples.Rental) with { BoxProblem = Silent }).ShouldBeOfType<StopRental>();
    }

    [Fact]
    public void The_budget_counts_on_a_machine_that_does_not_answer()
    {
        var job = Samples.Job(Samples.Spec with { BudgetUsd = 5 }, Samples.Running);
        var seen = See(Minutes(9), Samples.Rental) with { BoxProblem = Silent, Charges = new Charges("r1", 4.9m, 0, 0, 0) };
        Decide(job, seen).ShouldBeOfType<Record>().Event.ShouldBeOfType<BudgetReached>();
    }

    [Fact]
    public void Sending_that_never_succeeds_has_an_end()
    {
        var job = Samples.Job(Samples.Running[..6]);
        Decide(job, See(Minutes(10), Samples.Rental) with { BoxProblem = Silent }).ShouldBeOfType<SendPayload>();
        Decide(job, See(Minutes(40), Samples.Rental) with { BoxProblem = Silent }).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobEnded>().Reason.ShouldBe(EndReason.Refused);
    }

    [Fact]
    public void A_boot_is_not_given_up_once_something_may_lie_there()
    {
        var job = Samples.Job([.. Samples.Running[..6], new RentalChanged(1, "r1", RentalStatus.Loading, "restarts")]);
        Decide(job, See(Minutes(30), Labelled("r1", 1, RentalStatus.Loading))).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void An_approved_teardown_does_not_sit_on_a_gpu_that_does_not_answer()
    {
        var job = Samples.Job([.. Samples.Finished, Samples.Yes()]);
        Decide(job, See(Minutes(2), Samples.Rental) with { BoxProblem = Silent }).ShouldBeOfType<RecheckMachine>();
        Decide(job, See(Minutes(9), Samples.Rental) with { BoxProblem = Silent }).ShouldBeOfType<StopRental>();
    }

    [Fact]
    public void A_destroy_that_may_never_have_been_sent_passes_the_gate_again()
    {
        var job = Samples.Job([.. Samples.Finished, Samples.Yes(), new MachineRechecked(1, "m1"), new DestroyIntended(1, "r1")]);
        Decide(job, See(Minutes(1.5), Samples.Rental)).ShouldBe(new DestroyRental(1, "r1"));
        Decide(job, See(Minutes(60), Samples.Rental)).ShouldBeOfType<RecheckMachine>();
        Decide(job, See(Minutes(60)) with { Gone = new HashSet<string> { "r1" } }).ShouldBe(new ConfirmDestroyed(1, "r1"));
    }

    [Fact]
    public void Files_that_keep_changing_end_in_a_stop_and_a_question()
    {
        var job = Samples.Job(Samples.Finished);
        for (var n = 2; n < 5; n++)
            job = job.After(Minutes(n), new MachineRechecked(1, $"m{n}"), Samples.Receipt($"receipt-{n}", $"m{n}"));
        job = job.After(Minutes(6), new MachineRechecked(1, "m9"));
        Decide(job, See(Minutes(7), Samples.Rental)).ShouldBeOfType<StopRental>();
        job.Phase.ShouldBe(JobPhase.NeedsAttention);
    }

    [Fact]
    public void A_slow_start_does_not_use_up_every_start()
    {
        var job = Samples.Job(Samples.Finished).After(Minutes(1), Samples.Yes(), new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new StartIntended(1, "to look"));
        Decide(job, See(Minutes(3), Labelled("r1", 1, RentalStatus.Stopped))).ShouldBeOfType<Wait>();
        Decide(job, See(Minutes(5), Labelled("r1", 1, RentalStatus.Stopped))).ShouldBeOfType<StartRental>();
    }

    [Fact]
    public void What_somebody_else_stopped_is_not_started_behind_their_back()
    {
        var job = Samples.Job(Samples.Spec with { StopWhenAbandonedAfter = null }, [.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Stopped, "")]);
        var stopped = See(Minutes(30), Labelled("r1", 1, RentalStatus.Stopped));
        Decide(job, stopped).ShouldBeOfType<Wait>().Why.ShouldContain("not by Lodger");
        Decide(job.After(Minutes(29), new CancelRequested("anna")), stopped).ShouldBeOfType<StartRental>();
    }

    [Theory]
    [InlineData(true, typeof(Wait))]
    [InlineData(false, typeof(Record))]
    public void A_paused_bid_waits_for_its_own_gpus_so_that_others_of_its_machine_on_offer_do_not_say_that_a_person_stopped_it(bool isWholeMachine, Type expected)
    {
        var spec = Samples.Spec with { Rent = RentMode.Auto, Work = TimeSpan.FromHours(5), Deadline = new DeadlineSpec(TimeSpan.FromHours(8), null), Checkpoints = ["a.pt"] };
        var job = Samples.Job(spec, [new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, 0.2m), .. Samples.Running[1..], new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid")]);
        var seen = See(TimeSpan.FromHours(2.5), Samples.Rental with { Status = RentalStatus.Preempted, Interruptible = true, BidUsdPerHour = 0.2m }) with
        {
            Offers = [Samples.Offer with { MinBidUsdPerHour = 0.1m, IsWholeMachine = isWholeMachine }, Samples.Offer with { Id = "offer-2", MachineId = "m2", HostId = "h2" }],
            OffersAt = Samples.T0 + TimeSpan.FromHours(2.5),
        };
        Decide(job, seen).ShouldBeOfType(expected);
        // Where a person may have stopped it after all, they are told how to end the job.
        var sentence = StopDiagnosis.Of(seen.Listing.Rentals!.Single(), job.Current!, seen, Samples.T0 + TimeSpan.FromHours(2.5), new Waits()).Sentence;
        sentence.Contains("if you stopped it yourself,  lodger down  ends the job.", StringComparison.Ordinal).ShouldBe(!isWholeMachine, sentence);
    }

    [Fact]
    public void A_machine_counts_its_time_without_a_word_from_when_it_was_asked_not_from_when_its_answer_had_arrived()
    {
        var job = Samples.Job(Samples.Spec with { StopWhenAbandonedAfter = Minutes(20) }, Samples.Running).After(Minutes(60), new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        Observation Asked(double at) => See(Minutes(61), Labelled("r1", 1, RentalStatus.Stopped)) with
        {
            Report = new BoxReport { Phase = BoxPhase.Running },
            ContactAt = Samples.T0 + Minutes(at),
            ReportAt = Samples.T0 + Minutes(at + 2),
        };
        Decide(job, Asked(39)).ShouldBeOfType<StartRental>().Reason.ShouldContain("stopped itself");
        Decide(job, Asked(41)).ShouldBeOfType<Wait>().Why.ShouldContain("not by Lodger");
    }

    [Fact]
    public void A_stall_is_told_once_or_ends_the_job_as_the_spec_says()
    {
        var quiet = See(Minutes(90), Samples.Rental) with
        {
            Report = new BoxReport { Phase = BoxPhase.Running, QuietTime = Minutes(31) },
            ReportAt = Samples.T0 + Minutes(90),
        };
        var telling = Samples.Job(Samples.Spec with { Stall = new StallSpec(Minutes(30), StallAction.Tell) }, Samples.Running);
        Decide(telling, quiet).ShouldBe(new Record(new StallNoticed(1, Minutes(31))));
        Decide(telling.After(Minutes(90), new StallNoticed(1, Minutes(31))), quiet).ShouldBeOfType<Wait>();
        Decide(Samples.Job(Samples.Spec with { Stall = new StallSpec(Minutes(30), StallAction.Stop) }, Samples.Running), quiet)
            .ShouldBe(new EndJob(1, EndReason.Stalled));
    }

    [Fact]
    public void A_silent_log_is_no_stall_while_a_gpu_works_and_a_stall_ends_when_the_job_goes_on()
    {
        Observation Quiet(double quiet, int busy, double? idleFor) => See(Minutes(90), Samples.Rental) with
        {
            Report = new BoxReport { Phase = BoxPhase.Running, QuietTime = Minutes(quiet), Gpus = [new BoxGpu("RTX 4090", 24_564, busy, "550")] },
            ReportAt = Samples.T0 + Minutes(90),
            GpuIdleSince = idleFor is { } idle ? Samples.T0 + Minutes(90 - idle) : null,
        };
        var job = Samples.Job(Samples.Spec with { Stall = new StallSpec(Minutes(30), StallAction.Stop) }, Samples.Running);
        Decide(job, Quiet(80, 97, null)).ShouldBeOfType<Wait>();
        Decide(job, Quiet(80, 0, 29)).ShouldBeOfType<Wait>();
        Decide(job, Quiet(29, 0, 80)).ShouldBeOfType<Wait>();
        Decide(job, Quiet(31, 0, 31)).ShouldBe(new EndJob(1, EndReason.Stalled));

        // Nobody wrote a  stall: , and it is told all the same; never more.
        var plain = Samples.Job(Samples.Running);
        Decide(plain, Quiet(59, 0, 80)).ShouldBeOfType<Wait>();
        var told = Decide(plain, Quiet(61, 0, 61)).ShouldBeOfType<Record>().Event.ShouldBeOfType<StallNoticed>();
        var stalled = plain.After(Minutes(90), told);
        Decide(stalled, Quiet(61, 0, 61)).ShouldBeOfType<Wait>();
        Decide(stalled, Quiet(1, 97, null)).ShouldBe(new Record(new StallOver(1)));
        stalled.After(Minutes(91), new StallOver(1)).Current!.Stall.ShouldBeNull();
    }

    [Fact]
    public void A_machine_that_does_not_answer_for_long_is_told_and_so_is_its_return()
    {
        var job = Samples.Job(Samples.Running);
        var silent = See(Minutes(20), Samples.Rental) with { BoxProblem = Silent, BoxProblemSince = Samples.T0 + Minutes(9) };
        var told = new StallNoticed(1, Minutes(11), StallCause.Unreachable);
        Decide(job, silent with { BoxProblemSince = Samples.T0 + Minutes(12) }).ShouldBeOfType<ReadReport>();
        Decide(job, silent).ShouldBe(new Record(told));
        Decide(job.After(Minutes(20), told), silent).ShouldBeOfType<ReadReport>();
        Decide(job.After(Minutes(20), told), See(Minutes(21), Samples.Rental) with { Report = new BoxReport { Phase = BoxPhase.Running }, ReportAt = Samples.T0 + Minutes(21) })
            .ShouldBe(new Record(new StallOver(1)));
    }

    /// <summary>A yes in advance leaves nothing to wait for between the receipt and the destroy: only the machine's own last look.</summary>
    [Fact]
    public void What_is_verified_and_approved_in_advance_is_destroyed_without_a_wait()
    {
        var job = Samples.Job(Samples.Spec with { Teardown = TeardownMode.WhenVerified }, Samples.Finished);
        var seen = See(Minutes(1), Samples.Rental) with { Report = new BoxReport { Phase = BoxPhase.Ended, ExitCode = 0 }, ReportAt = Samples.T0 + Minutes(1) };
        job = job.After(Minutes(1), Decide(job, seen).ShouldBeOfType<Record>().Event.ShouldBeOfType<Approved>());
        Decide(job, seen).ShouldBe(new RecheckMachine(1));
        Decide(job.After(Minutes(1), new MachineRechecked(1, "m1")), seen).ShouldBe(new DestroyRental(1, "r1"));
    }

    [Fact]
    public void What_is_not_approved_says_when_it_is_stopped_and_is_stopped_then()
    {
        var job = Samples.Job(Samples.Finished);
        Decide(job, See(Minutes(2), Samples.Rental)).ShouldBeOfType<Wait>().Why.ShouldBe("your yes: lodger down digits. Without one the rental is stopped in 4 min, so that only its disk bills");
        Decide(job.After(Minutes(5), new MachineRechecked(1, "m1")), See(Minutes(6), Samples.Rental)).ShouldBeOfType<StopRental>();
        Decide(job, See(Minutes(6), Samples.Rental with { Status = RentalStatus.Stopped })).ShouldBeOfType<Record>();
    }

    [Fact]
    public void A_full_disk_here_stops_the_rental_and_does_not_start_it_again_until_a_person_says_so()
    {
        var full = new Problem("home-disk-full", "There is no room left here.", "Make room on this disk.", ExitCode.Prerequisite);
        var job = Samples.Job([.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, "")]);
        Observation Full(double at, RentalStatus status) => See(Minutes(at), Samples.Rental with { Status = status }) with { BoxProblem = full, BoxProblemSince = Samples.T0 + Minutes(1) };
        Decide(job, Full(2, RentalStatus.Running)).ShouldBeOfType<BringHome>();
        Decide(job, Full(7, RentalStatus.Running)).ShouldBeOfType<StopRental>();
        var stopped = job.After(Minutes(7), new StopIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new RentalStopped(1, Samples.Rental.StartedAt));
        Decide(stopped, Full(60, RentalStatus.Stopped)).ShouldBeOfType<Wait>().Why.ShouldContain("lodger pull digits");
        Decide(stopped.After(Minutes(61), new BringHomeRequested("anna")), Full(62, RentalStatus.Stopped)).ShouldBeOfType<StartRental>();
    }
}
