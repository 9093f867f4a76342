using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Doctor;

/// <summary>Everything that rules look at. What is null is unknown, and no rule concludes anything from it.</summary>
public sealed record Facts
{
    public required Moment Moment { get; init; }

    public required JobSpec Spec { get; init; }

    public required PlatformProfile Profile { get; init; }

    /// <summary>The offer that would be rented, with what the job would cost on it.</summary>
    public PricedOffer? Priced { get; init; }

    /// <summary>All that fit.</summary>
    public IReadOnlyList<Offer> Offers { get; init; } = [];

    public PlanInputs? Inputs { get; init; }

    public Account? Account { get; init; }

    /// <summary>The platform's clock.</summary>
    public DateTimeOffset? MarketNow { get; init; }

    /// <summary>One line; what is registered with the account before a rent.</summary>
    public string? SshPublicKey { get; init; }

    public JobState? Job { get; init; }

    /// <summary>As the newest readable listing showed it.</summary>
    public Rental? Rental { get; init; }

    /// <summary>Rentals that the work has left and that still bill.</summary>
    public IReadOnlyList<Rental> Others { get; init; } = [];

    /// <summary>The newest report of the machine, and how long ago it was read.</summary>
    public BoxReport? Report { get; init; }

    public TimeSpan? ReportAge { get; init; }

    /// <summary>What the machine said when it was looked into just now.</summary>
    public BoxProbe? Probe { get; init; }

    /// <summary>Why the machine could not be spoken to when last tried.</summary>
    public Problem? BoxProblem { get; init; }

    /// <summary>What the GPUs did at the last looks, oldest first: percent of the busiest.</summary>
    public IReadOnlyList<BusySample> Busy { get; init; } = [];

    public Charges? Charges { get; init; }

    /// <summary>The end of what the host's daemon logged; hostile text.</summary>
    public string? DaemonLog { get; init; }

    /// <summary>The end of the job's own log; hostile text.</summary>
    public string? LogTail { get; init; }

    /// <summary>Wall time.</summary>
    public DateTimeOffset Now { get; init; }

    /// <summary>What all rentals of the job bill an hour now; 0: none of them does; null: of one of them the platform does not say it.</summary>
    public decimal? BillsUsdPerHour
    {
        get
        {
            var rentals = new RentalList(Rental is null ? Others : [.. Others, Rental]);
            decimal sum = 0;
            foreach (var attempt in Job?.Attempts.Where(a => a.MayBill) ?? [])
            {
                foreach (var id in attempt.MayExist)
                {
                    if (rentals.WithId(id) is not { } rental || Rates.Of(rental) is not { } rates)
                        return null;
                    sum += rates.UsdPerHour;
                }
            }

            return sum;
        }
    }

    /// <summary>The job's current attempt.</summary>
    public AttemptState? Attempt => Job?.Current;

    public Offer? Offer => Priced?.Offer ?? Attempt?.Offer ?? Job?.Submission.Offer;

    /// <summary>The newer of the two.</summary>
    public BoxReport? LastReport => Probe?.Report ?? Report;

    /// <summary>The command runs, as far as the machine says, and was seen lately.</summary>
    public bool IsAtWork => LastReport is { Phase: BoxPhase.Running } && Rental is { Status: RentalStatus.Running } && (Probe?.Report is not null || ReportAge < TimeSpan.FromMinutes(1));
}

/// <param name="Percent">0 to 100.</param>
public readonly record struct BusySample(DateTimeOffset At, int Percent);
