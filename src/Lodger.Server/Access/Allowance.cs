namespace Lodger.Server.Access;

/// <summary>How often something may happen, for each of many keys: a bucket that fills at a steady rate. Bounded in how many keys it remembers; when there are more, the fullest are forgotten.</summary>
/// <param name="most">At once, by a key that was silent for long.</param>
/// <param name="perSecond">Comes back.</param>
internal sealed class Allowance(double most, double perSecond, int keysMax, TimeProvider time)
{
    private readonly Dictionary<string, (double Left, long At)> buckets = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Takes one. Null: there was one; else how long until there is.</summary>
    public TimeSpan? Take(string key)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            var left = Left(key, now);
            if (left < 1)
                return TimeSpan.FromSeconds((1 - left) / perSecond);
            if (!buckets.ContainsKey(key) && buckets.Count >= keysMax)
                Forget(now);
            buckets[key] = (left - 1, now);
            return null;
        }
    }

    /// <summary>Null: there is one; nothing is taken.</summary>
    public TimeSpan? Wait(string key)
    {
        lock (gate)
            return Left(key, time.GetTimestamp()) is var left && left >= 1 ? null : TimeSpan.FromSeconds((1 - left) / perSecond);
    }

    public int Count
    {
        get
        {
            lock (gate)
                return buckets.Count;
        }
    }

    private double Left(string key, long now) =>
        buckets.TryGetValue(key, out var bucket) ? Math.Min(most, bucket.Left + (time.GetElapsedTime(bucket.At, now).TotalSeconds * perSecond)) : most;

    private void Forget(long now)
    {
        foreach (var key in buckets.Keys.OrderByDescending(k => Left(k, now)).Take(Math.Max(1, keysMax / 4)).ToList())
            buckets.Remove(key);
    }
}
