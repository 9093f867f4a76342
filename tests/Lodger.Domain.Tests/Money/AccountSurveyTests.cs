using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;

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
}
