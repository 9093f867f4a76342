using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Sweep;
using Lodger.Engine.Tests.Journal;
using Lodger.Tests.Shared;

namespace Lodger.Engine.Tests.Sweep;

public sealed class SweepNewsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private static Rental Running { get; } = SampleRental.ByHand with { Label = "lodger/a.1/1", Ports = new Dictionary<string, Endpoint> { ["22/tcp"] = new("1.2.3.4", 40_022) } };

    private static JobState Job { get; } = JobState.Replay("a.1", [JournalStoreTests.First(), new(2, Now, new RentIntended(1, "o1", "lodger/a.1/1")), new(3, Now, new Rented(1, "r1", Adopted: false))]);

    private static JobState BeforeItsAnswer { get; } = JobState.Replay("a.1", [JournalStoreTests.First(), new(2, Now, new RentIntended(1, "o1", "lodger/a.1/1"))]);

    private static AccountSight Sight(params Rental[] rentals) => new(new Listing(rentals, Now), []);

    private static bool Concerns(JobState job, Rental[]? before, AccountSight now, bool wasKnown = true) =>
        SweepNews.Of(before is null ? null : new RentalList(before), wasKnown, now).Concern(job);

    [Fact]
    public void Who_sees_what_it_saw_before_is_not_concerned()
    {
        var same = Running with { Ports = new Dictionary<string, Endpoint>(Running.Ports) };
        Concerns(Job, [Running], Sight(same)).ShouldBeFalse();
        Concerns(Job, [Running, Running with { Id = "r2", Label = "lodger/b.1/1" }], Sight(same, Running with { Id = "r2", Label = "lodger/b.1/1", Status = RentalStatus.Stopped })).ShouldBeFalse();
    }

    [Fact]
    public void Every_difference_in_a_jobs_rental_concerns_it()
    {
        Concerns(Job, [Running], Sight(Running with { Status = RentalStatus.Preempted })).ShouldBeTrue();
        Concerns(Job, [Running], Sight(Running with { Evidence = "image 40 %" })).ShouldBeTrue();
        Concerns(Job, [Running], Sight(Running with { Ports = new Dictionary<string, Endpoint> { ["22/tcp"] = new("1.2.3.4", 40_023) } })).ShouldBeTrue();
        Concerns(Job, [Running], Sight()).ShouldBeTrue("it is not shown any more");
        Concerns(Job, [], Sight(Running)).ShouldBeTrue("it is shown for the first time");
        Concerns(Job, [], new AccountSight(new Listing([], Now), ["r1"])).ShouldBeTrue("the platform says that it is gone");
        Concerns(BeforeItsAnswer, [], Sight(Running)).ShouldBeTrue("its label is known before its id");
    }

    [Fact]
    public void A_look_that_failed_concerns_nobody_and_the_first_one_after_it_everybody()
    {
        Concerns(Job, [Running], new AccountSight(Listing.Unknown(Now), [])).ShouldBeFalse();
        Concerns(Job, [Running], Sight(Running), wasKnown: false).ShouldBeTrue();
        Concerns(Job, null, Sight(), wasKnown: false).ShouldBeTrue();
    }
}
