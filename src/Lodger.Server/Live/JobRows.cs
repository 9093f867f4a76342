using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Money;
using Lodger.Domain.Progress;
using Lodger.Engine.Jobs;
using Lodger.Server.Api;

namespace Lodger.Server.Live;

/// <summary>From a job's state to its row: from the journal and the machine's last report alone, so that a row stays the same while both do.</summary>
internal static class JobRows
{
    public static JobRow Of(JobState state, JobLive live)
    {
        var attempt = state.Focus;
        var offer = attempt?.Offer ?? state.Submission.Offer;
        var phase = state.Phase;
        var progress = phase == JobPhase.Running && live.Report is { } report ? ProgressReader.Read(state.Submission.Spec.Progress, report.ProgressText) : null;
        var meters = Meters(state);
        var at = meters.Count == 0 ? (DateTimeOffset?)null : meters.Max(m => m.To);
        var billing = meters.Where(m => !m.IsClosed).ToList();
        return new JobRow
        {
            Id = state.Id,
            Name = state.Name,
            Phase = phase,
            Outcome = state.Closed?.Outcome,
            Account = state.Submission.Account,
            SubmittedAt = state.SubmittedAt,
            ClosedAt = state.ClosedAt,
            Deadline = state.Deadline,
            Gpu = $"{offer.GpuCount}x {offer.GpuName}",
            Location = offer.Location,
            IsAdopted = state.IsAdopted,
            RentalId = attempt?.RentalId,
            Status = attempt is { DestroyedAt: null } ? attempt.LastStatus : null,
            Attempts = state.Attempts.Count,
            Preemptions = state.Attempts.Sum(a => a.Preemptions),
            Asks = AsksOf(state, phase),
            GpuUsdPerHour = billing.Sum(m => m.Rates.GpuUsdPerHour),
            DiskUsdPerHour = billing.Sum(m => m.Rates.DiskUsdPerHour),
            MeteredUsd = meters.Sum(m => m.UpTo(at!.Value).TotalUsd),
            MeteredAt = at,
            ExpectedUsd = state.PlannedUsd,
            BudgetUsd = state.BudgetUsd,
            Doing = live.Work ?? (phase == JobPhase.Closed ? "" : live.Waiting),
            Fraction = live.Work is null ? progress?.Fraction : Share(live.WorkProgress.BytesDone, live.WorkProgress.BytesTotal),
            Step = progress?.Step,
            Steps = progress?.Total,
            Loss = progress?.Loss,
        };
    }

    /// <summary>Whether two rows of a job differ in something that must be seen at once: more than how far it is.</summary>
    public static bool IsNews(JobRow before, JobRow now)
    {
        // A step or a loss that appears is news; the next one is not.
        return Still(before) != Still(now);

        static JobRow Still(JobRow row) => row with { Step = row.Step is null ? null : 0, Loss = null, Fraction = null, Doing = "" };
    }

    private static List<Meter> Meters(JobState state) =>
        [.. state.Attempts.SelectMany(a => a.Strays.Select(s => s.Meter).Append(a.Meter)).OfType<Meter>()];

    private static double? Share(long done, long? total) => total is > 0 ? Math.Clamp((double)done / total.Value, 0, 1) : null;

    private static Asks AsksOf(JobState state, JobPhase phase)
    {
        if (state.IsHeld)
            return Asks.Budget;
        if (phase == JobPhase.NeedsAttention)
            return Asks.Attention;
        return state.WaitForYes.Any(a => ApprovalToken.For(state, a) is not null) ? Asks.Yes : Asks.Nothing;
    }
}
