using Lodger.Domain.Profile;

namespace Lodger.Domain.Sweep;

/// <summary>How often an account's rentals are listed: as often as the platform's rate limit allows for so many pages, with room left for whoever else uses the key.</summary>
public static class SweepPace
{
    /// <summary>Of the calls that the limit allows. The other half is for the platform's console, the official client and a second Lodger.</summary>
    private const double Share = 0.5;

    /// <summary>Looking more often than this gains nothing: a machine takes longer to boot.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(3);

    /// <summary>A push is worth a look now, and another so soon.</summary>
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(1);

    /// <summary>From the beginning of one listing to the beginning of the next.</summary>
    /// <param name="rentals">Of the whole account, as last listed.</param>
    /// <param name="took">How long that listing took. Longer than its pages need: the platform asked for more time between calls than it documents, and gets it.</param>
    public static TimeSpan Every(PlatformProfile profile, int rentals, TimeSpan took)
    {
        var least = Pages(profile, rentals);
        return Longer(Shortest, Longer(least, took) / Share);
    }

    /// <summary>The same while a push may have told of what the platform does not show yet: all that the limit allows.</summary>
    public static TimeSpan AfterPush(PlatformProfile profile, int rentals, TimeSpan took) => Longer(Soonest, Longer(Pages(profile, rentals), took));

    /// <summary>The shortest time in which all pages can be asked for.</summary>
    public static TimeSpan Pages(PlatformProfile profile, int rentals)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile.ListSpacing * Math.Max(1, (rentals + profile.ListPageRentals - 1) / profile.ListPageRentals);
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
