namespace Lodger.Marketplace.Metrics;

/// <summary>Prices, by nearest rank.</summary>
internal sealed record Percentiles(decimal P10, decimal P25, decimal Median, decimal P75, decimal P90)
{
    /// <summary>Null of nothing.</summary>
    public static Percentiles? Of(IEnumerable<decimal> prices)
    {
        decimal[] sorted = [.. prices.Order()];
        return sorted.Length == 0 ? null : new Percentiles(At(0.10), At(0.25), At(0.50), At(0.75), At(0.90));

        decimal At(double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
