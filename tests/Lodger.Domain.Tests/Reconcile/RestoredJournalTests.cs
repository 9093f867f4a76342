using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>A journal that is older than the truth, after going back to a backup: what it does not know of is neither rented twice nor destroyed.</summary>
public sealed class RestoredJournalTests
{
    private static readonly Waits Waits = new();
    private static readonly JobSpec Spec = Samples.Spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*"] };

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static Rental Labelled(string id, string label, RentalStatus status = RentalStatus.Running) => Samples.Rental with { Id = id, Label = label, Status = status };

    private static JobAction Decide(JobState job, double minutes, params Rental[] rentals) =>
        Reconciler.Decide(job, new Observation { Listing = new Listing(rentals, Samples.T0 + Minutes(minutes)), Gone = new HashSet<string> { "r1" } }, Samples.T0 + Minutes(minutes), Waits).ShouldHaveSingleItem();

    [Theory]
    [InlineData("lodger/digits.k3f9qa/2")]
    [InlineData("lodger/digits.k3f9qa/7")]
    public void Beside_a_rental_of_an_attempt_that_the_journal_does_not_know_nothing_is_rented(string label)
    {
        var job = Samples.Job(Spec, [.. Samples.Running, new RentalVanished(1, "r1")]);
        Decide(job, 90).ShouldBeOfType<LookForOffers>("as it goes without one");
        var wait = Decide(job, 90, Labelled("r2", label)).ShouldBeOfType<Wait>();
        wait.Why.ShouldContain($"rental r2 has the label {label}");
        wait.Why.ShouldContain("lodger adopt r2");
        wait.Why.ShouldContain("lodger down digits");
    }

    [Fact]
    public void A_job_that_was_only_submitted_when_the_backup_was_made_rents_nothing_beside_its_first_rental() =>
        Decide(Samples.Job(Spec), 1, Labelled("r9", "lodger/digits.k3f9qa/1")).ShouldBeOfType<Wait>().Why.ShouldContain("rental r9");

    [Theory]
    [InlineData("lodger/digits.other1/2")]
    [InlineData("lodger/digits.k3f9qa/1")]
    [InlineData("lodger/digits.k3f9qa/two")]
    [InlineData("mine")]
    [InlineData(null)]
    public void Labels_of_others_and_of_attempts_that_it_knows_are_no_reason_to_wait(string? label)
    {
        var job = Samples.Job(Spec, [.. Samples.Running, new RentalVanished(1, "r1")]);
        var actions = Reconciler.Decide(job, new Observation { Listing = new Listing([Labelled("r2", label!)], Samples.T0 + Minutes(90)) }, Samples.T0 + Minutes(90), Waits);
        actions.ShouldNotContain(a => a is Wait);
    }

    [Fact]
    public void A_rental_whose_answer_the_journal_lacks_may_have_worked_for_long_and_is_not_destroyed_unseen()
    {
        var job = Samples.Job(Spec, [Samples.Running[0]]);
        var stopped = Labelled("r1", "lodger/digits.k3f9qa/1", RentalStatus.Stopped);
        var seen = new Observation { Listing = new Listing([stopped], Samples.T0 + Minutes(60)) };
        for (var step = 0; step < 8 && Reconciler.Decide(job, seen, seen.Listing.At, Waits)[0] is Record record; step++)
            job = job.After(Minutes(60), record.Event);
        job.Current!.RentalId.ShouldBe("r1");
        job.Current.PayloadIntended.ShouldBeTrue("it may hold something");
        Reconciler.Decide(job, seen, seen.Listing.At, Waits)[0].ShouldNotBeOfType<DestroyRental>();
        job.Current.Approval.ShouldBeNull();
    }

    [Fact]
    public void One_that_shows_while_its_answer_is_looked_for_never_held_anything()
    {
        var job = Samples.Job(Spec, [Samples.Running[0]]);
        var seen = new Observation { Listing = new Listing([Labelled("r1", "lodger/digits.k3f9qa/1", RentalStatus.Stopped)], Samples.T0 + Minutes(2)) };
        Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldHaveSingleItem().ShouldBe(new Record(new Rented(1, "r1", Adopted: true)));
    }

    [Fact]
    public void A_rental_that_comes_back_after_its_work_went_on_elsewhere_is_left_as_if_it_had_been_left_by_choice()
    {
        var job = Samples.Job(Spec, [
            .. Samples.Running, new RentalVanished(1, "r1"), new RentIntended(2, "o2", "lodger/digits.k3f9qa/2", Samples.Offer with { Id = "o2" }, 0.2m), new Rented(2, "r2", false),
            new RentalChanged(2, "r2", RentalStatus.Running, "running"), new BoxReached(2, "127.0.0.1", 2, false), new RoundTripProved(2, "abc", 1024)]);
        Rental[] both = [Labelled("r1", "lodger/digits.k3f9qa/1"), Labelled("r2", "lodger/digits.k3f9qa/2") with { Interruptible = true, GpuUsdPerHour = 0.2m }];
        IReadOnlyList<JobAction> Both() => Reconciler.Decide(job, new Observation { Listing = new Listing(both, Samples.T0 + Minutes(90)) }, Samples.T0 + Minutes(90), Waits);
        job = job.After(Minutes(90), Both()[0].ShouldBeOfType<Record>().Event.ShouldBeOfType<RentalChanged>());
        Both()[^1].ShouldBeOfType<Wait>("two machines must never run one job");
        var left = Both()[0].ShouldBeOfType<Record>().Event.ShouldBeOfType<MoveDecided>();
        left.Attempt.ShouldBe(1);
        left.Offer.Id.ShouldBe("o2");
        job = job.After(Minutes(90), left);
        Both()[0].ShouldBeOfType<StopRental>().RentalId.ShouldBe("r1");
        Both()[^1].ShouldBeOfType<Wait>().Why.ShouldContain("until r1 is stopped and fenced");
    }
}
