namespace Lodger.Cli.Tests.Stage;

/// <summary>Shows one moment, in UTC, whenever it is looked at; what waits waits in true time.</summary>
internal sealed class MorningClock : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Samples.Start;
}
