namespace Lodger.Domain.Prospects;

/// <summary>How a job can be paid for to its end.</summary>
public enum Strategy
{
    /// <summary>On-demand from start to end: <c>rent: on-demand</c>.</summary>
    OnDemand,

    /// <summary>One bid; after a preemption, its machine is waited for, however long that takes.</summary>
    BidAndWait,

    /// <summary>Bids; after a preemption, at once to the cheapest other machine.</summary>
    BidAndMove,

    /// <summary>Bids alone, Lodger choosing between waiting and moving: <c>rent: interruptible</c>.</summary>
    Interruptible,

    /// <summary>Bids and on-demand, Lodger choosing, the deadline above the price: <c>rent: auto</c>.</summary>
    Auto,
}
