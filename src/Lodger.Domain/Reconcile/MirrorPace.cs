using Lodger.Domain.Box;
using Lodger.Domain.Cadence;
using Lodger.Domain.Jobs;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// How often checkpoints leave the machine, from its prices, its line and the expected rework. <see cref="Waits.Mirror"/> is the floor: how often is looked.
/// Reckoned in market time, in which prices and losses are.
/// </summary>
internal static class MirrorPace
{
    /// <summary>Change of the spacing that is worth a line in the journal.</summary>
    private const double Flat = 1.25;

    /// <summary>Null when it is as the journal says already.</summary>
    public static MirrorPaced? News(Situation s, BoxReport report)
    {
        if (Decide(s, report) is not { } due)
            return null;
        return s.Attempt.MirrorPace is not { } last || due.Spacing > last.Spacing * Flat || due.Spacing * Flat < last.Spacing ? due : null;
    }

    public static bool IsDue(Situation s)
    {
        if (s.Seen.MirrorLookedAt is { } looked && s.Now - looked < s.Waits.Mirror)
            return false;
        return s.Attempt.MirroredAt is not { } copied || s.Attempt.MirrorPace is not { } pace || s.Now - copied >= pace.Spacing;
    }

    /// <summary>Null while nobody knows how large a checkpoint is: the first one is copied as it is found.</summary>
    private static MirrorPaced? Decide(Situation s, BoxReport report)
    {
        if ((report.CheckpointBytes ?? s.Job.LargestMirrorBytes) is not { } size || s.Attempt.Cadence is not { } cadence)
            return null;
        var speed = double.IsFinite(s.Seen.MarketSpeed) && s.Seen.MarketSpeed > 0 ? s.Seen.MarketSpeed : 1;
        // A job that does not report may write as often as it likes: then each look finds one, for all that is known.
        var heeds = report.CheckpointAge is not null;
        var period = heeds ? cadence.Every + (cadence.WriteTime ?? TimeSpan.Zero) : s.Waits.Mirror;
        var advice = MirrorCadence.Decide(new MirrorInputs
        {
            CheckpointEvery = period * speed,
            CheckpointBytes = size,
            UploadUsdPerGb = s.Rental!.UploadUsdPerGb,
            BytesPerSecond = (s.Seen.CopyBytesPerSecond ?? (s.OfferOfAttempt.UploadMbps * 1e6 / 8)) / speed,
            GpuUsdPerHour = s.Rental.GpuUsdPerHour,
            MeanBetweenPreemptions = cadence.Mean * speed,
        });
        var spacing = advice.EveryNth == 1 ? TimeSpan.Zero : period * advice.EveryNth;
        return new(s.Attempt.Number, spacing, heeds ? advice.Why : $"the job does not say when it writes, so each look counts as one; {advice.Why}");
    }
}
