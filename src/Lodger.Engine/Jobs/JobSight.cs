using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Profile;

namespace Lodger.Engine.Jobs;

/// <summary>A job with what was last seen of it.</summary>
/// <param name="Rental">As the newest readable listing showed it.</param>
/// <param name="Others">Rentals that the work has left and that still bill, as the same listing showed them.</param>
/// <param name="SeenAt">When that listing was asked for.</param>
/// <param name="RentalGone">The platform said that it does not exist.</param>
/// <param name="MarketNow">The platform's time now; null: its account is not open.</param>
public sealed record JobSight(JobState State, JobLive Live, Rental? Rental, IReadOnlyList<Rental> Others, DateTimeOffset SeenAt, bool RentalGone, DateTimeOffset? MarketNow = null)
{
    /// <summary>Of the platform; null: its account is not open.</summary>
    public PlatformProfile? Profile { get; init; }
}
