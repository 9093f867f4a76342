using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Money;

/// <summary>What a budget keeps back: pulling everything home, and keeping the disk until a person has had a week to answer.</summary>
public static class Reserve
{
    public static readonly TimeSpan DiskKept = TimeSpan.FromDays(7);

    private const decimal HoursPerMonth = 720;

    /// <param name="rental">With its prices.</param>
    /// <param name="diskGb">At most so much can be on it.</param>
    public static decimal Usd(Rental rental, int diskGb)
    {
        ArgumentNullException.ThrowIfNull(rental);
        return Usd(rental.UploadUsdPerGb, rental.DiskUsdPerHour, diskGb);
    }

    /// <summary>The same, before it is rented.</summary>
    public static decimal Usd(Offer offer, int diskGb)
    {
        ArgumentNullException.ThrowIfNull(offer);
        return Usd(offer.UploadUsdPerGb, offer.StorageUsdPerGbMonth * diskGb / HoursPerMonth, diskGb);
    }

    public static decimal Usd(decimal uploadUsdPerGb, decimal diskUsdPerHour, int diskGb) => (uploadUsdPerGb * diskGb) + (diskUsdPerHour * (decimal)DiskKept.TotalHours);

    /// <summary>The same where thousands of offers are weighed.</summary>
    internal static double Usd(double uploadUsdPerGb, double diskUsdPerHour, int diskGb) => (uploadUsdPerGb * diskGb) + (diskUsdPerHour * DiskKept.TotalHours);

    /// <summary>
    /// What all rentals of a job have cost: by what the platform charged or by Lodger's own meter, whichever is more. It charges late, and one that is gone may never be asked about again.
    /// </summary>
    /// <param name="current">What was charged for the current rental so far; null: unknown.</param>
    /// <param name="marketNow">The platform's time; null: unknown, then meters stand where they were last read.</param>
    public static decimal SpentUsd(JobState job, Charges? current, DateTimeOffset? marketNow)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.Attempts.Sum(a => a.FinalCharges is null && ReferenceEquals(a, job.Current)
            ? Math.Max(current?.TotalUsd ?? 0, Of(a.Meter, null)) + Strays(a)
            : Of(a.Meter, a.FinalCharges) + Strays(a));

        decimal Strays(AttemptState a) => a.Strays.Sum(s => Of(s.Meter, s.FinalCharges));

        // What the meter may be wrong by is the platform's to say.
        decimal Of(Meter? meter, Charges? charged)
        {
            var read = marketNow is { } now ? meter?.UpTo(now) : meter;
            return charged is null ? read?.TotalUsd ?? 0 : Math.Max(charged.TotalUsd, (read?.TotalUsd - read?.MarginUsd) ?? 0);
        }
    }
}
