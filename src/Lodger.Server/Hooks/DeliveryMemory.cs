namespace Lodger.Server.Hooks;

/// <summary>
/// Which deliveries were taken already: they come at least once. Bounded in number; in time it needs to reach back no further than a signature is
/// valid, on both sides of our clock. Not safe for use by two at once.
/// </summary>
internal sealed class DeliveryMemory(int most, TimeSpan reach)
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, DateTimeOffset At)> order = [];

    public int Count => order.Count;

    /// <summary>False when it is known.</summary>
    public bool IsNew(string id, DateTimeOffset now)
    {
        while (order.TryPeek(out var oldest) && now - oldest.At > reach)
            known.Remove(order.Dequeue().Id);
        if (!known.Add(id))
            return false;
        if (order.Count >= most)
            known.Remove(order.Dequeue().Id);
        order.Enqueue((id, now));
        return true;
    }
}
