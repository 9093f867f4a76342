using Lodger.Domain.Doctor;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Progress;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Doctor;
using Lodger.Engine.Jobs;
using Lodger.Server.Api;

namespace Lodger.Server.Http;

/// <summary>From a job's state and what was last seen of it to what a person or a script is shown.</summary>
internal static class JobViews
{
    public static JobView Of(JobSight sight, DateTimeOffset now)
    {
        var (state, live) = (sight.State, sight.Live);
        var attempt = state.Focus;
        var phase = state.Phase;
        var token = attempt is null ? null : ApprovalToken.For(state, attempt);
        return new JobView
        {
            Id = state.Id,
            Name = state.Name,
            Project = state.Project,
            Phase = phase,
            Market = state.Submission.Market,
            Account = state.Submission.Account,
            Spec = state.Submission.Spec,
            Adopts = state.Submission.Adopts,
            SubmittedAt = state.SubmittedAt,
            Offer = state.Submission.Offer,
            ExpectedUsd = state.PlannedUsd,
            // Each save of what was taken over has a directory of its own.
            ResultsDirectory = state.IsAdopted ? JobBoard.BundleOf(state, state.Current!) : state.Submission.ResultsDirectory,
            Outcome = state.Closed?.Outcome,
            Problem = state.Closed?.Problem ?? attempt?.GivenUp ?? attempt?.RentRefusal,
            Waiting = phase == JobPhase.Closed ? "" : live.Waiting,
            Attempt = attempt?.Number ?? 0,
            RentalId = attempt?.RentalId,
            RentalStatus = StatusOf(sight),
            Evidence = sight.Rental?.Evidence ?? "",
            HasEnded = attempt is { Ended: not null } || (attempt is { IsOver: true } && attempt != state.Current),
            MayGoOn = state is { IsOpen: true, IsUnended: true, IsAdopted: false, Cancel: null },
            WaitForYes = [.. state.WaitForYes.Select(a => a.RentalId!)],
            Left = [.. state.Attempts.Where(a => a is { Move: not null, RentalId: not null, MayBill: true }).Select(a => a.RentalId!)],
            ExitCode = attempt?.Ended?.ExitCode,
            Progress = ProgressOf(state, live),
            // What a machine said last is no news of a job that is over.
            Report = phase == JobPhase.Closed ? null : live.Report,
            ReportAt = phase == JobPhase.Closed ? null : live.ReportAt,
            Work = live.Work is { } what ? new WorkView(what, live.WorkProgress, TransferForecast.Of(live.WorkProgress, live.WorkUsdPerGb)) : null,
            AtRisk = phase == JobPhase.Running && attempt is not null && state.Submission.Spec.Checkpoints.Count > 0 ? WorkAtRisk.Of(state, attempt, live.Report, live.ReportAt, now) : null,
            Cadence = attempt?.Cadence,
            Meter = Meter(state, sight),
            BudgetUsd = state.BudgetUsd,
            Held = state.IsHeld ? state.Budget : null,
            Receipt = attempt?.Receipt,
            Findings = attempt?.Failure?.Findings ?? attempt?.Receipt?.Warnings ?? [],
            Doctor = sight.Profile is { } profile ? Examination.Of(JobFacts.Of(sight, profile, now)) : [],
            ApprovalToken = token,
            NextStep = NextStep(state, phase, token),
            LastSequence = state.LastSequence,
        };
    }

    /// <summary>The same in a line.</summary>
    public static JobLine Line(JobSight sight, DateTimeOffset now)
    {
        var (state, live) = (sight.State, sight.Live);
        var (attempt, phase) = (state.Focus, state.Phase);
        var findings = phase == JobPhase.Closed || sight.Profile is not { } profile
            ? null
            : Examination.Of(JobFacts.Of(sight, profile, now)).Where(f => f.Severity > Severity.Note).ToArray();
        return new JobLine
        {
            Id = state.Id,
            Name = state.Name,
            Project = state.Project,
            Phase = phase,
            Outcome = state.Closed?.Outcome,
            Market = state.Submission.Market,
            RentalId = attempt?.RentalId,
            RentalStatus = StatusOf(sight),
            Fraction = ProgressOf(state, live)?.Fraction,
            Meter = Meter(state, sight) with { SoFar = null, AsOf = null },
            Findings = findings is { Length: > 0 } ? findings : null,
        };
    }

    private static RentalStatus? StatusOf(JobSight sight) => sight.State.Focus is { DestroyedAt: null } attempt
        ? (attempt == sight.State.Current ? sight.Rental?.Status : null) ?? attempt.LastStatus
        : null;

    private static JobProgress? ProgressOf(JobState state, JobLive live) => live.Report is { } report ? ProgressReader.Read(state.Submission.Spec.Progress, report.ProgressText) : null;

    private static MeterView Meter(JobState state, JobSight sight)
    {
        var rental = sight.Rental;
        var billsGpu = rental is { Status: RentalStatus.Running };
        var billsDisk = rental is not null and not { Status: RentalStatus.Offline };
        // What a rental that the work has left has cost is known when it is gone.
        decimal? past = sight.Others.Count > 0 || state.Attempts.Any(a => a.DestroyedAt is not null && a.FinalCharges is null)
            ? null
            : state.Attempts.Sum(a => a.FinalCharges?.TotalUsd ?? 0);
        // What was let go is charged to whoever made it: what it cost this job is what was reckoned.
        var isLive = state.Current is { DestroyedAt: null, RentalId: not null, Released: null };
        var current = isLive ? sight.Live.Charges : state.Current?.FinalCharges;
        var soFar = isLive ? past + sight.Live.Charges?.TotalUsd : state.Current is { Released: not null } ? null : past;
        var unseen = Unseen(state, sight).ToArray();
        return new(
            (billsGpu ? rental!.GpuUsdPerHour : 0) + sight.Others.Where(r => r.Status == RentalStatus.Running).Sum(r => r.GpuUsdPerHour) + unseen.Sum(r => r.GpuUsdPerHour),
            (billsDisk ? rental!.DiskUsdPerHour : 0) + sight.Others.Where(r => r.Status != RentalStatus.Offline).Sum(r => r.DiskUsdPerHour) + unseen.Sum(r => r.DiskUsdPerHour),
            current,
            soFar,
            sight.Live.ChargesAt ?? state.ClosedAt,
            state.Phase == JobPhase.Closed && state.Attempts.All(a => !a.MayBill && a.Released is null) && rental is null,
            Reckoned(state, sight));
    }

    /// <summary>
    /// What the platform does not show just now, or does not answer about, goes on billing as it was last seen to, until it is known to be gone. One that was
    /// rented and never seen yet bills its disk.
    /// </summary>
    private static IEnumerable<Rates> Unseen(JobState state, JobSight sight) => state.Attempts
        .Where(a => a is { MayBill: true, Released: null, DestroyIntendedAt: null, Vanished: false, RentalId: not null, Meter: null or { IsClosed: false } }
            && !(sight.RentalGone && a == state.Current) && sight.Rental?.Id != a.RentalId && !sight.Others.Any(r => r.Id == a.RentalId))
        .Select(a => a.Meter?.Rates ?? Rates.OfNew(a.Offer ?? state.Submission.Offer, state.Submission.Spec.DiskGb));

    private static decimal? Reckoned(JobState state, JobSight sight)
    {
        IEnumerable<(string Id, Meter? Meter)> meters = state.Attempts
            .SelectMany(a => a.Strays.Select(s => (s.RentalId, s.Meter)).Concat(a.RentalId is { } id ? [(id, a.Meter)] : []));
        decimal sum = 0;
        foreach (var (id, meter) in meters)
        {
            if (meter is null)
                return null;
            var shown = sight.Rental?.Id == id ? sight.Rental : sight.Others.FirstOrDefault(r => r.Id == id);
            sum += (sight.MarketNow is { } now ? Metering.Live(meter, shown, now) : meter).TotalUsd;
        }

        return sum;
    }

    private static string NextStep(JobState state, JobPhase phase, string? token) => phase switch
    {
        JobPhase.AwaitingApproval when token is not null && TeardownGate.NeedsPerson(state, state.Focus!) => $"lodger down {state.Name}",
        // Only whoever started it can start it; letting it go is always a way out.
        JobPhase.NeedsAttention when state is { IsAdopted: true, Focus.LastStatus: not RentalStatus.Running } => $"lodger adopt --release {state.Focus!.RentalId}",
        JobPhase.NeedsAttention when state.IsHeld => $"lodger budget {state.Name}",
        // Stopped before its command had ended: there is nothing to pull again until the machine runs once more.
        JobPhase.NeedsAttention when !state.Focus!.IsOver => $"lodger down {state.Name}",
        // To pull once more brings nothing that was never made.
        JobPhase.NeedsAttention when !state.IsAdopted && state.Focus!.Failure?.IsUnmade(state.Submission.Spec) is true => $"lodger doctor {state.Name}",
        JobPhase.NeedsAttention => $"lodger pull {state.Name}",
        JobPhase.Running => $"lodger logs -f {state.Name}",
        JobPhase.Closed when state.Closed?.Outcome == JobOutcome.Succeeded => $"lodger verify {(state.IsAdopted ? JobBoard.BundleOf(state, state.Current!) : state.Submission.ResultsDirectory)}",
        _ => "",
    };
}
