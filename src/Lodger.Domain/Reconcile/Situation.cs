using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Reconcile;

/// <summary>One attempt of a job as it stands when a decision is due.</summary>
/// <param name="Rental">Null when the listing is unknown or does not show it.</param>
internal sealed record Situation(JobState Job, AttemptState Attempt, Rental? Rental, Observation Seen, DateTimeOffset Now, Waits Waits)
{
    public bool IsCurrent => ReferenceEquals(Job.Current, Attempt);

    public string RentalId => Attempt.RentalId!;

    public bool WantsEnd => Job.Cancel is not null;
}
