namespace Lodger.Marketplace.Control;

/// <summary>What goes wrong with an API call.</summary>
internal enum FaultKind
{
    /// <summary>Answers <c>status</c> with an HTML body, as gateways do.</summary>
    Status,

    /// <summary>Closes the connection without an answer.</summary>
    Drop,

    /// <summary>Says nothing for <c>seconds</c> of real time, then closes the connection.</summary>
    Hang,

    /// <summary>HTTP 200 with <c>success: false, error: deprecated_endpoint</c>.</summary>
    Deprecated,

    /// <summary>HTTP 200 with no body.</summary>
    Empty,

    /// <summary>HTTP 200 with something that is not JSON.</summary>
    Garbage,

    /// <summary>Answers <c>status</c> with exactly <c>body</c>.</summary>
    Body,

    /// <summary>429 with the documented body, as if calls had come too fast.</summary>
    TooMany,

    /// <summary>The true answer without a single row: every list in it is empty, every count 0.</summary>
    NoRows,

    /// <summary>The true answer with the second half of its rows missing and no word of it.</summary>
    FewRows,

    /// <summary>The true answer, cut in the middle.</summary>
    Truncated,
}

/// <summary>A fault waiting for calls.</summary>
/// <param name="Endpoint">The endpoint's name, or <c>*</c>.</param>
/// <param name="CarriedOut">The call takes effect first, and only its answer is spoilt.</param>
/// <param name="Remaining">How many calls it still hits.</param>
/// <param name="Skip">How many calls pass unharmed first.</param>
internal sealed record ApiFault(string Endpoint, FaultKind Kind, int Status, string Body, double Seconds, bool CarriedOut, int Remaining, int Skip)
{
    /// <summary>Whether it spoils the true answer, and so lets the call take effect, rather than replace it.</summary>
    public bool NeedsAnswer => Kind is FaultKind.NoRows or FaultKind.FewRows or FaultKind.Truncated;
}

/// <summary>A trouble waiting for create calls that succeed.</summary>
/// <param name="OfferId">Only creates of this offer; null for any.</param>
/// <param name="InvisibleSeconds">Real seconds during which lists leave the new rental out.</param>
/// <param name="KeyDelaySeconds">Real seconds after its first boot at which its ssh keys reach it.</param>
internal sealed record CreateFault(long? OfferId, Contracts.BootFault Boot, double PullSlowdown, double InvisibleSeconds, double KeyDelaySeconds, int Remaining)
{
    /// <summary>Nobody ever comes through the mapped ports, until they are ordered otherwise.</summary>
    public bool IsDirectCut { get; init; }
}

/// <summary>All ordered faults, in the order in which they came.</summary>
internal sealed class FaultPlan
{
    private readonly Lock _lock = new();
    private readonly List<ApiFault> _api = [];
    private readonly List<CreateFault> _creates = [];

    public void Add(ApiFault fault)
    {
        lock (_lock) _api.Add(fault);
    }

    public void Add(CreateFault fault)
    {
        lock (_lock) _creates.Add(fault);
    }

    public void Clear()
    {
        lock (_lock)
        {
            _api.Clear();
            _creates.Clear();
        }
    }

    public (IReadOnlyList<ApiFault> Api, IReadOnlyList<CreateFault> Creates) Pending()
    {
        lock (_lock) return ([.. _api], [.. _creates]);
    }

    public ApiFault? TakeFor(string endpoint)
    {
        lock (_lock)
        {
            for (var i = 0; i < _api.Count; i++)
            {
                var fault = _api[i];
                if (fault.Endpoint != "*" && fault.Endpoint != endpoint) continue;
                if (fault.Skip > 0)
                {
                    _api[i] = fault with { Skip = fault.Skip - 1 };
                    continue;
                }

                if (fault.Remaining > 1) _api[i] = fault with { Remaining = fault.Remaining - 1 };
                else _api.RemoveAt(i);
                return fault;
            }

            return null;
        }
    }

    public CreateFault? TakeForCreate(long offerId)
    {
        lock (_lock)
        {
            var i = _creates.FindIndex(f => f.OfferId is null || f.OfferId == offerId);
            if (i < 0) return null;
            var fault = _creates[i];
            if (fault.Remaining > 1) _creates[i] = fault with { Remaining = fault.Remaining - 1 };
            else _creates.RemoveAt(i);
            return fault;
        }
    }
}
