namespace Lodger.Engine.Tests.Stage;

/// <summary>A clock that goes on as ever, and jumps when a test says so, as one does while a machine sleeps: timers stand still meanwhile.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan By { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
}
