using System.Globalization;

namespace Lodger.Marketplace.Http;

/// <summary>The two ways in which answers write a time.</summary>
internal static class Times
{
    /// <summary>Unix seconds with a fraction.</summary>
    public static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    public static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
