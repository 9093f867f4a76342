using Lodger.Domain.Clocks;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Clocks;

/// <summary>What a person reads of each clock, from when on it runs, and when it is told anew.</summary>
public sealed class ClockSentencesTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    private static AccountFacts Facts { get; } = new(
        "anna", "vast.ai (account anna)", new Account("anna", 1000, true, Samples.T0), [], [], [], Samples.T0, 1, Samples.T0, TimeSpan.FromHours(48));

    private static Volume Volume { get; } = new() { Id = "88", MachineId = "m1", SizeGb = 15, UsdPerHour = 0.002m, UsedBy = [] };

    private static Clock Of(ClockKind kind, AccountFacts facts) => ClockBoard.Of(facts).Where(c => c.Kind == kind).ShouldHaveSingleItem();

    private static bool Runs(ClockKind kind, AccountFacts facts) => ClockBoard.Of(facts).Any(c => c.Kind == kind);

    private static Rental Shown(RentalStatus status) => Samples.Rental with { Status = status };

    private static TimeSpan Hours(double hours) => TimeSpan.FromHours(hours);

    [Fact]
    public void A_contract_ends_at_its_very_moment()
    {
        AccountFacts At(DateTimeOffset end) => Facts with { Rentals = [Samples.Rental with { ContractEnd = end }] };
        Of(ClockKind.DataDeleted, At(Samples.T0)).Sentence.ShouldBe("The contract of r1 has ended; the platform may delete everything on it.");
        var ends = Of(ClockKind.ContractEnd, At(Samples.T0 + Moment));
        ends.Sentence.ShouldBe("The contract of r1 ends: it stops, cannot be started again, and may be deleted 48 h later.");
        (ends.Job, ends.Fix, ends.UsdPerHour).ShouldBe((null, "copy what you need off it, then destroy it in the platform's console", 0.41m));
        Clock OfJob(double hours) => Of(ClockKind.ContractEnd, At(Samples.T0.AddHours(hours)) with { Jobs = [Samples.Job(Samples.Running)] });
        OfJob(48).Fix.ShouldBe("lodger down digits");
        OfJob(49).Fix.ShouldStartWith("Nothing to do yet", Case.Sensitive, "a healthy job is not to be ended for a contract of weeks");
        Of(ClockKind.DataDeleted, At(Samples.T0.AddHours(-99))).Left.ShouldBe(TimeSpan.Zero, "it is over");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void A_market_that_claims_no_speed_that_can_be_is_taken_for_one_at_ours(double speed) =>
        Of(ClockKind.ContractEnd, Facts with { Rentals = [Samples.Rental with { ContractEnd = Samples.T0.AddHours(30) }], MarketSpeed = speed }).Left.ShouldBe(Hours(30));

    [Theory]
    [InlineData(RentalStatus.Stopped, true)]
    [InlineData(RentalStatus.Preempted, true)]
    [InlineData(RentalStatus.Exited, true)]
    [InlineData(RentalStatus.CannotStart, true)]
    [InlineData(RentalStatus.Running, false)]
    [InlineData(RentalStatus.Scheduling, false)]
    [InlineData(RentalStatus.Offline, false)]
    public void What_does_not_run_and_has_a_disk_that_bills_is_said(RentalStatus status, bool said)
    {
        Runs(ClockKind.StoppedAndBilling, Facts with { Rentals = [Shown(status)] }).ShouldBe(said);
        Runs(ClockKind.StoppedAndBilling, Facts with { Rentals = [Shown(status) with { DiskUsdPerHour = 0 }] }).ShouldBeFalse();
    }

    [Fact]
    public void A_stopped_disk_says_what_it_costs_whose_it_is_and_what_ends_it_and_is_told_once_for_each_stop()
    {
        var stopped = Shown(RentalStatus.Stopped);
        var strange = Of(ClockKind.StoppedAndBilling, Facts with { Rentals = [stopped] });
        (strange.Sentence, strange.Job, strange.Fix).ShouldBe(("r1 is stopped and its disk bills on for ever, $7.20 a month.", null, "destroy it in the platform's console, once nothing on it is needed"));
        Of(ClockKind.StoppedAndBilling, Facts with { Rentals = [stopped with { StartedAt = Samples.T0.AddDays(1) }] }).Key.ShouldNotBe(strange.Key, "it ran again meanwhile");

        var job = Samples.Job([.. Samples.Finished, new StopIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Stopped, "")]);
        var ours = Of(ClockKind.StoppedAndBilling, Facts with { Rentals = [stopped], Jobs = [job] });
        (ours.Job, ours.Fix).ShouldBe(("digits", "lodger down digits"));
        Of(ClockKind.StoppedAndBilling, Facts with { Rentals = [stopped with { StartedAt = Samples.T0.AddDays(1) }], Jobs = [job] }).Key.ShouldBe(ours.Key);
        var again = job.After(Hours(1), new RentalChanged(1, "r1", RentalStatus.Running, "")).After(Hours(2), new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        Of(ClockKind.StoppedAndBilling, Facts with { Rentals = [stopped], Jobs = [again] }).Key.ShouldNotBe(ours.Key);
    }

    [Fact]
    public void A_paused_bid_is_waited_for_while_its_job_goes_on_and_afterwards_only_bills()
    {
        var spot = Samples.Spec with { Rent = RentMode.Interruptible };
        var paused = new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid");
        Runs(ClockKind.StoppedAndBilling, Facts with { Rentals = [Shown(RentalStatus.Preempted)], Jobs = [Samples.Job(spot, [.. Samples.Running, paused])] }).ShouldBeFalse();
        Runs(ClockKind.StoppedAndBilling, Facts with { Rentals = [Shown(RentalStatus.Preempted)], Jobs = [Samples.Job(spot, [.. Samples.Finished, paused])] }).ShouldBeTrue();
    }

    [Fact]
    public void A_raised_price_names_both()
    {
        var raised = Facts with { Rentals = [Samples.Rental with { GpuUsdPerHour = 0.5m }], Jobs = [Samples.Job(Samples.Running)] };
        var clock = Of(ClockKind.PriceRaised, raised);
        (clock.Sentence, clock.UsdPerHour, clock.Job).ShouldBe(("r1 costs $0.500/h; $0.400/h was agreed to.", 0.5m, "digits"));
        clock.Fix.ShouldBe("lodger plan  shows what else is for rent; lodger down digits  ends it.");
        Runs(ClockKind.PriceRaised, raised with { Rentals = [Samples.Rental with { GpuUsdPerHour = 0.402m }] }).ShouldBeFalse("half a hundredth is rounding");
        Runs(ClockKind.PriceRaised, raised with { Rentals = [Samples.Rental with { GpuUsdPerHour = 0.4021m }] }).ShouldBeTrue();
        Runs(ClockKind.PriceRaised, raised with { Jobs = [] }).ShouldBeFalse("nobody knows what was agreed to");
        var dearer = Samples.Job([new RentIntended(1, "o", "lodger/digits.k3f9qa/1", Samples.Offer with { GpuUsdPerHour = 0.5m }), .. Samples.Running[1..]]);
        Runs(ClockKind.PriceRaised, raised with { Jobs = [dearer] }).ShouldBeFalse("that was its own price");
        var free = Samples.Job([new RentIntended(1, "o", "lodger/digits.k3f9qa/1", Samples.Offer with { GpuUsdPerHour = 0 }), .. Samples.Running[1..]]);
        Runs(ClockKind.PriceRaised, raised with { Jobs = [free] }).ShouldBeFalse("a price that was not known is none to compare with");
        var bid = Samples.Job([new RentIntended(1, "o", "lodger/digits.k3f9qa/1", null, 0.2m), .. Samples.Running[1..]]);
        Runs(ClockKind.PriceRaised, raised with { Jobs = [bid] }).ShouldBeFalse("bids move");
    }

    [Fact]
    public void A_stray_that_does_not_go_is_said_after_four_askings()
    {
        AccountFacts Asked(int times) => Facts with
        {
            Rentals = [Samples.Rental with { Id = "r9" }],
            Jobs = [Samples.Job([.. Samples.Running, new StrayFound(1, "r9"), .. Enumerable.Repeat(new DestroyIntended(1, "r9"), times)])],
        };
        Runs(ClockKind.NotObeyed, Asked(3)).ShouldBeFalse();
        var clock = Of(ClockKind.NotObeyed, Asked(4));
        clock.Sentence.ShouldBe("Lodger has tried 4 times to destroy r9 of digits, and it is still there and bills.");
        (clock.Fix, clock.UsdPerHour).ShouldBe(("Destroy it in the platform's console, too; Lodger goes on trying every few minutes.", 0.41m));
        var gone = Asked(4).Jobs[0].After(Hours(1), new DestroyConfirmed(1, "r9", null));
        Runs(ClockKind.NotObeyed, Facts with { Jobs = [gone] }).ShouldBeFalse();
    }

    [Fact]
    public void A_stop_that_was_asked_for_long_ago_in_vain_is_said_no_more()
    {
        var job = Enumerable.Range(1, 4).Aggregate(Samples.Job(Samples.Finished), (state, n) => state.After(TimeSpan.FromMinutes(n), new StopIntended(1, ""), new StopTaken(1)));
        var facts = Facts with { Jobs = [job], Rentals = [Samples.Rental] };
        var last = job.Current!.StopIntendedAt!.Value;
        Of(ClockKind.NotObeyed, facts with { Now = last + AttemptState.AskedLately - Moment }).Fix.ShouldBe("Stop it in the platform's console, too; Lodger goes on trying every few minutes.");
        Runs(ClockKind.NotObeyed, facts with { Now = last + AttemptState.AskedLately }).ShouldBeFalse();
    }

    [Fact]
    public void What_failed_is_told_once_for_each_failure_and_not_for_each_change_of_the_rental()
    {
        var failed = Samples.Job(Samples.Finished).After(Hours(1), new VerificationFailed(1, []));
        Clock Said(JobState job) => Of(ClockKind.NeedsAttention, Facts with { Jobs = [job] });
        var first = Said(failed);
        first.Sentence.ShouldBe("What came home of digits is not what r1 holds, or does not load; the rental stays.");
        Said(failed.After(Hours(2), new RentalChanged(1, "r1", RentalStatus.Stopped, ""))).Key.ShouldBe(first.Key);
        Said(failed.After(Hours(3), new VerificationFailed(1, []))).Key.ShouldNotBe(first.Key);
    }

    [Fact]
    public void Of_a_job_that_made_nothing_it_is_not_said_that_it_came_home_wrong()
    {
        var job = Samples.Job(Samples.Finished);
        FileFinding Missing(string pattern) => new(pattern, "Missing", "no file on the machine fits it");
        var clock = Of(ClockKind.NeedsAttention, Facts with { Jobs = [job.After(Hours(1), new VerificationFailed(1, [.. job.Submission.Spec.Results.Select(Missing)]))] });
        (clock.Sentence, clock.Fix).ShouldBe(($"r1 of digits holds no file that {string.Join(", ", job.Submission.Spec.Results)} of its results names; the rental stays.", "lodger doctor digits"));
    }

    [Fact]
    public void A_rental_that_was_stopped_before_its_command_ended_is_told_once_for_each_stop()
    {
        var stopped = Samples.Job(Samples.Running).After(Hours(1), new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        Clock Said(JobState job) => Of(ClockKind.NeedsAttention, Facts with { Jobs = [job] });
        var first = Said(stopped);
        (first.Sentence, first.Fix).ShouldBe(("r1 of digits was stopped before its command had ended.", "lodger down digits"));
        Said(stopped.After(Hours(2), new RentalChanged(1, "r1", RentalStatus.Running, "")).After(Hours(3), new RentalChanged(1, "r1", RentalStatus.Exited, ""))).Key.ShouldNotBe(first.Key);
    }

    [Theory]
    [InlineData(StallCause.NoProgress, 30, "digits made no progress for 30 min and no GPU of it works; it bills.")]
    [InlineData(StallCause.NoProgress, 119, "digits made no progress for 119 min and no GPU of it works; it bills.")]
    [InlineData(StallCause.NoProgress, 120, "digits made no progress for 2 h and no GPU of it works; it bills.")]
    [InlineData(StallCause.NoProgress, 2874, "digits made no progress for 47.9 h and no GPU of it works; it bills.")]
    [InlineData(StallCause.NoProgress, 2880, "digits made no progress for 2 days and no GPU of it works; it bills.")]
    [InlineData(StallCause.Unreachable, 11, "r1 of digits could not be spoken to for 11 min, and its GPU bills: whether its command gets on is unknown.")]
    [InlineData(StallCause.ScriptSilent, 11, "r1 of digits answers, but the script that watches the command gave no sign for 11 min; its GPU bills.")]
    public void A_stall_says_what_was_not_seen_and_for_how_long(StallCause cause, double minutes, string sentence)
    {
        var clock = Of(ClockKind.Stalled, Facts with { Jobs = [Samples.Job([.. Samples.Running, new StallNoticed(1, TimeSpan.FromMinutes(minutes), cause)])], Rentals = [Samples.Rental] });
        (clock.Sentence, clock.Fix, clock.UsdPerHour).ShouldBe((sentence, "lodger logs digits   or end it: lodger down digits", 0.41m));
    }

    [Fact]
    public void A_budget_that_is_reached_is_one_clock_with_its_sums()
    {
        var held = Samples.Job(Samples.Spec with { BudgetUsd = 5 }, [.. Samples.Running, new BudgetReached(1, 3, 2), new StopIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Stopped, "")]);
        var clock = ClockBoard.Of(Facts with { Jobs = [held], Rentals = [Shown(RentalStatus.Stopped)] }).ShouldHaveSingleItem();
        clock.Sentence.ShouldBe("digits has reached its budget of $5.00 and waits: $3.00 is spent, the rest is kept back to bring everything home and to keep its disk for 7 days.");
        clock.Fix.ShouldBe("lodger budget digits USD   to go on, or end it: lodger down digits");
    }

    [Theory]
    [InlineData(720, true)]
    [InlineData(720.1, false)]
    public void A_balance_is_a_clock_within_thirty_days(double hours, bool said) =>
        Runs(ClockKind.BalanceEmpty, Facts with { Account = new Account("anna", 0.41m * (decimal)hours, true, Samples.T0), Rentals = [Samples.Rental] }).ShouldBe(said);

    [Fact]
    public void A_balance_says_how_long_it_lasts_and_at_what_rate_and_without_a_bill_it_lasts_for_ever()
    {
        var poor = Facts with { Account = new Account("anna", 4.1m, true, Samples.T0), Rentals = [Samples.Rental] };
        var clock = Of(ClockKind.BalanceEmpty, poor);
        clock.Sentence.ShouldBe("The balance of $4.10 lasts 10 h at $0.410/h for everything on the account; then the card on file is charged; if that fails, rentals stop and their data is scheduled for deletion.");
        (clock.FiresAt, clock.Fix).ShouldBe((Samples.T0.AddHours(10), "Add credit, or end what is not needed:  lodger cost"));
        Runs(ClockKind.BalanceEmpty, poor with { Rentals = [] }).ShouldBeFalse();
        ClockBoard.BurnUsdPerHour(poor with { Volumes = [Volume, Volume with { Id = "89" }] }).ShouldBe(0.414m);
    }

    [Fact]
    public void A_rental_that_was_let_go_is_nobodys()
    {
        var job = Samples.Job([.. Samples.Running, new RentalReleased(1, "r1", "anna", new Problem("rental-released", "", "", ExitCode.Cancelled), Samples.T0)]);
        Of(ClockKind.ContractEnd, Facts with { Rentals = [Samples.Rental with { ContractEnd = Samples.T0.AddHours(1) }], Jobs = [job] }).Job.ShouldBeNull();
    }

    [Fact]
    public void A_clock_is_due_at_its_lead_and_not_before()
    {
        var clock = Of(ClockKind.ContractEnd, Facts with { Rentals = [Samples.Rental with { ContractEnd = Samples.T0.AddHours(24) }] });
        clock.IsDue(Hours(24)).ShouldBeTrue();
        clock.IsDue(Hours(24) - Moment).ShouldBeFalse();
    }

    [Fact]
    public void One_rental_whose_bill_is_unknown_leaves_the_balance_unknown() =>
        ClockBoard.BurnUsdPerHour(Facts with { Rentals = [Samples.Rental, Shown(RentalStatus.Unknown)] }).ShouldBeNull();

    [Fact]
    public void Clocks_of_the_same_moment_stand_in_the_same_order_each_time()
    {
        Rental[] rentals = [Shown(RentalStatus.Stopped) with { Id = "b" }, Shown(RentalStatus.Stopped) with { Id = "c" }, Shown(RentalStatus.Stopped) with { Id = "a" }];
        ClockBoard.Of(Facts with { Rentals = rentals }).Select(c => c.Sentence[..1]).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public void Of_a_rental_that_was_taken_over_what_is_not_home_is_told_once_for_each_failure()
    {
        JobState Adopted(params JobEvent[] more) => Samples.JobOf(
            Samples.Adopted(new AdoptedRental("r1", "by hand", ["/workspace/out"])),
            [new RentalChanged(1, "r1", RentalStatus.Running, ""), new RentalTaken(1, "r1", "lodger/digits.k3f9qa/1", "by hand"), new JobEnded(1, EndReason.Adopted, null, ""), .. more]);
        Clock Said(JobState job) => Of(ClockKind.NeedsAttention, Facts with { Jobs = [job] });

        var failed = Adopted().After(Hours(1), new VerificationFailed(1, []));
        var first = Said(failed);
        first.Sentence.ShouldBe("Not all that was named of r1 (digits) is home: something is written to all the time, is not there, or does not load. The rest is home, and the rental stays.");
        first.Fix.ShouldBe("lodger show digits  names it; then lodger pull digits");
        Said(failed.After(Hours(2), new RentalChanged(1, "r1", RentalStatus.Running, ""))).Key.ShouldBe(first.Key);
        Said(failed.After(Hours(3), new VerificationFailed(1, []))).Key.ShouldNotBe(first.Key);

        var away = Said(failed.After(Hours(2), new RentalChanged(1, "r1", RentalStatus.Offline, "")));
        away.Sentence.ShouldBe("r1, which was taken over as digits, does not run, so nobody can look what it holds; Lodger does not start what it did not start.");
        away.Fix.ShouldStartWith("Start it where you started it. To let it go as it is: lodger adopt --release r1");

        var restless = Enumerable.Range(1, 3).Aggregate(Adopted(), (job, n) => job.After(Hours(n), Samples.Receipt($"receipt-{n}"), new MachineRechecked(1, $"other-{n}")));
        Said(restless).Key.ShouldNotBe(Said(restless.After(Hours(9), new RentalChanged(1, "r1", RentalStatus.Running, ""))).Key);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void A_destroy_in_vain_is_said_after_four_askings(int times, bool said)
    {
        var going = Samples.Job([.. Samples.Finished, Samples.Yes(), .. Enumerable.Repeat(new DestroyIntended(1, "r1"), times)]);
        Runs(ClockKind.NotObeyed, Facts with { Jobs = [going], Rentals = [Samples.Rental] }).ShouldBe(said);
    }
}
