namespace Lodger.Domain.Clocks;

/// <summary>What is lost, or paid, when nobody acts.</summary>
public enum ClockKind
{
    /// <summary>The contract ends: the rental stops and cannot be started again.</summary>
    ContractEnd,

    /// <summary>The contract has ended, and the platform deletes what is on the disk.</summary>
    DataDeleted,

    /// <summary>The balance is used up: rentals stop, and without a card data is deleted.</summary>
    BalanceEmpty,

    /// <summary>A rental is stopped for no work that will come back, and its disk goes on billing.</summary>
    StoppedAndBilling,

    /// <summary>A volume that no rental uses goes on billing.</summary>
    VolumeUnused,

    /// <summary>A rental costs more an hour than was agreed to.</summary>
    PriceRaised,

    /// <summary>Everything is home and verified, and only a person's yes is missing.</summary>
    WaitsForYes,

    /// <summary>Something stands in the way that only a person can clear.</summary>
    NeedsAttention,

    /// <summary>A job has reached its budget and waits for another, or for its end.</summary>
    BudgetReached,

    /// <summary>A job makes no progress while its GPU bills.</summary>
    Stalled,

    /// <summary>The platform was asked again and again to stop or destroy a rental, and does not.</summary>
    NotObeyed,
}

/// <summary>A moment at which data or money is lost, or a meter that runs for nothing.</summary>
public sealed record Clock
{
    /// <summary>The same as long as it is the same clock: what was told once is not told again.</summary>
    public required string Key { get; init; }

    public required ClockKind Kind { get; init; }

    public required string Account { get; init; }

    /// <summary>For people.</summary>
    public required string Market { get; init; }

    /// <summary>Name of the job that it is about; null: none.</summary>
    public string? Job { get; init; }

    /// <summary>The platform's time; null: the loss goes on already.</summary>
    public DateTimeOffset? FiresAt { get; init; }

    /// <summary>Until then, in our time; null: it goes on already.</summary>
    public TimeSpan? Left { get; init; }

    /// <summary>What goes on being paid meanwhile, USD.</summary>
    public decimal? UsdPerHour { get; init; }

    public required string Sentence { get; init; }

    /// <summary>What to do, a command where there is one.</summary>
    public required string Fix { get; init; }

    /// <summary>Whether a person should be told now.</summary>
    /// <param name="lead">So long before it fires.</param>
    public bool IsDue(TimeSpan lead) => Left is not { } left || left <= lead;
}
