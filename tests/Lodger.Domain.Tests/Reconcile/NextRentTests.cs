using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>After which ends another machine is rented by itself, and which one; and after which a person is asked.</summary>
public sealed class NextRentTests
{
    private static readonly Waits Waits = new();
    private static readonly DateTimeOffset Now = Samples.T0 + TimeSpan.FromMinutes(5);
    private static readonly JobSpec Spot = Samples.Spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*"], Work = TimeSpan.FromHours(5) };
    private static readonly Problem Unusable = new("rental-differs", "It was no use.", "", ExitCode.RentalUnusable);
    private static readonly Problem Gone = new("offer-gone", "It is not there any more.", "", ExitCode.NoOffer);
    private static readonly Problem Lost = new(Reconciler.RentLost, "No answer.", "", ExitCode.Unknown);
    private static readonly Problem Beaten = new(NextRent.OutbidBeforeStart, "Somebody pays more.", "", ExitCode.RentalUnusable);

    private static bool IsDue(JobSpec spec, params JobEvent[] events) => NextRent.IsDue(Samples.Job(spec, events), Now, Waits);

    /// <summary>The same for both: what happened to its first rental.</summary>
    private static void AfterThis(bool onDemand, bool flexible, params JobEvent[] events)
    {
        IsDue(Samples.Spec, events).ShouldBe(onDemand, "on-demand");
        IsDue(Spot, events).ShouldBe(flexible, "a bid");
        IsDue(Spot with { Rent = RentMode.Auto }, events).ShouldBe(flexible, "either");
        IsDue(Spot, [.. events, new CancelRequested("anna")]).ShouldBe(events.Length == 0, "a person ended it");
        if (events.Length > 0)
            IsDue(Spot, [.. events, new BudgetReached(1, 1, 1)]).ShouldBeFalse("a person is asked for another budget");
    }

    private static readonly JobEvent Away = new DestroyConfirmed(1, "r1", null);

    [Fact]
    public void The_first_rental_is_due_at_once() => AfterThis(true, true);

    [Fact]
    public void What_gave_no_answer_is_asked_for_again() => AfterThis(true, true, Samples.Running[0], new RentRefused(1, Lost));

    [Fact]
    public void An_offer_that_is_gone_is_followed_by_another_where_it_is_left_to_Lodger() => AfterThis(false, true, Samples.Running[0], new RentRefused(1, Gone));

    [Fact]
    public void A_machine_that_was_no_use_is_replaced() => AfterThis(true, true, [.. Samples.Running[..3], new AttemptGivenUp(1, Unusable), Away]);

    [Fact]
    public void A_machine_that_was_no_use_is_torn_down_first() => AfterThis(false, false, [.. Samples.Running[..3], new AttemptGivenUp(1, Unusable)]);

    [Fact]
    public void What_a_person_cancelled_before_it_began_is_not_followed_by_another() =>
        AfterThis(false, false, [.. Samples.Running[..3], new AttemptGivenUp(1, new Problem("cancelled", "", "", ExitCode.Cancelled)), Away]);

    [Fact]
    public void A_machine_that_was_lost_in_the_middle_of_the_work_is_followed_by_another_where_it_is_left_to_Lodger() => AfterThis(false, true, [.. Samples.Running, new RentalVanished(1, "r1")]);

    [Fact]
    public void A_machine_that_refused_the_job_is_followed_by_another_where_it_is_left_to_Lodger() => AfterThis(false, true, [.. Samples.Running[..^1], new JobEnded(1, EndReason.Refused, null, "no GPU"), Away]);

    [Theory]
    [InlineData(EndReason.Exited)]
    [InlineData(EndReason.CrashLoop)]
    [InlineData(EndReason.Stalled)]
    public void A_command_that_ended_is_the_end(EndReason reason)
    {
        AfterThis(false, false, [.. Samples.Running, new JobEnded(1, reason, 0, ""), Away]);
        AfterThis(false, false, [.. Samples.Running, new JobEnded(1, reason, 0, ""), new RentalVanished(1, "r1")]);
    }

    [Fact]
    public void A_move_is_gone_through_with() => AfterThis(true, true, [.. Samples.Running, new MoveDecided(1, "", "", [], Samples.Offer, 0.2m, null)]);

    [Fact]
    public void A_rental_that_came_to_light_late_is_torn_down_before_another_is_rented()
    {
        JobEvent[] events = [Samples.Running[0], new RentRefused(1, Lost), new RentIntended(2, "o2", "lodger/digits.k3f9qa/2"), new RentRefused(2, Gone)];
        IsDue(Spot, events).ShouldBeTrue();
        IsDue(Spot, [.. events, new Rented(1, "r1", Adopted: true)]).ShouldBeFalse();
        IsDue(Spot, [.. events, new Rented(1, "r1", Adopted: true), Away]).ShouldBeTrue();
    }

    private static JobEvent[] Try(int number, params JobEvent[] then) => [new RentIntended(number, $"o{number}", JobState.LabelFor("digits.k3f9qa", number)), .. then];

    private static JobEvent[] NoUse(int number) => Try(number, new Rented(number, $"r{number}", false), new AttemptGivenUp(number, Unusable), new DestroyConfirmed(number, $"r{number}", null));

    [Fact]
    public void After_five_machines_in_a_row_that_were_no_use_a_person_looks()
    {
        IsDue(Spot, [.. Enumerable.Range(1, 4).SelectMany(NoUse)]).ShouldBeTrue();
        IsDue(Spot, [.. Enumerable.Range(1, 5).SelectMany(NoUse)]).ShouldBeFalse();
        IsDue(Spot, [.. Enumerable.Range(1, 2).SelectMany(NoUse), .. Try(3, new RentRefused(3, Gone)), .. Enumerable.Range(4, 2).SelectMany(NoUse)]).ShouldBeTrue("an offer that was gone is no machine");
        IsDue(Spot, [.. NoUse(1), .. NoUse(2), .. Try(3, new Rented(3, "r3", false), new PayloadIntended(3), new JobStarted(3), new RentalVanished(3, "r3")), .. NoUse(4), .. NoUse(5), .. NoUse(6), .. NoUse(7)])
            .ShouldBeTrue("one of them ran the command");
    }

    [Fact]
    public void After_twenty_offers_in_a_row_that_were_gone_a_person_looks()
    {
        IsDue(Spot, [.. Enumerable.Range(1, 19).SelectMany(n => Try(n, new RentRefused(n, Gone)))]).ShouldBeTrue();
        IsDue(Spot, [.. Enumerable.Range(1, 20).SelectMany(n => Try(n, new RentRefused(n, Gone)))]).ShouldBeFalse();
    }

    [Fact]
    public void After_five_rents_in_a_row_without_an_answer_a_person_looks()
    {
        IsDue(Spot, [.. Enumerable.Range(1, 4).SelectMany(n => Try(n, new RentRefused(n, Lost)))]).ShouldBeTrue();
        IsDue(Spot, [.. Enumerable.Range(1, 5).SelectMany(n => Try(n, new RentRefused(n, Lost)))]).ShouldBeFalse();
        IsDue(Spot, [.. NoUse(1), .. Enumerable.Range(2, 4).SelectMany(n => Try(n, new RentRefused(n, Lost)))]).ShouldBeTrue("those before a machine came are another row");
    }

    private static Observation See(DateTimeOffset at, params Offer[] offers) => new() { Listing = new Listing([], at), Offers = offers, OffersAt = at };

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldHaveSingleItem();

    private static Offer Other(string id) => Samples.Offer with { Id = id, MachineId = $"m-{id}", HostId = $"h-{id}", MinBidUsdPerHour = 0.1m };

    [Fact]
    public void What_gave_no_answer_is_asked_for_again_as_it_was()
    {
        var offer = Other("o1");
        var job = Samples.Job(Spot, new RentIntended(1, "o1", "lodger/digits.k3f9qa/1", offer, 0.2m), new RentRefused(1, Lost));
        Decide(job, new Observation { Listing = new Listing([], Now) }).ShouldBe(new Rent(2, "o1", "lodger/digits.k3f9qa/2", offer, 0.2m));
    }

    [Fact]
    public void Where_the_work_moves_to_was_chosen_with_its_bid()
    {
        var offer = Other("o2");
        var job = Samples.Job(Spot, [.. Samples.Running, new MoveDecided(1, "", "", [], offer, 0.2m, null), Away]);
        Decide(job, new Observation { Listing = new Listing([], Now) }).ShouldBe(new Rent(2, "o2", "lodger/digits.k3f9qa/2", offer, 0.2m));
    }

    [Fact]
    public void What_is_chosen_from_the_market_says_why_beside_what_and_that_it_was_chosen_just_now()
    {
        var lost = Samples.Job(Spot, [.. Samples.Running, new RentalVanished(1, "r1")]);
        Decide(lost, new Observation { Listing = new Listing([], Now) }).ShouldBe(new LookForOffers(1));
        Decide(lost, See(Now, Other("o2")) with { OffersAt = Now - Waits.OffersValid - TimeSpan.FromTicks(1) }).ShouldBe(new LookForOffers(1));
        var rent = Decide(lost, See(Now, Other("o2"), Other("o3") with { MinBidUsdPerHour = 0.15m }) with { OffersAt = Now - Waits.OffersValid }).ShouldBeOfType<Rent>();
        (rent.Attempt, rent.OfferId, rent.Label, rent.FromList).ShouldBe((2, "o2", "lodger/digits.k3f9qa/2", true));
        rent.BidUsdPerHour!.Value.ShouldBeInRange(0.1m, 0.4m);
        rent.Choice!.ShouldContain("-> move to o2");
        rent.Alternatives!.ShouldNotBeEmpty();
        Decide(lost, See(Now)).ShouldBeOfType<Wait>().Why.ShouldStartWith("no offer to go on with: nothing that is for rent fits");
    }

    [Fact]
    public void An_offer_on_which_a_bid_was_beaten_rests_from_when_it_was_beaten()
    {
        var at = Samples.T0 + TimeSpan.FromMinutes(30);
        var job = Samples.Job(Spot).After(TimeSpan.FromMinutes(30), new RentIntended(1, "o1", "lodger/digits.k3f9qa/1", Other("o1"), 0.2m), new Rented(1, "r1", false))
            .After(TimeSpan.FromMinutes(33), new AttemptGivenUp(1, Beaten), Away);
        Decide(job, See(at.AddMinutes(8) - TimeSpan.FromTicks(1), Other("o1"))).ShouldBeOfType<Wait>();
        Decide(job, See(at.AddMinutes(8), Other("o1"))).ShouldBeOfType<Rent>();
        Decide(job, See(at.AddMinutes(4), Other("o2"))).ShouldBeOfType<Rent>("another one is not meant");
    }

    [Fact]
    public void The_second_replacement_is_held_against_the_machine_that_failed_last()
    {
        var never = new Problem(NextRent.BootNeverCame, "It never came.", "", ExitCode.RentalUnusable);
        var slow = Other("o2") with { DownloadMbps = 200 };
        var job = Samples.Job(Samples.Spec, [.. NoUse(1), new RentIntended(2, "o2", "lodger/digits.k3f9qa/2", slow), new Rented(2, "r2", false), new AttemptGivenUp(2, never), new DestroyConfirmed(2, "r2", null)]);
        Decide(job, See(Now, Other("o3") with { DownloadMbps = 300 })).ShouldBeOfType<Rent>("a faster line than the one that failed");
        Decide(job, See(Now, Other("o3") with { DownloadMbps = 100 })).ShouldBeOfType<Wait>();
        Decide(job, See(Now, Other("o3") with { MachineId = slow.MachineId })).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void A_replacement_is_offered_for_as_long_as_the_job_needs_it()
    {
        var job = Samples.Job(Samples.Spec, NoUse(1));
        var brief = Other("o2") with { ContractEnd = Now.AddHours(1) };
        Decide(job, See(Now, brief) with { MarketNow = Now }).ShouldBeOfType<Wait>();
        Decide(job, See(Now, brief with { ContractEnd = Now.AddHours(9) }) with { MarketNow = Now }).ShouldBeOfType<Rent>();
    }

    [Fact]
    public void A_budget_that_starts_nothing_says_the_least_that_would_have_to_be_kept_back()
    {
        var lost = Samples.Job(Spot with { BudgetUsd = 0.0001m }, [.. Samples.Running[..5], new AttemptGivenUp(1, Unusable), Away]);
        var reached = Decide(lost, See(Now, Other("o2") with { UploadUsdPerGb = 1 }, Other("o3"))).ShouldBeOfType<Record>().Event.ShouldBeOfType<BudgetReached>();
        reached.ReserveUsd.ShouldBe(Reserve.Usd(Other("o3"), 20));

        var refused = Samples.Job(Spot with { BudgetUsd = 0.0001m }, [.. Samples.Running, new JobEnded(1, EndReason.Refused, null, ""), Away, reached]);
        Reconciler.Decide(refused, See(Now), Now, Waits).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldContain("lodger budget digits USD");
        Decide(refused.After(TimeSpan.FromMinutes(1), new BudgetSet(9, "anna")), See(Now, Other("o3"))).ShouldBeOfType<Rent>();
    }
}
