using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>What the platform's profile states is what is waited for: another profile, another decision.</summary>
public sealed class WaitsTests
{
    private static readonly JobState Booting = Samples.Job([.. Samples.Running[..2], new RentalChanged(1, "r1", RentalStatus.Loading, "pulling")]);

    [Theory]
    [InlineData(5, 6, true)]
    [InlineData(7, 6, false)]
    [InlineData(5, 4, false)]
    public void A_boot_is_given_up_after_the_profiles_window(double window, double after, bool givenUp)
    {
        var waits = Waits.Of(Samples.Profile() with { BootWindow = TimeSpan.FromMinutes(window) });
        IsGivenUp(Booting, RentalStatus.Loading, TimeSpan.FromMinutes(after), waits).ShouldBe(givenUp);
    }

    [Theory]
    [InlineData(30, 20, false)]
    [InlineData(30, 40, true)]
    [InlineData(60, 40, false)]
    public void A_rental_that_waits_for_its_gpu_is_given_up_after_the_profiles_window(double window, double after, bool givenUp)
    {
        var waits = Waits.Of(Samples.Profile() with { SchedulingWindow = TimeSpan.FromSeconds(window) });
        var scheduling = Samples.Job([.. Samples.Running[..2], new RentalChanged(1, "r1", RentalStatus.Scheduling, "waits")]);
        IsGivenUp(scheduling, RentalStatus.Scheduling, TimeSpan.FromSeconds(after), waits).ShouldBe(givenUp);
    }

    [Theory]
    [InlineData(2, 3, true)]
    [InlineData(5, 3, false)]
    [InlineData(5, 6, true)]
    public void A_destroyed_rental_is_tracked_again_when_it_is_shown_for_longer_than_the_profile_says(double settles, double after, bool tracked)
    {
        var waits = Waits.Of(Samples.Profile() with { DestroySettles = TimeSpan.FromMinutes(settles) });
        var gone = Samples.Job([.. Samples.Running, new RentalVanished(1, "r1"), new JobClosed(JobOutcome.NotRun, null)]);
        var seen = new Observation { Listing = new Listing([Samples.Rental], Samples.T0 + TimeSpan.FromMinutes(after)) };
        Reconciler.Decide(gone, seen, seen.Listing.At, waits).Any(a => a is Record { Event: RentalChanged }).ShouldBe(tracked);
    }

    [Theory]
    [InlineData(48, "48 hours")]
    [InlineData(12, "12 hours")]
    public void What_is_said_about_an_ended_contract_is_the_profiles_grace(double hours, string said)
    {
        var waits = Waits.Of(Samples.Profile() with { DataKeptAfterContractEnd = TimeSpan.FromHours(hours) });
        var rental = Samples.Rental with { Status = RentalStatus.Stopped, ContractEnd = Samples.T0 };
        var seen = new Observation { Listing = new Listing([rental], Samples.T0), MarketNow = Samples.T0 };
        StopDiagnosis.Of(rental, Samples.Job(Samples.Running).Current!, seen, Samples.T0, waits).Sentence.ShouldContain(said);
    }

    private static bool IsGivenUp(JobState job, RentalStatus status, TimeSpan after, Waits waits)
    {
        var seen = new Observation { Listing = new Listing([Samples.Rental with { Status = status }], Samples.T0 + after) };
        return Reconciler.Decide(job, seen, seen.Listing.At, waits).Any(a => a is Record { Event: AttemptGivenUp });
    }
}
