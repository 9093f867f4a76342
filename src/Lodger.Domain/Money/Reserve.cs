using Lodger.Domain.Market;

namespace Lodger.Domain.Money;

/// <summary>What a budget keeps back: pulling everything home, and keeping the disk until a person has had a week to answer.</summary>
public static class Reserve
{
    public static readonly TimeSpan DiskKept = TimeSpan.FromDays(7);

    /// <param name="rental">With its prices.</param>
    /// <param name="diskGb">At most so much can be on it.</param>
    public static decimal Usd(Rental rental, int diskGb)
    {
        ArgumentNullException.ThrowIfNull(rental);
        return (rental.UploadUsdPerGb * diskGb) + (rental.DiskUsdPerHour * (decimal)DiskKept.TotalHours);
    }
}
