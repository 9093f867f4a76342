using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Money;

/// <summary>Why nobody here answers for a rental.</summary>
public enum Ownership
{
    /// <summary>It carries Lodger's label, and no journal here has that job: another machine's, or a journal that was lost.</summary>
    UnknownJob,

    /// <summary>The job is closed, and its journal says that this rental is gone.</summary>
    ClosedJob,

    /// <summary>Nothing of Lodger's is on it: made by hand or by another program.</summary>
    NotLodgers,
}

/// <summary>A rental that no open job owns.</summary>
/// <param name="ChargedUsd">Null: the platform does not say.</param>
/// <param name="Rates">What it bills now; null: the platform does not say what it does.</param>
public sealed record UnownedRental(Rental Rental, Ownership Ownership, string? Job, decimal? ChargedUsd, Rates? Rates);

/// <param name="ChargedUsd">Null: the platform does not say.</param>
public sealed record UnownedVolume(Volume Volume, decimal? ChargedUsd);

/// <summary>What bills on an account and belongs to no open job. It only looks.</summary>
/// <param name="Rentals">How many rentals the account has in all.</param>
public sealed record AccountSurvey(int Rentals, int Volumes, IReadOnlyList<UnownedRental> UnownedRentals, IReadOnlyList<UnownedVolume> UnownedVolumes)
{
    public decimal UsdPerHour => UnownedRentals.Sum(r => r.Rates?.UsdPerHour ?? 0) + UnownedVolumes.Sum(v => v.Volume.UsdPerHour);

    /// <param name="jobs">All that the journal here has, closed ones too.</param>
    public static AccountSurvey Of(IReadOnlyList<Rental> rentals, IReadOnlyList<Volume> volumes, AccountCharges? charges, IReadOnlyList<JobState> jobs)
    {
        ArgumentNullException.ThrowIfNull(rentals);
        ArgumentNullException.ThrowIfNull(volumes);
        ArgumentNullException.ThrowIfNull(jobs);
        List<UnownedRental> unowned = [];
        HashSet<string> owned = new(StringComparer.Ordinal);
        foreach (var rental in rentals)
        {
            if (OwnershipOf(rental, jobs, out var job) is { } why)
                unowned.Add(new(rental, why, job?.Name, charges?.Rentals.GetValueOrDefault(rental.Id)?.TotalUsd, Rates.Of(rental)));
            else
                owned.Add(rental.Id);
        }

        return new(
            rentals.Count,
            volumes.Count,
            unowned,
            // One whose users are not said is shown: what is not known to be owned bills for nobody.
            [.. volumes.Where(v => v.UsedBy is not { } users || !users.Any(owned.Contains)).Select(v => new UnownedVolume(v, charges?.VolumesUsd.TryGetValue(v.Id, out var usd) == true ? usd : null))]);
    }

    /// <summary>By its label alone only where Lodger itself rents: what was taken over is one rental, and another that carries its label has it from somebody's hand. What was let go is nobody's.</summary>
    private static bool IsOf(JobState job, AttemptState attempt, Rental rental) => attempt.Released is null
        && (attempt.RentalId == rental.Id || (!job.IsAdopted && attempt.Label == rental.Label) || attempt.Strays.Any(s => s.RentalId == rental.Id));

    /// <summary>Null: an open job answers for it.</summary>
    private static Ownership? OwnershipOf(Rental rental, IReadOnlyList<JobState> jobs, out JobState? job)
    {
        job = jobs.FirstOrDefault(j => j.Attempts.Any(a => IsOf(j, a, rental)));
        if (job is null)
            return rental.Label?.StartsWith(JobState.LabelPrefix, StringComparison.Ordinal) == true ? Ownership.UnknownJob : Ownership.NotLodgers;
        return job.Closed is not null && job.Attempts.All(a => !a.MayBill) ? Ownership.ClosedJob : null;
    }
}
