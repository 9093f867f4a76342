using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Jobs;

/// <summary>Which job answers for a rental, and when none does any more.</summary>
public static class RentalOwner
{
    /// <param name="account">On which the rental is: another platform may give the same id to another one.</param>
    /// <returns>Null: none of these does.</returns>
    public static JobState? Of(IEnumerable<JobState> jobs, string account, string rentalId)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        return jobs.FirstOrDefault(j => j.Submission.Account == account
            && j.Attempts.Any(a => a.MayExist.Contains(rentalId)));
    }

    /// <summary>A rental that was taken over is another's by now.</summary>
    /// <param name="shown">As the platform shows it, with another label than the job gave it.</param>
    public static RentalReleased TakenElsewhere(JobState job, AttemptState attempt, Rental shown, DateTimeOffset? marketNow)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(shown);
        var label = shown.Label is { Length: > 0 } said ? $"the label {said}" : "no label";
        return new(attempt.Number, shown.Id, null, new Problem(
            "rental-taken-elsewhere",
            $"Rental {shown.Id} carries {label} and no longer {attempt.Label}: somebody else has it now, so it was let go and not destroyed. {AdoptStage.Bills(shown)}.",
            $"What was saved of it is in {job.Submission.ResultsDirectory}. If it is yours after all:  lodger adopt {shown.Id}",
            ExitCode.RentalUnusable), marketNow);
    }
}
