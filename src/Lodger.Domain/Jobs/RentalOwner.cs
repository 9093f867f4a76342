namespace Lodger.Domain.Jobs;

/// <summary>Which job answers for a rental.</summary>
public static class RentalOwner
{
    /// <param name="account">On which the rental is: another platform may give the same id to another one.</param>
    /// <returns>Null: none of these does.</returns>
    public static JobState? Of(IEnumerable<JobState> jobs, string account, string rentalId)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        return jobs.FirstOrDefault(j => j.Submission.Account == account
            && j.Attempts.Any(a => (a is { MayBill: true, Released: null } && a.RentalId == rentalId) || a.Strays.Any(t => t.RentalId == rentalId && t.DestroyedAt is null)));
    }
}
