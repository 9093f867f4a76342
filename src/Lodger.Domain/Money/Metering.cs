using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Money;

/// <summary>What a look at the platform adds to the journal about money: only what changed, so that a quiet week is a handful of lines.</summary>
public static class Metering
{
    /// <summary>Traffic worth so much is written down, so that little is unknown when a rental is gone.</summary>
    private const decimal TrafficUsd = 0.001m;

    private const decimal BytesPerGb = 1_000_000_000m;

    /// <summary>The lines that a listing is worth.</summary>
    /// <param name="seenAt">The platform's time when it was asked for that listing.</param>
    /// <param name="agreedAt">The platform's time of the last listing before it; null: none since our own start.</param>
    public static IReadOnlyList<MeterRead> News(JobState job, RentalList rentals, DateTimeOffset seenAt, DateTimeOffset? agreedAt)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(rentals);
        List<MeterRead> news = [];
        foreach (var attempt in job.Attempts.Where(a => a.MayBill))
        {
            if (attempt is { RentalId: { } id, DestroyedAt: null, Vanished: false, Released: null } && rentals.WithId(id) is { } rental)
                Add(attempt.Number, rental, attempt.Meter, job.IsAdopted ? GpuUse.Foreign : UseOf(attempt), attempt.DestroyAskedMarketAt);
            foreach (var stray in attempt.Strays.Where(s => s.DestroyedAt is null))
            {
                if (rentals.WithId(stray.RentalId) is { } shown)
                    Add(attempt.Number, shown, stray.Meter, GpuUse.Idle, stray.DestroyAskedMarketAt);
            }
        }

        return news;

        void Add(int number, Rental rental, Meter? meter, GpuUse use, DateTimeOffset? destroyAsked)
        {
            if (Rates.Of(rental) is { } rates && Of(number, rental, rates, meter, use, destroyAsked, seenAt, agreedAt) is { } read)
                news.Add(read);
        }
    }

    /// <summary>What the newest listing shows on top of what is written down; for showing, not for the journal.</summary>
    /// <param name="now">The platform's time now.</param>
    public static Meter Live(Meter meter, Rental? rental, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(meter);
        if (meter.IsClosed || rental is null || Rates.Of(rental) is null)
            return meter.UpTo(now);
        var sofar = meter.UpTo(now);
        return sofar.Read(sofar.To, sofar.To, meter.Rates, meter.Use, rental.UploadedBytes, rental.DownloadedBytes);
    }

    private static MeterRead? Of(int attempt, Rental rental, Rates rates, Meter? meter, GpuUse use, DateTimeOffset? destroyAsked, DateTimeOffset seenAt, DateTimeOffset? agreedAt)
    {
        if (meter is null)
        {
            var made = rental.StartedAt is { } at && at < seenAt ? at : seenAt;
            return new(attempt, rental.Id, seenAt, Later(agreedAt, made), rates, use, rental.UploadedBytes, rental.DownloadedBytes, made);
        }

        // A listing that is older than what is written down says nothing new.
        if (seenAt <= meter.To)
            return null;
        if (!meter.IsClosed && rates == meter.Rates)
        {
            return use != meter.Use || Unwritten(rental, meter) >= TrafficUsd
                ? new(attempt, rental.Id, seenAt, seenAt, rates, use, rental.UploadedBytes, rental.DownloadedBytes)
                : null;
        }

        // Two changes have a moment that is known: our own destroy, and the contract's end. What came first made the GPU stop billing.
        if (meter.Rates.GpuUsdPerHour > 0 && rates.GpuUsdPerHour == 0 && Earlier(Between(destroyAsked), Between(rental.ContractEnd)) is { } moment)
            return new(attempt, rental.Id, moment, moment, rates, use, rental.UploadedBytes, rental.DownloadedBytes);
        return new(attempt, rental.Id, seenAt, agreedAt, rates, use, rental.UploadedBytes, rental.DownloadedBytes);

        DateTimeOffset? Between(DateTimeOffset? at) => at > meter.To && at > (agreedAt ?? meter.To) && at <= seenAt ? at : null;
    }

    private static decimal Unwritten(Rental rental, Meter meter) =>
        ((Math.Max(0, (rental.UploadedBytes ?? 0) - (meter.UploadedBytes ?? 0)) * rental.UploadUsdPerGb)
            + (Math.Max(0, (rental.DownloadedBytes ?? 0) - (meter.DownloadedBytes ?? 0)) * rental.DownloadUsdPerGb)) / BytesPerGb;

    private static GpuUse UseOf(AttemptState a) => a.IsOver || a.GivenUp is not null || a.Stall is { Cause: StallCause.NoProgress } ? GpuUse.Idle : a.StartedAt is null ? GpuUse.Start : GpuUse.Work;

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;

    private static DateTimeOffset Later(DateTimeOffset? a, DateTimeOffset b) => a is { } other && other > b ? other : b;
}
