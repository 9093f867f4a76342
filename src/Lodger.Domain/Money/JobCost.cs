using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Money;

/// <summary>What goes on costing money if nothing changes, USD.</summary>
/// <param name="UsdPerHour">GPU and disk.</param>
/// <param name="TrafficUsdPerHour">As on average so far; in the sums below.</param>
/// <param name="MonthUsd">30 days.</param>
/// <param name="UntilDeadlineUsd">Null: the job has no deadline, or it is past.</param>
public sealed record Pace(decimal UsdPerHour, decimal TrafficUsdPerHour, decimal DayUsd, decimal WeekUsd, decimal MonthUsd, decimal? UntilDeadlineUsd)
{
    public static Pace Of(IEnumerable<RentalCost> rentals, TimeSpan? untilDeadline)
    {
        var billing = rentals.Where(r => r.Now is not null).ToList();
        var rate = billing.Sum(r => r.Now!.UsdPerHour);
        var traffic = billing.Sum(r => r.TrafficUsdPerHour ?? 0);
        var all = rate + traffic;
        return new(rate, traffic, all * 24, all * 168, all * 720, untilDeadline is { } left && left > TimeSpan.Zero ? all * (decimal)left.TotalHours : null);
    }
}

/// <summary>What a job cost, rental by rental.</summary>
public sealed record JobCost
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Market { get; init; }

    public required JobPhase Phase { get; init; }

    public required IReadOnlyList<RentalCost> Rentals { get; init; }

    public required Pace Pace { get; init; }

    /// <inheritdoc cref="JobState.PlannedUsd"/>
    public decimal? ExpectedUsd { get; init; }

    public decimal? BudgetUsd { get; init; }

    /// <summary>When the platform was asked for <see cref="RentalCost.Charged"/>; null: it did not answer.</summary>
    public DateTimeOffset? ChargesAt { get; init; }

    /// <summary>Of all rentals of which anything is known.</summary>
    public Bill Total => Rentals.Aggregate(Bill.Zero, (sum, r) => sum.Plus(r.Best ?? Bill.Zero));

    /// <summary>Null: of some rental nothing was seen.</summary>
    public decimal? OnDemandUsd => Rentals.Any(r => r.OnDemandUsd is null) ? null : Rentals.Sum(r => r.OnDemandUsd);

    /// <summary>Time in which GPUs billed.</summary>
    public TimeSpan GpuTime => Rentals.Aggregate(TimeSpan.Zero, (sum, r) => sum + r.GpuTime);

    public TimeSpan IdleTime => Rentals.Aggregate(TimeSpan.Zero, (sum, r) => sum + r.IdleTime);

    public decimal IdleUsd => Rentals.Sum(r => r.IdleUsd);

    /// <param name="rentals">As the newest readable listing showed them; empty when there is none.</param>
    /// <param name="charges">Null: the platform did not answer.</param>
    /// <param name="marketNow">The platform's time; null: unknown, then meters stand where they were last read.</param>
    /// <param name="marketSpeed">Market seconds in one of ours.</param>
    public static JobCost Of(JobState job, IReadOnlyList<Rental> rentals, AccountCharges? charges, DateTimeOffset? chargesAt, DateTimeOffset? marketNow, double marketSpeed, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(rentals);
        List<RentalCost> costs = [];
        foreach (var attempt in job.Attempts)
        {
            // What was let go goes on billing whoever made it, and nothing of that is this job's: what it cost until then is only reckoned.
            if (attempt.RentalId is { } id)
                costs.Add(Of(id, attempt.Meter, attempt.FinalCharges, attempt.DestroyedAt is not null || attempt.Vanished || attempt.Released is not null, isStray: false));
            costs.AddRange(attempt.Strays.Select(s => Of(s.RentalId, s.Meter, s.FinalCharges, s.DestroyedAt is not null, isStray: true)));

            RentalCost Of(string rentalId, Meter? meter, Charges? final, bool isGone, bool isStray)
            {
                var shown = isGone ? null : rentals.FirstOrDefault(r => r.Id == rentalId);
                var live = meter is null || marketNow is not { } at ? meter : Metering.Live(meter, shown, at);
                var offer = attempt.Offer ?? job.Submission.Offer;
                return new()
                {
                    Attempt = attempt.Number,
                    RentalId = rentalId,
                    IsStray = isStray,
                    Gpu = $"{offer.GpuCount}x {offer.GpuName}",
                    BidUsdPerHour = attempt.BidUsdPerHour,
                    Reckoned = live is null ? null : Bill.Of(live),
                    MarginUsd = live?.MarginUsd ?? 0,
                    KnowsTraffic = live?.KnowsTraffic ?? false,
                    Charged = (attempt.Released is null ? charges?.Rentals.GetValueOrDefault(rentalId) ?? final : null) is { } c ? Bill.Of(c) : null,
                    Now = shown is null ? null : Rates.Of(shown),
                    TrafficUsdPerHour = live?.TrafficUsdPerHour,
                    IsGone = isGone,
                    GpuTime = live?.GpuTime ?? TimeSpan.Zero,
                    IdleTime = live?.IdleTime ?? TimeSpan.Zero,
                    IdleUsd = live?.IdleUsd ?? 0,
                    OnDemandUsd = live is null ? null : live.TotalUsd - live.GpuUsd + (offer.GpuUsdPerHour * (decimal)live.GpuTime.TotalHours),
                };
            }
        }

        return new()
        {
            Id = job.Id,
            Name = job.Name,
            Market = job.Submission.Market,
            Phase = job.Phase,
            Rentals = costs,
            Pace = Pace.Of(costs, (job.Deadline - now) * marketSpeed),
            ExpectedUsd = job.PlannedUsd,
            BudgetUsd = job.BudgetUsd,
            ChargesAt = chargesAt,
        };
    }
}
