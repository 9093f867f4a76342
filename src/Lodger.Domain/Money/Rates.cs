using Lodger.Domain.Market;

namespace Lodger.Domain.Money;

/// <summary>What a rental bills at one moment.</summary>
/// <param name="GpuUsdPerHour">0 while its GPUs bill nothing.</param>
/// <param name="DiskUsdPerHour">At the price of its state, since a stopped disk may cost more; 0 while its host is offline.</param>
/// <param name="UploadUsdPerGb">Per 10^9 bytes that leave it, in every state.</param>
/// <param name="DownloadUsdPerGb">Per 10^9 bytes that reach it, in every state.</param>
public sealed record Rates(decimal GpuUsdPerHour, decimal DiskUsdPerHour, decimal UploadUsdPerGb, decimal DownloadUsdPerGb)
{
    private const decimal HoursPerMonth = 720;

    public decimal UsdPerHour => GpuUsdPerHour + DiskUsdPerHour;

    /// <summary>Of a rental that was just made from an offer and has not been seen yet: its disk bills, its GPUs do not.</summary>
    public static Rates OfNew(Offer offer, int diskGb)
    {
        ArgumentNullException.ThrowIfNull(offer);
        return new(0, offer.StorageUsdPerGbMonth * diskGb / HoursPerMonth, offer.UploadUsdPerGb, offer.DownloadUsdPerGb);
    }

    /// <summary>The profile's section 5: GPU only while the container runs, disk in every state but offline. Null: the platform does not say what the rental does.</summary>
    public static Rates? Of(Rental rental)
    {
        ArgumentNullException.ThrowIfNull(rental);
        return rental.Status == RentalStatus.Unknown
            ? null
            : new(
                rental.Status == RentalStatus.Running ? rental.GpuUsdPerHour : 0,
                rental.Status == RentalStatus.Offline ? 0 : rental.DiskUsdPerHour,
                rental.UploadUsdPerGb,
                rental.DownloadUsdPerGb);
    }
}

/// <summary>What a GPU that bills is good for.</summary>
public enum GpuUse
{
    /// <summary>It runs, and the job's command does not yet: checks, sending.</summary>
    Start,

    /// <summary>The job's command runs.</summary>
    Work,

    /// <summary>The command is over, gone on elsewhere or hangs, and the GPU still bills: bringing home, waiting for a yes.</summary>
    Idle,

    /// <summary>Whoever started it uses it, or does not: of a rental that was taken over nobody here knows.</summary>
    Foreign,
}
