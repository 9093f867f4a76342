using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>From a contract to a machine that has everything: each step bills, so each has its end, and a person reads why.</summary>
public sealed class BootStageTests
{
    private static readonly Waits Waits = new();
    private static readonly Problem Silent = new("box-unreachable", "No answer.", "", ExitCode.Unknown, MayRetry: true);

    /// <summary>Shorter than anything that is waited for.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static Observation See(DateTimeOffset at, Rental rental) => new() { Listing = new Listing([rental], at) };

    private static Observation See(DateTimeOffset at, RentalStatus status = RentalStatus.Running) => See(at, Shown(status));

    private static Rental Shown(RentalStatus status, string evidence = "as it says") => Samples.Rental with { Status = status, Evidence = evidence };

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldHaveSingleItem();

    private static Problem GivenUp(JobAction action) => action.ShouldBeOfType<Record>().Event.ShouldBeOfType<AttemptGivenUp>().Problem;

    private static readonly DateTimeOffset Soon = Samples.T0.AddSeconds(30);

    private static JobState Booting(RentalStatus status, JobSpec? spec = null) => Samples.Job(spec ?? Samples.Spec, [.. Samples.Running[..2], new RentalChanged(1, "r1", status, "")]);

    [Fact]
    public void A_machine_that_runs_is_reached_then_proven_then_sent_everything()
    {
        Decide(Samples.Job(Samples.Running[..3]), See(Soon)).ShouldBe(new Reach(1));
        Decide(Samples.Job(Samples.Running[..4]), See(Soon)).ShouldBe(new ProveRoundTrip(1));
        Decide(Samples.Job(Samples.Running[..5]), See(Soon)).ShouldBe(new SendPayload(1));
    }

    [Fact]
    public void What_was_rented_must_be_what_was_paid_for()
    {
        var asked = Samples.Job(Samples.Running[..3]);
        string Differs(Rental rental)
        {
            var problem = GivenUp(Decide(asked, See(Soon, rental)));
            (problem.Id, problem.Fix, problem.ExitCode).ShouldBe(("rental-differs", "Run again with another offer: lodger offers", ExitCode.RentalUnusable));
            return problem.Message;
        }

        Differs(Samples.Rental with { Interruptible = true }).ShouldBe("Rental r1 came as interruptible although on-demand was asked for.");
        Differs(Samples.Rental with { GpuCount = 0 }).ShouldBe("Rental r1 has 0 GPU, 1 were asked for.");
        Differs(Samples.Rental with { GpuUsdPerHour = 0.43m }).ShouldBe("Rental r1 bills $0.430/h for its GPU, $0.400/h was agreed to.");
        Differs(Samples.Rental with { GpuMemoryMb = 23_999 }).ShouldBe("Rental r1 has RTX 4090 with 23999 MB each, 24 GB were asked for.");

        foreach (var good in (Rental[])[Samples.Rental, Samples.Rental with { GpuUsdPerHour = 0.42m }, Samples.Rental with { GpuUsdPerHour = 0.1m }, Samples.Rental with { GpuMemoryMb = 24_000 }, Samples.Rental with { GpuCount = 2 }])
            Decide(asked, See(Soon, good)).ShouldBe(new Reach(1), "rounded prices are no other price, and more than was asked for is no less");
        var any = Samples.Job(Samples.Spec with { Gpu = new GpuRequest([], 1, null) }, Samples.Running[..3]);
        Decide(any, See(Soon, Samples.Rental with { GpuMemoryMb = 1 })).ShouldBe(new Reach(1), "nobody asked for memory");
        Decide(Samples.Job(Samples.Running[..6]), See(Soon, Samples.Rental with { GpuUsdPerHour = 0.43m })).ShouldBe(new SendPayload(1), "something may lie there by now, and only the gate ends that");
    }

    [Fact]
    public void What_was_bid_for_must_come_as_a_bid_and_for_what_was_bid()
    {
        var bid = Samples.Job(Samples.Spec with { Rent = RentMode.Interruptible }, [new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, 0.2m), .. Samples.Running[1..3]]);
        var came = Samples.Rental with { Interruptible = true, GpuUsdPerHour = 0.2m };
        Decide(bid, See(Soon, came)).ShouldBe(new Reach(1));
        GivenUp(Decide(bid, See(Soon, came with { Interruptible = false }))).Message.ShouldBe("Rental r1 came as on-demand although a bid was made.");
        GivenUp(Decide(bid, See(Soon, came with { GpuUsdPerHour = 0.3m }))).Message.ShouldBe("Rental r1 bills $0.300/h for its GPU, $0.200/h was agreed to.");
    }

    [Fact]
    public void A_machine_that_cannot_be_reached_has_its_time_and_is_given_up_at_once_when_trying_again_is_of_no_use()
    {
        var job = Samples.Job(Samples.Running[..3]);
        var since = job.Current!.RunningSeenAt!.Value;
        Decide(job, See(since + Waits.Reach) with { BoxProblem = Silent }).ShouldBe(new Reach(1));
        var late = GivenUp(Decide(job, See(since + Waits.Reach + Moment) with { BoxProblem = Silent }));
        (late.Id, late.Message, late.Fix, late.ExitCode).ShouldBe(("box-unreachable", "Rental r1 runs but cannot be used over ssh: No answer.", "Run again with another offer: lodger offers", ExitCode.RentalUnusable));
        GivenUp(Decide(job, See(Soon) with { BoxProblem = Silent with { MayRetry = false, Fix = "Add the key." } })).Fix.ShouldBe("Add the key.");
    }

    [Fact]
    public void A_rental_that_shows_no_way_in_is_given_up_as_one_that_cannot_be_reached()
    {
        var job = Samples.Job(Samples.Running[..3]);
        var closed = Samples.Rental with { DirectSsh = null };
        Decide(job, See(Soon, closed)).ShouldBe(new Reach(1), "it may come yet");
        GivenUp(Decide(job, See(Samples.T0 + Minutes(5), closed))).Message.ShouldBe("Rental r1 runs but cannot be used over ssh: The platform shows no ssh address for rental r1.");
        Decide(job, See(Samples.T0 + Minutes(5), closed with { ProxySsh = new Endpoint("proxy", 22) })).ShouldBe(new Reach(1));
        GivenUp(Decide(job, See(Samples.T0 + Minutes(5), closed) with { BoxProblem = Silent })).Message.ShouldContain("No answer.", Case.Sensitive, "what was tried says more");
    }

    [Fact]
    public void Sending_has_its_time_and_ends_at_once_when_trying_again_is_of_no_use()
    {
        var job = Samples.Job(Samples.Running[..6]);
        var begun = job.Current!.PayloadIntendedAt!.Value;
        Decide(job, See(begun + Waits.Send) with { BoxProblem = Silent }).ShouldBe(new SendPayload(1));
        Decide(job, See(begun + Waits.Send + Moment) with { BoxProblem = Silent }).ShouldBe(new Record(new JobEnded(1, EndReason.Refused, null, "it could not be sent what it needs: No answer.")));
        Decide(job, See(Soon) with { BoxProblem = Silent with { MayRetry = false } }).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobEnded>();
    }

    [Fact]
    public void What_is_cancelled_before_anything_was_sent_is_given_up_and_later_it_is_not()
    {
        var before = GivenUp(Decide(Samples.Job([.. Samples.Running[..5], new CancelRequested("anna")]), See(Soon)));
        (before.Id, before.Message, before.ExitCode).ShouldBe(("cancelled", "Cancelled before anything was sent.", ExitCode.Cancelled));
        Decide(Samples.Job([.. Samples.Running[..6], new CancelRequested("anna")]), See(Soon)).ShouldNotBeOfType<Record>();
    }

    [Fact]
    public void A_budget_that_is_reached_before_anything_was_sent_gives_the_rental_up_and_later_it_stops_it()
    {
        var reached = new BudgetReached(1, 3, 2);
        var spec = Samples.Spec with { BudgetUsd = 5 };
        var before = GivenUp(Decide(Samples.Job(spec, [.. Samples.Running[..5], reached]), See(Soon)));
        (before.Id, before.Message, before.ExitCode).ShouldBe(("budget-reached", "The job's budget was reached before anything was sent.", ExitCode.BudgetReached));
        Decide(Samples.Job(spec, [.. Samples.Running[..6], reached]), See(Soon)).ShouldBeOfType<StopRental>().Reason.ShouldBe("its budget is reached: only its disk bills now");
    }

    [Theory]
    [InlineData(RentalStatus.Unknown, "the platform does not say clearly what the rental does: as it says")]
    [InlineData(RentalStatus.Provisioning, "booting: as it says")]
    [InlineData(RentalStatus.Loading, "booting: as it says")]
    [InlineData(RentalStatus.Scheduling, "the rental waits for its GPU")]
    public void On_its_way_it_is_waited_for(RentalStatus status, string why) => Decide(Booting(status), See(Soon, status)).ShouldBeOfType<Wait>().Why.ShouldBe(why);

    [Theory]
    [InlineData(RentalStatus.Stopped, "stopped")]
    [InlineData(RentalStatus.Preempted, "preempted")]
    [InlineData(RentalStatus.Exited, "exited")]
    [InlineData(RentalStatus.CannotStart, "cannotstart")]
    [InlineData(RentalStatus.Offline, "offline")]
    public void What_does_not_run_before_anything_was_sent_is_given_up_with_the_platforms_words(RentalStatus status, string word)
    {
        var problem = GivenUp(Decide(Booting(status), See(Soon, status)));
        (problem.Id, problem.Message, problem.Fix).ShouldBe(("rental-did-not-start", $"Rental r1 did not start: it is {word} (as it says).", "Run again with another offer: lodger offers"));
    }

    [Fact]
    public void What_the_platform_calls_unknown_is_given_a_boot_s_time_and_not_longer()
    {
        var job = Booting(RentalStatus.Unknown);
        var since = job.Current!.LastStatusAt!.Value;
        Decide(job, See(since + Waits.Boot, RentalStatus.Unknown)).ShouldBeOfType<Wait>();
        GivenUp(Decide(job, See(since + Waits.Boot + Moment, RentalStatus.Unknown))).Message.ShouldBe("Rental r1 did not start: it is unknown (as it says).");
        var sending = Samples.Job([.. Samples.Running[..6], new RentalChanged(1, "r1", RentalStatus.Unknown, "")]);
        Decide(sending, See(Soon, RentalStatus.Unknown)).ShouldBe(new SendPayload(1), "the machine is asked");
        Decide(sending, See(since + Minutes(90), RentalStatus.Unknown) with { BoxProblem = Silent }).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobEnded>().Reason.ShouldBe(EndReason.Refused);
    }

    [Fact]
    public void A_rental_waits_for_its_gpu_as_long_as_the_platform_may_take_and_not_longer()
    {
        var job = Booting(RentalStatus.Scheduling);
        var since = job.Current!.LastStatusAt!.Value;
        Decide(job, See(since + Waits.Scheduling, RentalStatus.Scheduling)).ShouldBeOfType<Wait>();
        GivenUp(Decide(job, See(since + Waits.Scheduling + Moment, RentalStatus.Scheduling))).Id.ShouldBe("rental-did-not-start");
    }

    [Theory]
    [InlineData(RentMode.Interruptible, "outbid-before-start")]
    [InlineData(RentMode.Auto, "outbid-before-start")]
    [InlineData(RentMode.OnDemand, "rental-did-not-start")]
    public void A_bid_that_somebody_beat_is_told_from_a_machine_that_does_not_start(RentMode rent, string id)
    {
        var problem = GivenUp(Decide(Booting(RentalStatus.Preempted, Samples.Spec with { Rent = rent }), See(Soon, RentalStatus.Preempted)));
        problem.Id.ShouldBe(id);
        problem.Message.ShouldContain("(as it says)");
    }

    [Fact]
    public void A_boot_has_its_window_and_past_it_only_what_moves_on()
    {
        var job = Booting(RentalStatus.Loading);
        var rented = job.Current!.RentedAt!.Value;
        JobAction At(TimeSpan took, TimeSpan? quiet = null) => Decide(job, See(rented + took, RentalStatus.Loading) with { EvidenceSince = rented + took - quiet });
        At(Waits.Boot).ShouldBeOfType<Wait>();
        var late = GivenUp(At(Waits.Boot + Minutes(1)));
        (late.Id, late.Message, late.Fix).ShouldBe((
            "boot-never-came", "Rental r1 was still loading after 6 min and showed no progress (as it says).", "Run again on a host with a faster link, or with a slimmer image: lodger offers"));
        At(Waits.Boot + Minutes(1), Waits.BootQuiet - Moment).ShouldBeOfType<Wait>("it pulls");
        GivenUp(At(Waits.Boot + Minutes(1), Waits.BootQuiet)).Id.ShouldBe("boot-never-came");
        At(Waits.LongestBoot, Moment).ShouldBeOfType<Wait>();
        GivenUp(At(Waits.LongestBoot + Moment, Moment)).Id.ShouldBe("boot-never-came");
    }

    [Fact]
    public void A_change_of_status_alone_is_no_progress_of_a_pull()
    {
        var job = Samples.Job(Samples.Running[..2]).After(Minutes(6), new RentalChanged(1, "r1", RentalStatus.Loading, "pulling"));
        var since = job.Current!.LastStatusAt!.Value;
        GivenUp(Decide(job, See(since + Minutes(1), RentalStatus.Loading) with { EvidenceSince = since })).Id.ShouldBe("boot-never-came");
        Decide(job, See(since + Minutes(1), RentalStatus.Loading) with { EvidenceSince = since + Moment }).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void What_stops_in_the_middle_of_sending_waits_for_a_person_and_is_over_when_they_ask_for_its_end()
    {
        var job = Samples.Job(Samples.Running[..6]).After(Minutes(1), new RentalChanged(1, "r1", RentalStatus.Stopped, "stopped"));
        var seen = See(Samples.T0 + Minutes(3), RentalStatus.Stopped);
        var over = new Record(new JobEnded(1, EndReason.Refused, null, "the rental was stopped before everything was sent"));
        Decide(job, seen).ShouldBeOfType<Wait>().Why.ShouldBe("rental r1 is stopped in the middle of sending (as it says). To give it up: lodger down digits");
        Decide(job.After(Minutes(2), new CancelRequested("anna")), seen).ShouldBe(over);
        Decide(job.After(Minutes(2), new BringHomeRequested("anna")), seen).ShouldBeOfType<Wait>("that was asked of a rental which the work has left");
    }
}
