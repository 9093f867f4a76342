namespace Lodger.Remote.Script;

/// <summary>How a cadence is written for the lodge script and the job: whole seconds, because a shell has no others.</summary>
internal static class CadenceText
{
    public static readonly TimeSpan Most = TimeSpan.FromDays(7);

    /// <summary>Rounded down: a checkpoint early costs less than one late. From one second to seven days.</summary>
    public static int Seconds(TimeSpan every)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(every, Most);
        return (int)every.TotalSeconds;
    }
}
