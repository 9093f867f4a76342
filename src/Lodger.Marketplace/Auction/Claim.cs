namespace Lodger.Marketplace.Auction;

/// <summary>Somebody who wants GPUs of one machine.</summary>
/// <param name="Id">A contract's id, or a stranger's, which is negative.</param>
/// <param name="GpuIds">All of these, or none.</param>
/// <param name="BidUsdPerGpuHour">The bid for one GPU, by which bundles of different sizes compare; null on demand.</param>
/// <param name="Holds">Has them now.</param>
/// <param name="Since">Of two equals the earlier has priority. Market time.</param>
internal sealed record Claim(long Id, IReadOnlyList<int> GpuIds, decimal? BidUsdPerGpuHour, bool Holds, DateTimeOffset Since);

/// <summary>A tenant who is no customer of this market: made by the seeded demand, or ordered by the control surface.</summary>
internal sealed class Stranger
{
    /// <summary>Negative.</summary>
    public required long Id { get; init; }

    public required long MachineId { get; init; }
    public required IReadOnlyList<int> GpuIds { get; init; }

    /// <summary>Null on demand.</summary>
    public required decimal? BidUsdPerGpuHour { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>When it leaves, in market time; null for when it is told to.</summary>
    public DateTimeOffset? Until { get; init; }

    public bool Holds { get; set; }

    public Claim Claim => new(Id, GpuIds, BidUsdPerGpuHour, Holds, Since);
}
