using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Reconcile;

/// <summary>One attempt of a job as it stands when a decision is due.</summary>
/// <param name="Rental">Null when the listing is unknown or does not show it.</param>
internal sealed record Situation(JobState Job, AttemptState Attempt, Rental? Rental, Observation Seen, DateTimeOffset Now, Waits Waits)
{
    public bool IsCurrent => ReferenceEquals(Job.Current, Attempt);

    public string RentalId => Attempt.RentalId!;

    /// <summary>The user left it to Lodger how the job is paid for, within limits: what is lost may be rented anew.</summary>
    public bool IsFlexible => Job.Submission.Spec.Rent != RentMode.OnDemand;

    public Offer OfferOfAttempt => Attempt.Offer ?? Job.Submission.Offer;

    public bool WantsEnd => Job.Cancel is not null;

    /// <summary>Why a person ends it.</summary>
    public EndReason EndReason => Job.Budget is null ? EndReason.Cancelled : EndReason.BudgetReached;

    /// <summary>Why the machine cannot be spoken to; a rental that shows no way in is one reason.</summary>
    public Problem? BoxProblem => Seen.BoxProblem
        ?? (Rental is { Status: RentalStatus.Running or RentalStatus.Unknown, DirectSsh: null, ProxySsh: null }
            ? new Problem("no-ssh-endpoint", $"The platform shows no ssh address for rental {Attempt.RentalId}.", "", ExitCode.Unknown, MayRetry: true)
            : null);

    /// <summary>The newest of these moments and of those from which a running machine's patience counts anew.</summary>
    public DateTimeOffset Since(DateTimeOffset start, params ReadOnlySpan<DateTimeOffset?> more) =>
        Newest(start, [Attempt.RunningSince, Attempt.StartIntendedAt, Job.BringHomeRequestedAt, .. more]);

    /// <summary>Since when a person could have answered: a machine that went and came back by itself gives no second wait on a running GPU, a start that somebody asked for does.</summary>
    public DateTimeOffset AskedSince(DateTimeOffset start) => Newest(start, [Attempt.UpSince, Attempt.StartIntendedAt, Job.BringHomeRequestedAt]);

    private static DateTimeOffset Newest(DateTimeOffset start, ReadOnlySpan<DateTimeOffset?> more)
    {
        var newest = start;
        foreach (var at in more)
            newest = at > newest ? at.Value : newest;
        return newest;
    }
}
