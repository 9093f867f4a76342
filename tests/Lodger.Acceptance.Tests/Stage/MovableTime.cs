namespace Lodger.Acceptance.Tests.Stage;

/// <summary>The system's time, which a test moves on: what has lasted long is then had at once. Whatever waits goes on waiting as long as it would.</summary>
internal sealed class MovableTime : TimeProvider
{
    private long ahead;

    public void Skip(TimeSpan time) => Interlocked.Add(ref ahead, time.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref ahead));
}
