using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>What the platform shows, what it does not, and for how long neither proves anything.</summary>
public sealed class SeenAndUnseenTests
{
    private static readonly Waits Waits = new();
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);
    private static readonly DateTimeOffset Now = Samples.T0 + TimeSpan.FromMinutes(30);
    private static readonly IReadOnlySet<string> Nothing = new HashSet<string>();

    private static Observation See(DateTimeOffset at, params Rental[] rentals) => new() { Listing = new Listing(rentals, at) };

    private static Observation SeeNothing(DateTimeOffset at) => new() { Listing = Listing.Unknown(at) };

    private static IReadOnlyList<JobAction> Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, Waits);

    private static JobAction One(JobState job, Observation seen) => Decide(job, seen).ShouldHaveSingleItem();

    private static HashSet<string> Gone(params string[] ids) => [.. ids];

    /// <summary>A second rental with the label of the first, which never held anything.</summary>
    private static JobState WithStray(params JobEvent[] more) => Samples.Job([.. Samples.Running[..2], new StrayFound(1, "r9"), .. more]);

    private static JobAction OfTheStray(JobState job, Observation seen) => Decide(job, seen)[0];

    [Fact]
    public void A_stray_is_destroyed_asked_for_again_and_believed_gone_only_when_the_platform_says_so()
    {
        var both = See(Now, Samples.Rental, Samples.Rental with { Id = "r9" });
        OfTheStray(WithStray(), both).ShouldBe(new DestroyRental(1, "r9"));
        OfTheStray(WithStray(), SeeNothing(Now)).ShouldBeOfType<Wait>().Why.ShouldBe("the platform does not say just now whether r9 is still there");
        OfTheStray(WithStray(), both with { Gone = Gone("r9") }).ShouldBe(new DestroyRental(1, "r9"), "an answer about what was never asked for may be wrong");

        var asked = WithStray(new DestroyIntended(1, "r9"));
        var since = asked.Current!.Strays[0].DestroyIntendedAt!.Value;
        JobAction At(TimeSpan later) => OfTheStray(asked, See(since + later, Samples.Rental, Samples.Rental with { Id = "r9" }));
        At(Waits.AskAgain - Moment).ShouldBeOfType<Wait>().Why.ShouldBe("until r9 is really gone");
        At(Waits.AskAgain).ShouldBe(new DestroyRental(1, "r9"));
        OfTheStray(asked, See(since + Waits.AskAgain, Samples.Rental) with { Gone = Gone("r9") }).ShouldBe(new ConfirmDestroyed(1, "r9"));
        OfTheStray(asked, SeeNothing(since + Waits.AskAgain)).ShouldBe(new DestroyRental(1, "r9"), "a destroy may be repeated");
    }

    [Fact]
    public void A_stray_that_is_gone_is_not_spoken_of_again_and_one_that_is_shown_long_after_is()
    {
        var gone = WithStray(new DestroyIntended(1, "r9"), new DestroyConfirmed(1, "r9", null));
        var at = gone.Current!.Strays[0].DestroyedAt!.Value;
        Rental[] both = [Samples.Rental with { Status = RentalStatus.Loading }, Samples.Rental with { Id = "r9" }];
        Decide(gone, See(at + Waits.DestroySettles, both)).ShouldNotContain(new Record(new StrayFound(1, "r9")));
        Decide(gone, See(at + Waits.DestroySettles + Moment, both)).ShouldBe([new Record(new StrayFound(1, "r9"))]);
        Decide(WithStray(), See(Now, both)).ShouldNotContain(new Record(new StrayFound(1, "r9")), "it is known");
        Decide(Samples.Job(Samples.Running[..2]), See(Now, both)).ShouldBe([new Record(new StrayFound(1, "r9"))]);
    }

    [Fact]
    public void The_first_rental_with_its_label_is_the_jobs_and_every_further_one_is_a_stray() =>
        Decide(Samples.Job(Samples.Running[0]), See(Samples.T0 + TimeSpan.FromMinutes(1), Samples.Rental, Samples.Rental with { Id = "r9" })).ShouldBe([new Record(new Rented(1, "r1", Adopted: true)), new Record(new StrayFound(1, "r9"))]);

    [Fact]
    public void What_is_shown_for_a_while_after_it_was_seen_gone_is_still_gone()
    {
        var gone = Samples.Job([.. Samples.Finished, Samples.Yes(), new MachineRechecked(1, "m1"), new DestroyIntended(1, "r1"), new DestroyConfirmed(1, "r1", null)]);
        var at = gone.Current!.DestroyedAt!.Value;
        One(gone, See(at + Waits.DestroySettles, Samples.Rental)).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>();
        One(gone, See(at + Waits.DestroySettles + Moment, Samples.Rental)).ShouldBe(new Record(new RentalChanged(1, "r1", RentalStatus.Running, "running")));
    }

    [Fact]
    public void A_rental_that_came_back_is_seen_to_as_any_other()
    {
        var back = Samples.Job([.. Samples.Running, new RentalVanished(1, "r1")]).After(TimeSpan.FromMinutes(10), new RentalChanged(1, "r1", RentalStatus.Running, "running"));
        One(back, See(Now, Samples.Rental)).ShouldBe(new ReadReport(1));
    }

    [Fact]
    public void A_destroy_of_what_never_held_anything_is_asked_for_again_without_more_ado()
    {
        var job = Samples.Job([.. Samples.Running[..5], new CancelRequested("anna"), new AttemptGivenUp(1, new Problem("cancelled", "", "", ExitCode.Cancelled)), new Approved(1, ApprovalKind.NothingDelivered, "r1", null, "anna", []), new DestroyIntended(1, "r1")]);
        var since = job.Current!.DestroyIntendedAt!.Value;
        One(job, See(since + Waits.AskAgain - Moment, Samples.Rental)).ShouldBeOfType<Wait>().Why.ShouldBe("until r1 is really gone");
        One(job, See(since + Waits.AskAgain, Samples.Rental)).ShouldBe(new DestroyRental(1, "r1"));
        One(job, SeeNothing(since + Waits.AskAgain)).ShouldBe(new DestroyRental(1, "r1"));
    }

    [Fact]
    public void What_is_not_shown_is_unknown_and_the_reason_is_said()
    {
        var job = Samples.Job(Samples.Running);
        One(job, SeeNothing(Now)).ShouldBeOfType<Wait>().Why.ShouldBe("until the platform's list of rentals is read; nothing is concluded meanwhile");
        One(job, See(Now)).ShouldBeOfType<Wait>().Why.ShouldBe("the platform does not show r1 just now: unknown, nothing is concluded");
    }

    [Fact]
    public void A_rental_has_vanished_when_it_is_old_enough_to_be_shown_and_the_platform_says_that_it_is_not_there()
    {
        var job = Samples.Job(Samples.Running);
        var shows = job.Current!.RentedAt!.Value + Waits.RentShows;
        One(job, See(shows - Moment) with { Gone = Gone("r1") }).ShouldBeOfType<Wait>();
        One(job, See(shows) with { Gone = Gone("r1"), MarketNow = Now }).ShouldBe(new Record(new RentalVanished(1, "r1", Now)));
        One(job, See(shows) with { Gone = Nothing }).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void A_rent_without_an_answer_is_looked_for_as_long_as_it_may_take_to_show()
    {
        var job = Samples.Job(Samples.Running[0]);
        var shows = job.Current!.RentIntendedAt + Waits.RentCall + Waits.RentShows;
        One(job, See(shows - Moment)).ShouldBeOfType<Wait>().Why.ShouldBe("looking for the rental with the label lodger/digits.k3f9qa/1");
        var lost = One(job, See(shows)).ShouldBeOfType<Record>().Event.ShouldBeOfType<RentRefused>().Problem;
        (lost.Id, lost.Message, lost.ExitCode).ShouldBe((Reconciler.RentLost, "The rent of offer offer-1 got no answer, and no rental with the label lodger/digits.k3f9qa/1 appeared.", ExitCode.Unknown));
    }

    [Fact]
    public void A_stop_is_seen_in_a_look_that_is_newer_than_the_asking_and_only_where_it_was_asked_for()
    {
        var asked = Samples.Job([.. Samples.Finished, new StopIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Exited, "")]);
        var since = asked.Current!.StopFirstAskedAt!.Value;
        var exited = Samples.Rental with { Status = RentalStatus.Exited };
        One(asked, See(since + Moment, exited)).ShouldBe(new Record(new RentalStopped(1, Samples.Rental.StartedAt)));
        One(asked, See(since, exited)).ShouldNotBe(new Record(new RentalStopped(1, Samples.Rental.StartedAt)));
        One(Samples.Job([.. Samples.Finished, new RentalChanged(1, "r1", RentalStatus.Exited, "")]), See(Now, exited)).ShouldNotBe(new Record(new RentalStopped(1, Samples.Rental.StartedAt)));
    }

    [Fact]
    public void A_silent_platform_is_waited_for_before_a_job_that_never_rented_is_closed()
    {
        var closed = One(Samples.Job(), SeeNothing(Samples.T0 + Waits.Submit + Moment)).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>();
        closed.Outcome.ShouldBe(JobOutcome.NotRun);
        closed.Problem!.Message.ShouldBe("local marketplace could not be read since the job was submitted; nothing was rented.");
        One(Samples.Job(), SeeNothing(Samples.T0 + Waits.Submit)).ShouldBeOfType<Wait>().Why.ShouldBe("the platform does not say what is rented: nothing is rented on top of that");
        One(Samples.Job(new CancelRequested("anna")), SeeNothing(Samples.T0)).ShouldBeOfType<Record>().Event.ShouldBe(new JobClosed(JobOutcome.Cancelled, null));
    }

    [Fact]
    public void Of_a_rental_that_we_made_the_label_is_nobodys_word_about_whose_it_is()
    {
        var job = Samples.Job([.. Samples.Finished, Samples.Yes(), new MachineRechecked(1, "m1")]);
        One(job, See(job.Current!.Recheck!.Value.At, Samples.Rental with { Label = "renamed" })).ShouldBe(new DestroyRental(1, "r1"));
    }

    [Fact]
    public void A_rental_that_comes_to_light_while_the_job_goes_on_elsewhere_is_torn_down()
    {
        var late = Samples.Job([Samples.Running[0], new RentRefused(1, new Problem(Reconciler.RentLost, "", "", ExitCode.Unknown)), new RentIntended(2, "o2", "lodger/digits.k3f9qa/2"), new Rented(2, "r2", false), new Rented(1, "r1", Adopted: true), new RentalChanged(1, "r1", RentalStatus.Running, "running")]);
        var seen = See(Now, Samples.Rental, Samples.Rental with { Id = "r2", Label = "lodger/digits.k3f9qa/2", Status = RentalStatus.Loading });
        var yes = Decide(late, seen)[0].ShouldBeOfType<Record>().Event.ShouldBeOfType<Approved>();
        (yes.Attempt, yes.Ground, yes.RentalId, yes.By).ShouldBe((1, ApprovalKind.NothingDelivered, "r1", "anna"));
        Decide(late.After(TimeSpan.FromMinutes(29), yes), seen)[0].ShouldBe(new DestroyRental(1, "r1"));
        Decide(late.After(TimeSpan.FromMinutes(29), new BudgetSet(1, "anna")), seen)[0].ShouldBe(new Record(yes), "whatever the budget says");
    }

    [Fact]
    public void What_was_given_up_goes_without_a_persons_yes_as_nothing_was_ever_sent_there()
    {
        var given = Samples.Job([.. Samples.Running[..5], new AttemptGivenUp(1, new Problem("rental-differs", "", "", ExitCode.RentalUnusable))]);
        One(given, See(Now, Samples.Rental)).ShouldBeOfType<Record>().Event.ShouldBeOfType<Approved>().Ground.ShouldBe(ApprovalKind.NothingDelivered);
        One(given, SeeNothing(Now)).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void A_change_of_what_the_platform_shows_is_written_down_before_anything_follows_from_it()
    {
        var seen = See(Now, Samples.Rental with { Status = RentalStatus.Exited, Evidence = "exited" });
        One(Samples.Job(Samples.Running), seen with { Listing = new Listing(seen.Listing.Rentals, Now) { Pushed = "pushed" } }).ShouldBe(new Record(new RentalChanged(1, "r1", RentalStatus.Exited, "exited", "pushed")));
    }
}
