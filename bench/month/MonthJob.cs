using Lodger.Domain.Market;

namespace Lodger.Bench.Month;

/// <summary>A job as it is submitted.</summary>
/// <param name="Begin">Hours after the month's begin.</param>
/// <param name="WorkHours">Without restarts.</param>
/// <param name="DeadlineHours">After its begin.</param>
internal sealed record JobTerms(int Number, double Begin, double WorkHours, double DeadlineHours)
{
    /// <summary>Of 2 to 16 hours, with 0.3 to 1.5 times its work and an hour to spare.</summary>
    public static JobTerms[] Draw(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(1, count).Select(i =>
        {
            var work = 2 + (14 * random.NextDouble());
            return new JobTerms(i, random.NextDouble() * 27 * 24, work, (work * (1.3 + (1.2 * random.NextDouble()))) + 1);
        }).OrderBy(j => j.Begin)];
    }
}

/// <summary>A job while it lives: what runs, what is done, what would be lost.</summary>
internal sealed class MonthJob(JobTerms terms, DateTimeOffset begin)
{
    /// <summary>Work between two checkpoints.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <summary>Job's start on a machine, code and data sent.</summary>
    public static readonly TimeSpan Start = TimeSpan.FromMinutes(4);

    private TimeSpan starting;
    private bool wasRunning;

    public JobTerms Terms => terms;

    public DateTimeOffset Begin => begin;

    public DateTimeOffset Deadline { get; } = begin + TimeSpan.FromHours(terms.DeadlineHours);

    public TimeSpan Left => TimeSpan.FromHours(terms.WorkHours) - Done;

    public TimeSpan Done { get; private set; }

    public Offer? Offer { get; private set; }

    public decimal? Bid { get; private set; }

    public string? RentalId { get; private set; }

    /// <summary>Since when the current rental does not run; null: it does.</summary>
    public DateTimeOffset? DownSince { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>It pulls its image, or its host is out of sight: nothing is known to be wrong.</summary>
    public bool MayYetRun { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public int Preemptions { get; private set; }

    /// <summary>On-demand rentals that stopped running by themselves: no policy is promised anything against that.</summary>
    public int HostLosses { get; private set; }

    public int Moves { get; private set; }

    public int Returns { get; private set; }

    public TimeSpan Paused { get; private set; }

    public TimeSpan RanOnBids { get; private set; }

    public DateTimeOffset? LostAt { get; private set; }

    public DateTimeOffset? LookedAt { get; set; }

    public TimeSpan Saved => TimeSpan.FromTicks(Done.Ticks / Every.Ticks * Every.Ticks);

    public void Rented(string id, Offer offer, decimal? bid, DateTimeOffset now)
    {
        Moves += RentalId is null && Offer is null ? 0 : 1;
        Done = Saved;
        (RentalId, Offer, Bid, DownSince, IsPaused, starting, wasRunning) = (id, offer, bid, now, false, Start, false);
        MayYetRun = true;
    }

    /// <summary>Nothing is rented any more.</summary>
    public void Lost() => RentalId = null;

    /// <summary>What the time since the last look brought.</summary>
    public void See(Rental? rental, DateTimeOffset now, TimeSpan passed)
    {
        var runs = rental?.Status == RentalStatus.Running;
        MayYetRun = rental?.Status is RentalStatus.Provisioning or RentalStatus.Loading or RentalStatus.Offline or RentalStatus.Unknown;
        if (runs && wasRunning)
        {
            var works = passed;
            var first = starting < works ? starting : works;
            starting -= first;
            Done += works - first;
            RanOnBids += Bid is null ? TimeSpan.Zero : passed;
            if (Left <= TimeSpan.Zero)
                EndedAt = now + Left;
        }
        else if (runs)
        {
            if (IsPaused)
            {
                Returns++;
                Paused += now - DownSince!.Value;
                starting = TimeSpan.FromMinutes(2);
            }

            (DownSince, IsPaused) = (null, false);
        }
        else if (wasRunning)
        {
            Done = Saved;
            Preemptions++;
            DownSince = now;
            IsPaused = Bid is not null;
            HostLosses += Bid is null ? 1 : 0;
            LostAt = Bid is null ? LostAt : now;
        }

        wasRunning = runs;
    }
}
