namespace Lodger.Domain.Money;

/// <summary>What the platform charged, held against what Lodger reckoned.</summary>
public enum Agreement
{
    /// <summary>Equal to a cent beyond what Lodger cannot know better.</summary>
    Agrees,

    /// <summary>Charged less so far for a rental that still bills: platforms charge late.</summary>
    Behind,

    /// <summary>A difference that nothing explains.</summary>
    Differs,

    /// <summary>The platform does not say what it charged.</summary>
    NotSaid,

    /// <summary>Lodger saw nothing of this rental to reckon with.</summary>
    NotMetered,
}

/// <summary>What one rental of a job cost so far, twice: as Lodger reckons and as the platform charged.</summary>
public sealed record RentalCost
{
    private const decimal CentUsd = 0.01m;

    public required int Attempt { get; init; }

    public required string RentalId { get; init; }

    /// <summary>A second rental with the attempt's label, made by a lost answer.</summary>
    public bool IsStray { get; init; }

    public required string Gpu { get; init; }

    /// <summary>Null: on-demand.</summary>
    public decimal? BidUsdPerHour { get; init; }

    /// <summary>Null: nothing was seen of it.</summary>
    public Bill? Reckoned { get; init; }

    /// <summary>GPU and disk as reckoned may be wrong by so much, either way.</summary>
    public decimal MarginUsd { get; init; }

    /// <summary>False: traffic is only in <see cref="Charged"/>.</summary>
    public bool KnowsTraffic { get; init; }

    /// <summary>Null: the platform does not say.</summary>
    public Bill? Charged { get; init; }

    /// <summary>What it bills now; null: it is gone, or not seen.</summary>
    public Rates? Now { get; init; }

    /// <summary>As on average so far; null: unknown.</summary>
    public decimal? TrafficUsdPerHour { get; init; }

    public bool IsGone { get; init; }

    /// <summary>Time in which its GPUs billed.</summary>
    public TimeSpan GpuTime { get; init; }

    /// <summary>Of that, what the job got nothing for: its command was over.</summary>
    public TimeSpan IdleTime { get; init; }

    public decimal IdleUsd { get; init; }

    /// <summary>The same GPU hours at the offer's on-demand price, the same disk and traffic; null: nothing was seen of it.</summary>
    public decimal? OnDemandUsd { get; init; }

    /// <summary>What to believe: what was charged, and until that is known what was reckoned.</summary>
    public Bill? Best => Agreement == Agreement.Behind ? Reckoned : Charged ?? Reckoned;

    /// <summary>Charged above reckoned, USD, of what both know; null: one is missing.</summary>
    public decimal? DifferenceUsd => Charged is { } c && Reckoned is { } r
        ? c.GpuUsd + c.DiskUsd - r.GpuUsd - r.DiskUsd + (KnowsTraffic ? c.UploadUsd + c.DownloadUsd - r.UploadUsd - r.DownloadUsd : 0)
        : null;

    public Agreement Agreement => (Charged, Reckoned, DifferenceUsd) switch
    {
        (_, null, _) => Agreement.NotMetered,
        (null, _, _) => Agreement.NotSaid,
        (_, _, { } by) when Math.Abs(by) <= MarginUsd + CentUsd => Agreement.Agrees,
        (_, _, < 0) when !IsGone => Agreement.Behind,
        _ => Agreement.Differs,
    };
}
