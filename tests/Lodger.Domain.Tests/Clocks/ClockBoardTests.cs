using Lodger.Domain.Clocks;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Tests.Clocks;

public sealed class ClockBoardTests
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    private static AccountFacts Facts { get; } = new(
        "anna", "vast.ai (account anna)", new Account("anna", 1000, true, Samples.T0), [], [], [], Samples.T0, 1, Samples.T0, TimeSpan.FromHours(48));

    private static Volume Volume { get; } = new() { Id = "88", MachineId = "m1", SizeGb = 15, UsdPerHour = 0.002m, UsedBy = [] };

    private static Clock One(AccountFacts facts, ClockKind kind)
    {
        var clock = ClockBoard.Of(facts).ShouldHaveSingleItem();
        clock.Kind.ShouldBe(kind);
        return clock;
    }

    [Fact]
    public void A_contract_that_ends_is_a_clock_and_after_its_end_the_deletion_is()
    {
        var rental = Samples.Rental with { ContractEnd = Samples.T0.AddHours(30) };
        var before = One(Facts with { Rentals = [rental], Jobs = [Samples.Job(Samples.Running)] }, ClockKind.ContractEnd);
        (before.Left, before.FiresAt, before.Job, before.Fix).ShouldBe((TimeSpan.FromHours(30), rental.ContractEnd, "digits", "lodger down digits"));
        before.IsDue(Day).ShouldBeFalse();
        before.Sentence.ShouldContain("may be deleted 48 h later");

        var after = One(Facts with { Rentals = [rental], MarketNow = Samples.T0.AddHours(40) }, ClockKind.DataDeleted);
        (after.Left, after.FiresAt).ShouldBe((TimeSpan.FromHours(38), Samples.T0.AddHours(78)));
        after.Key.ShouldNotBe(before.Key, "two clocks: each is told");
        after.Fix.ShouldContain("console", Case.Insensitive, "no job owns it");
    }

    [Fact]
    public void Of_many_only_those_within_a_time_may_be_asked_for()
    {
        Rental Ends(int hours) => Samples.Rental with { Id = $"r{hours}", ContractEnd = Samples.T0.AddHours(hours) };
        var facts = Facts with { Rentals = [Ends(23), Ends(24), Ends(25), Ends(-1), Ends(-30)], Volumes = [Volume] };
        ClockBoard.Of(facts, Day).Select(c => c.Key).ShouldBe(ClockBoard.Of(facts).Where(c => c.IsDue(Day)).Select(c => c.Key));
        ClockBoard.Of(facts, Day).Select(c => c.Kind).ShouldBe([ClockKind.VolumeUnused, ClockKind.DataDeleted, ClockKind.ContractEnd, ClockKind.ContractEnd]);
        ClockBoard.Of(facts).Count.ShouldBe(7, "also the contract that ends in 25 hours, the disk that is kept for 47 more, and the balance");
    }

    [Fact]
    public void In_a_market_that_runs_faster_less_of_our_time_is_left() =>
        One(Facts with { Rentals = [Samples.Rental with { ContractEnd = Samples.T0.AddHours(30) }], MarketSpeed = 60 }, ClockKind.ContractEnd).Left.ShouldBe(TimeSpan.FromMinutes(30));

    [Theory]
    [InlineData(true, "the card on file is charged")]
    [InlineData(false, "with no card on file they are destroyed")]
    [InlineData(null, "does not say whether there is one")]
    public void The_balance_lasts_as_long_as_everything_on_the_account_lets_it(bool? card, string then)
    {
        var facts = Facts with { Account = new Account("anna", 4.12m, card, Samples.T0), Rentals = [Samples.Rental], Volumes = [Volume with { UsedBy = ["r1"] }] };
        var clock = One(facts, ClockKind.BalanceEmpty);
        clock.Left!.Value.TotalHours.ShouldBe(10, 0.001);
        clock.UsdPerHour.ShouldBe(0.412m);
        clock.Sentence.ShouldContain(then);
        clock.IsDue(Day).ShouldBeTrue();
    }

    [Fact]
    public void What_is_unknown_makes_no_balance_last_and_no_volume_unused()
    {
        var poor = Facts with { Account = new Account("anna", 1, false, Samples.T0), Rentals = [Samples.Rental] };
        ClockBoard.Of(poor with { Volumes = null }).ShouldBeEmpty();
        ClockBoard.Of(poor with { Rentals = null }).ShouldBeEmpty();
        ClockBoard.Of(poor with { Account = null }).ShouldBeEmpty();
        ClockBoard.Of(poor with { Rentals = [Samples.Rental with { Status = RentalStatus.Unknown }] }).ShouldBeEmpty();
        ClockBoard.Of(Facts with { Volumes = [Volume with { UsedBy = null }] }).ShouldBeEmpty();
    }

    [Fact]
    public void A_balance_that_is_used_up_already_fires_now() =>
        One(Facts with { Account = new Account("anna", -0.5m, null, Samples.T0), Rentals = [Samples.Rental] }, ClockKind.BalanceEmpty).Left.ShouldBe(TimeSpan.Zero);

    [Fact]
    public void A_stopped_rental_bills_for_nothing_unless_its_work_is_waited_for()
    {
        var stopped = Samples.Rental with { Status = RentalStatus.Stopped };
        var clock = One(Facts with { Rentals = [stopped] }, ClockKind.StoppedAndBilling);
        (clock.Left, clock.UsdPerHour, clock.IsDue(TimeSpan.Zero)).ShouldBe((null, 0.01m, true));
        clock.Sentence.ShouldContain("$7.20 a month");

        var spot = Samples.Spec with { Rent = Lodger.Domain.Spec.RentMode.Interruptible };
        var waiting = Samples.Job(spot, [.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid")]);
        ClockBoard.Of(Facts with { Rentals = [stopped with { Status = RentalStatus.Preempted }], Jobs = [waiting] }).ShouldBeEmpty();
        ClockBoard.Of(Facts with { Rentals = [stopped with { Status = RentalStatus.Offline }] }).ShouldBeEmpty("nothing bills");
    }

    [Fact]
    public void A_volume_that_nobody_uses_bills_for_nothing()
    {
        One(Facts with { Volumes = [Volume] }, ClockKind.VolumeUnused).Sentence.ShouldContain("$1.44 a month");
        ClockBoard.Of(Facts with { Volumes = [Volume with { UsedBy = ["r1"] }] }).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0.4, false, 0)]
    [InlineData(0.401, false, 0)]
    [InlineData(0.5, false, 1)]
    [InlineData(0.5, true, 0)]
    public void A_price_above_the_agreed_one_is_seen_and_a_bid_is_none(double now, bool bid, int clocks)
    {
        var rental = Samples.Rental with { GpuUsdPerHour = (decimal)now, Interruptible = bid };
        ClockBoard.Of(Facts with { Rentals = [rental], Jobs = [Samples.Job(Samples.Running)] }).Count(c => c.Kind == ClockKind.PriceRaised).ShouldBe(clocks);
    }

    [Fact]
    public void What_waits_for_a_person_is_a_clock_and_what_goes_on_by_itself_is_not()
    {
        var home = Samples.Job(Samples.Finished);
        var clock = One(Facts with { Jobs = [home], Rentals = [Samples.Rental] }, ClockKind.WaitsForYes);
        (clock.Job, clock.Fix, clock.UsdPerHour).ShouldBe(("digits", "lodger down digits", 0.41m));
        clock.Sentence.ShouldBe("Everything of digits is home and verified; r1 waits for your yes before it is destroyed.");
        ClockBoard.Of(Facts with { Jobs = [Samples.Job(Samples.Spec with { Teardown = Lodger.Domain.Spec.TeardownMode.WhenVerified }, Samples.Finished)] }).ShouldBeEmpty();
        ClockBoard.Of(Facts with { Jobs = [Samples.Job(Samples.Running)] }).ShouldBeEmpty();

        One(Facts with { Jobs = [home.After(TimeSpan.FromHours(1), new VerificationFailed(1, []))] }, ClockKind.NeedsAttention).Fix.ShouldBe("lodger pull digits");
        One(Facts with { Jobs = [Samples.Job([.. Samples.Running, new StallNoticed(1, TimeSpan.FromHours(1))])] }, ClockKind.Stalled).Job.ShouldBe("digits");
    }

    [Fact]
    public void A_platform_that_was_asked_four_times_and_does_not_obey_is_a_clock()
    {
        var idle = Samples.Job(Samples.Finished);
        for (var asked = 1; asked <= 4; asked++)
        {
            idle = idle.After(TimeSpan.FromMinutes(1), new StopIntended(1, "no answer"), new StopTaken(1));
            ClockBoard.Of(Facts with { Jobs = [idle], Rentals = [Samples.Rental] }).Count(c => c.Kind == ClockKind.NotObeyed).ShouldBe(asked == 4 ? 1 : 0);
        }

        var clock = ClockBoard.Of(Facts with { Jobs = [idle], Rentals = [Samples.Rental] }).Single(c => c.Kind == ClockKind.NotObeyed);
        (clock.Job, clock.UsdPerHour).ShouldBe(("digits", 0.41m));
        clock.Sentence.ShouldContain("tried 4 times to stop r1");
        ClockBoard.Of(Facts with { Jobs = [idle.After(TimeSpan.Zero, new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new RentalStopped(1, null))] }).ShouldNotContain(c => c.Kind == ClockKind.NotObeyed);

        var going = Enumerable.Range(0, 5).Aggregate(idle, (job, _) => job.After(TimeSpan.FromMinutes(1), new DestroyIntended(1, "r1")));
        One(Facts with { Jobs = [going], Rentals = [Samples.Rental] }, ClockKind.NotObeyed).Sentence.ShouldContain("tried 5 times to destroy r1");
        ClockBoard.Of(Facts with { Jobs = [going.After(TimeSpan.Zero, new DestroyConfirmed(1, "r1", null))] }).ShouldBeEmpty();
    }

    /// <summary>Its stopped disk is said besides, with the same way out.</summary>
    private static void Asks(AccountFacts facts, ClockKind kind, string fix)
    {
        var clocks = ClockBoard.Of(facts);
        clocks.Select(c => c.Kind).ShouldBe([kind, ClockKind.StoppedAndBilling], ignoreOrder: true);
        clocks.ShouldAllBe(c => c.Fix == fix);
    }

    [Fact]
    public void A_rental_that_the_work_has_left_asks_for_a_yes_of_its_own_and_not_for_the_jobs_end()
    {
        JobEvent Second(JobEvent e) => e switch
        {
            RentIntended r => r with { Attempt = 2, Label = JobState.LabelFor("digits.k3f9qa", 2) },
            Rented r => r with { Attempt = 2, RentalId = "r2" },
            RentalChanged r => r with { Attempt = 2, RentalId = "r2" },
            AttemptEvent a => a with { Attempt = 2 },
            _ => e,
        };
        var moved = Samples.Job([.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new MoveDecided(1, "outbid", "", [], Samples.Offer, 0.2m, null), Samples.Receipt(), .. Samples.Running.Select(Second)]);
        var rentals = new[] { Samples.Rental with { Status = RentalStatus.Stopped }, Samples.Rental with { Id = "r2" } };
        moved.Phase.ShouldBe(JobPhase.Running);
        Asks(Facts with { Jobs = [moved], Rentals = rentals }, ClockKind.WaitsForYes, "lodger gate digits");

        // The job is done, and only that rental is left: it is the one that is spoken of.
        var done = moved.After(TimeSpan.FromHours(1), new JobEnded(2, EndReason.Exited, 0, ""), Samples.Receipt("receipt-2") with { Attempt = 2 }, new DestroyConfirmed(2, "r2", null));
        (done.Phase, done.Focus!.RentalId).ShouldBe((JobPhase.AwaitingApproval, "r1"));
        Asks(Facts with { Jobs = [done], Rentals = rentals[..1] }, ClockKind.WaitsForYes, "lodger down digits");
    }

    [Fact]
    public void The_soonest_loss_stands_first_and_what_costs_already_before_it()
    {
        var clocks = ClockBoard.Of(Facts with
        {
            Rentals =
            [
                Samples.Rental with { Id = "late", ContractEnd = Samples.T0.AddDays(9) },
                Samples.Rental with { Id = "soon", ContractEnd = Samples.T0.AddHours(1) },
                Samples.Rental with { Id = "off", Status = RentalStatus.Stopped },
            ],
        });
        clocks.Select(c => c.Kind).ShouldBe([ClockKind.StoppedAndBilling, ClockKind.ContractEnd, ClockKind.ContractEnd]);
        clocks[1].Key.ShouldContain("soon");
        clocks.Select(c => c.Key).ShouldBeUnique();
    }
}
