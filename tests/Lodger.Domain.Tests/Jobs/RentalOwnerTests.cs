using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Jobs;

public sealed class RentalOwnerTests
{
    private static readonly JobState Job = Samples.Job([.. Samples.Running, new StrayFound(1, "r2"), new StrayFound(1, "r3")]);

    private static string? Of(JobState job, string id, string account = "local") => RentalOwner.Of([Samples.Job(), job], account, id)?.Id;

    [Fact]
    public void A_job_answers_for_its_rental_and_every_second_one_until_each_is_gone()
    {
        foreach (var id in (string[])["r1", "r2", "r3"])
        {
            Of(Job, id).ShouldBe(Job.Id);
            Of(Job, id, "work").ShouldBeNull("another platform may give the same id");
        }

        foreach (var id in (string[])["r2", "r3"])
            Of(Job.After(TimeSpan.FromHours(1), new DestroyConfirmed(1, id, null)), id).ShouldBeNull();
        Of(Job, "r4").ShouldBeNull();
        foreach (var gone in (JobEvent[])[new RentalVanished(1, "r1"), new DestroyConfirmed(1, "r1", null)])
            Of(Job.After(TimeSpan.FromHours(1), gone), "r1").ShouldBeNull("its strays still bill, and it does not");
        foreach (var gone in (JobEvent[])[new RentalVanished(1, "r1"), new DestroyConfirmed(1, "r1", null)])
            Of(Samples.Job(Samples.Running).After(TimeSpan.FromHours(1), gone), "r1").ShouldBeNull();
    }

    [Fact]
    public void What_was_moved_away_from_is_answered_for_as_well_as_where_the_work_is()
    {
        var moved = Samples.Job([.. Samples.Running, new MoveDecided(1, "", "", [], Samples.Offer, null, null), new RentIntended(2, "o", "lodger/digits.k3f9qa/2"), new Rented(2, "r9", false)]);
        (Of(moved, "r1"), Of(moved, "r9")).ShouldBe((moved.Id, moved.Id));
    }

    [Theory]
    [InlineData("lodger/other.k3f9qb/1", "carries the label lodger/other.k3f9qb/1 and no longer lodger/digits.k3f9qa/1")]
    [InlineData("", "carries no label and no longer lodger/digits.k3f9qa/1")]
    [InlineData(null, "carries no label and no longer lodger/digits.k3f9qa/1")]
    public void What_is_another_s_by_now_is_let_go_with_what_it_bills_and_where_what_was_saved_lies(string? label, string said)
    {
        var job = Samples.JobOf(Samples.Adopted(new("r1", null, ["/workspace"])));
        var released = RentalOwner.TakenElsewhere(job, job.Current!, Samples.Rental with { Label = label }, Samples.T0);
        (released.RentalId, released.By, released.MarketAt, released.Why.ExitCode).ShouldBe(("r1", null, Samples.T0, ExitCode.RentalUnusable));
        released.Why.Message.ShouldContain(said);
        released.Why.Message.ShouldContain("bills $0.410/h");
        released.Why.Fix.ShouldContain("/home/anna/digits-results");
        released.Why.Fix.ShouldContain("lodger adopt r1");
        Of(job.After(TimeSpan.FromHours(1), released), "r1").ShouldBeNull();
        var beside = job.After(TimeSpan.FromHours(1), new StrayFound(1, "r2"), released);
        (Of(beside, "r1"), Of(beside, "r2")).ShouldBe((null, job.Id));
    }
}
