using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Money;

public sealed class AccountSurveyTests
{
    private static readonly JobState Open = Samples.Job([.. Samples.Running, new StrayFound(1, "r2")]);

    private static readonly JobState Gone = Samples.Job([.. Samples.Finished, Samples.Yes(), new DestroyIntended(1, "r1"), new DestroyConfirmed(1, "r1", null), new JobClosed(JobOutcome.Succeeded, null)]);

    private static AccountSurvey Of(IReadOnlyList<JobState> jobs, params Rental[] rentals) => AccountSurvey.Of(rentals, [], null, jobs);

    [Fact]
    public void What_an_open_job_rented_or_lost_sight_of_is_owned_also_by_its_label_alone()
    {
        Of([Open], Samples.Rental, Samples.Rental with { Id = "r2" }, Samples.Rental with { Id = "r3" }).UnownedRentals.ShouldBeEmpty();
        Of([Open], Samples.Rental with { Id = "r9", Label = "lodger/digits.k3f9qa/2" }).UnownedRentals.ShouldHaveSingleItem().Ownership.ShouldBe(Ownership.UnknownJob);
    }

    [Fact]
    public void What_no_job_knows_and_what_a_closed_job_believes_gone_is_not()
    {
        Of([], Samples.Rental).UnownedRentals.ShouldHaveSingleItem().Ownership.ShouldBe(Ownership.UnknownJob);
        Of([], Samples.Rental with { Label = null }).UnownedRentals.ShouldHaveSingleItem().Ownership.ShouldBe(Ownership.NotLodgers);
        Of([Gone], Samples.Rental).UnownedRentals.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r.Ownership.ShouldBe(Ownership.ClosedJob), r => r.Job.ShouldBe("digits"));
    }

    [Fact]
    public void A_volume_is_owned_by_whoever_owns_its_users_and_shown_when_those_are_not_said()
    {
        Volume volume = new() { Id = "1", MachineId = "m1", UsdPerHour = 0.002m, UsedBy = ["r1"] };
        AccountSurvey.Of([Samples.Rental], [volume, volume with { Id = "2", UsedBy = [] }, volume with { Id = "3", UsedBy = null }, volume with { Id = "4", UsedBy = ["other"] }], null, [Open])
            .UnownedVolumes.Select(v => v.Volume.Id).ShouldBe(["2", "3", "4"]);
    }

    [Fact]
    public void A_job_answers_for_what_it_rented_until_it_is_closed_and_believes_it_gone()
    {
        var gone = Samples.Job([.. Samples.Finished, Samples.Yes(), new DestroyIntended(1, "r1"), new DestroyConfirmed(1, "r1", null)]);
        Of([gone], Samples.Rental).UnownedRentals.ShouldBeEmpty("it is open, and destroys what it sees again");
        var billing = Samples.Job([.. Samples.Running, new JobClosed(JobOutcome.Failed, null)]);
        Of([billing], Samples.Rental).UnownedRentals.ShouldBeEmpty("its rental may bill, and it knows");
        var moved = Samples.Job([.. Samples.Running, new MoveDecided(1, "", "", [], Samples.Offer, null, null), new RentIntended(2, "o", "lodger/digits.k3f9qa/2"), new Rented(2, "r9", false), new DestroyConfirmed(2, "r9", null), new JobClosed(JobOutcome.Failed, null)]);
        Of([moved], Samples.Rental, Samples.Rental with { Id = "r9" }).UnownedRentals.ShouldBeEmpty("one of its rentals may still bill");
        Of([Gone, Open], Samples.Rental with { Id = "r2", Label = null }).UnownedRentals.ShouldBeEmpty("another job has it as a second rental");
    }

    [Fact]
    public void Of_what_was_taken_over_the_label_says_nothing_and_what_was_let_go_is_nobodys()
    {
        var taken = Samples.JobOf(Samples.Adopted(new("r1", null, ["/workspace"])), new RentalTaken(1, "r1", "lodger/digits.k3f9qa/1", null));
        Of([taken], Samples.Rental).UnownedRentals.ShouldBeEmpty();
        Of([taken], Samples.Rental with { Id = "r9" }).UnownedRentals.ShouldHaveSingleItem().Ownership.ShouldBe(Ownership.UnknownJob);
        var released = taken.After(TimeSpan.FromHours(1), new RentalReleased(1, "r1", "anna", new Problem("rental-released", "", "", ExitCode.Ok), null));
        Of([released], Samples.Rental with { Label = null }).UnownedRentals.ShouldHaveSingleItem().Ownership.ShouldBe(Ownership.NotLodgers);
    }

    [Fact]
    public void What_nobody_answers_for_is_counted_and_priced()
    {
        Volume volume = new() { Id = "v1", MachineId = "m1", UsdPerHour = 0.002m, UsedBy = ["r8"] };
        var charges = new AccountCharges(new Dictionary<string, Charges> { ["r8"] = new("r8", 1, 2, 3, 4) }, new Dictionary<string, decimal> { ["v1"] = 0.7m });
        Rental[] rentals = [Samples.Rental, Samples.Rental with { Id = "r8", Label = null }, Samples.Rental with { Id = "r9", Label = null, Status = RentalStatus.Unknown }, Samples.Rental with { Id = "r7", Label = null, Status = RentalStatus.Stopped }];

        var survey = AccountSurvey.Of(rentals, [volume, volume with { Id = "v2" }], charges, [Open]);
        (survey.Rentals, survey.Volumes).ShouldBe((4, 2));
        survey.UsdPerHour.ShouldBe(0.41m + 0.01m + 0.002m + 0.002m, "what cannot be read is not priced");
        survey.UnownedRentals.Select(r => (r.Rental.Id, r.ChargedUsd)).ShouldBe([("r8", 10m), ("r9", null), ("r7", null)]);
        survey.UnownedVolumes.Select(v => (v.Volume.Id, v.ChargedUsd)).ShouldBe([("v1", 0.7m), ("v2", null)]);
        AccountSurvey.Of(rentals, [volume], null, [Open]).UnownedVolumes.ShouldHaveSingleItem().ChargedUsd.ShouldBeNull();
    }
}
