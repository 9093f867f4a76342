namespace Lodger.Marketplace.Push;

/// <summary>A trouble waiting for events.</summary>
/// <param name="LateSeconds">Real seconds by which the first attempt comes late.</param>
/// <param name="Copies">How often the event is delivered again after it was acknowledged.</param>
/// <param name="Remaining">How many deliveries it still hits.</param>
internal sealed record PushFault(double LateSeconds, int Copies, int Remaining);

/// <summary>What the control surface has ordered for deliveries, in the order in which it came.</summary>
internal sealed class PushFaults
{
    private readonly Lock _lock = new();
    private readonly Queue<PushFault> _faults = [];

    public void Add(PushFault fault)
    {
        lock (_lock) _faults.Enqueue(fault);
    }

    public void Clear()
    {
        lock (_lock) _faults.Clear();
    }

    public IReadOnlyList<PushFault> Pending
    {
        get
        {
            lock (_lock) return [.. _faults];
        }
    }

    /// <summary>Null when nothing is ordered.</summary>
    public PushFault? Take()
    {
        lock (_lock)
        {
            if (!_faults.TryDequeue(out var fault)) return null;
            if (fault.Remaining <= 1) return fault;
            List<PushFault> rest = [fault with { Remaining = fault.Remaining - 1 }, .. _faults];
            _faults.Clear();
            foreach (var left in rest) _faults.Enqueue(left);
            return fault;
        }
    }
}
