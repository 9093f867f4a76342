namespace Lodger.Server.Live;

/// <summary>So many bytes a second for one listener; what ten seconds give may be saved up.</summary>
internal sealed class ByteAllowance(TimeProvider time, int bytesPerSecond)
{
    private const int SecondsSaved = 10;

    private long lastAt = time.GetTimestamp();
    private double left = SecondsSaved * bytesPerSecond;

    /// <summary>Whether something may be sent now. The last thing may be larger than what is left.</summary>
    public bool IsLeft
    {
        get
        {
            left = Math.Min(SecondsSaved * bytesPerSecond, left + (time.GetElapsedTime(lastAt).TotalSeconds * bytesPerSecond));
            lastAt = time.GetTimestamp();
            return left > 0;
        }
    }

    public void Spend(int bytes) => left -= bytes;
}
