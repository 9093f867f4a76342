namespace Lodger.Vast.Adapter;

/// <summary>From the platform's units to Domain's.</summary>
internal static class Units
{
    /// <summary>The platform prices storage by the month; a month is 30 days of 24 hours, as its own hourly figures show (0.15 * 10.08 GB / 720 = 0.0021).</summary>
    public const decimal HoursPerMonth = 30 * 24;

    private const decimal PriceMax = 1_000_000;

    /// <summary>USD per hour for a disk.</summary>
    public static decimal DiskUsdPerHour(decimal usdPerGbMonth, double gb) => usdPerGbMonth * (decimal)gb / HoursPerMonth;

    /// <summary>A price that can be one: not negative, not absurd.</summary>
    public static decimal? Price(decimal? usd) => usd is >= 0 and < PriceMax ? usd : null;

    /// <summary>A count of things that fits an int; null otherwise.</summary>
    public static int? Count(double? number) => number is >= 0 and <= int.MaxValue ? (int)Math.Round(number.Value) : null;

    /// <summary>A size or a rate that can be one.</summary>
    public static double? Amount(double? number) => number is >= 0 and < 1e12 ? number : null;

    /// <summary>Traffic in MB of 10^6 bytes, as bytes; null when it cannot be one.</summary>
    public static long? Bytes(double? megabytes) => megabytes is >= 0 and < 1e12 ? (long)Math.Round(megabytes.Value * 1e6) : null;

    /// <summary>Unix seconds, fractions allowed; null when it is no date.</summary>
    public static DateTimeOffset? Time(double? unixSeconds) =>
        unixSeconds is > 0 and < 253_402_300_000 ? DateTimeOffset.UnixEpoch.AddSeconds(unixSeconds.Value) : null;
}
