using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Schedule;

/// <summary>How often a job comes round.</summary>
internal enum Frequency
{
    Hourly,
    Daily,
    Weekly,
}

/// <summary>An API call that the account has asked for at certain hours of the market's time (UTC).</summary>
/// <param name="Path">The API path that is called, below <c>/api/v0/</c>.</param>
/// <param name="Day">0 is Sunday; for weekly jobs.</param>
/// <param name="Hour">For daily and weekly jobs.</param>
/// <param name="NextAt">The next time it fires; null when it is over.</param>
internal sealed record ScheduledJob(
    long Id, long InstanceId, string Path, string Method, JsonObject Body, Frequency Frequency, int? Day, int? Hour, DateTimeOffset StartsAt, DateTimeOffset EndsAt,
    DateTimeOffset? NextAt)
{
    /// <summary>The first time at or after <paramref name="from"/> at which it fires: on the minute of its start time. Null when that is after its end.</summary>
    public DateTimeOffset? FirstFrom(DateTimeOffset from)
    {
        var earliest = from > StartsAt ? from : StartsAt;
        var at = new DateTimeOffset(earliest.Year, earliest.Month, earliest.Day, earliest.Hour, StartsAt.Minute, 0, TimeSpan.Zero);
        if (at < earliest) at = at.AddHours(1);
        while (Frequency != Frequency.Hourly && at.Hour != Hour) at = at.AddHours(1);
        while (Frequency == Frequency.Weekly && (int)at.DayOfWeek != Day) at = at.AddDays(1);
        return at <= EndsAt ? at : null;
    }
}
