using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Server.Words;

namespace Lodger.Server.Api;

/// <summary>A journal entry as the stream carries it.</summary>
/// <param name="Job">Id of the job.</param>
/// <param name="Text">The same as a person reads it.</param>
public sealed record EventView(string Job, string Name, JournalEntry Entry, EventText Text);

/// <summary>From where a stream goes on.</summary>
/// <param name="At">Wall time of the server.</param>
/// <param name="IsReset">The id that was shown is not of this journal: whoever listens has to look at everything anew.</param>
public sealed record StreamBegin(DateTimeOffset At, bool IsReset);

/// <summary>All jobs in few words, for a list that stays open.</summary>
/// <param name="At">Wall time of the server.</param>
/// <param name="Last">Number of the newest entry of all journals: the stream goes on from there.</param>
/// <param name="Rows">Newest first; of the closed ones those of the last week.</param>
public sealed record BoardView(DateTimeOffset At, long Last, string Build, IReadOnlyList<MarketClock> Markets, IReadOnlyList<JobRow> Rows);

/// <summary>The platform's time, in which its meters run.</summary>
/// <param name="Speed">Its seconds in one of ours; 1 wherever money is real.</param>
public sealed record MarketClock(string Account, string Market, DateTimeOffset Now, double Speed);

/// <summary>What a job waits for from a person.</summary>
public enum Asks
{
    Nothing,
    Yes,
    Attention,
    Budget,
}

/// <summary>
/// A job in one row. Nothing in it changes unless something happened: what has been spent by now follows from <see cref="MeteredUsd"/>, the rates and the market's time.
/// </summary>
public sealed record JobRow
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required JobPhase Phase { get; init; }

    public JobOutcome? Outcome { get; init; }

    public required string Account { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    /// <summary><c>1x RTX 4090</c>.</summary>
    public required string Gpu { get; init; }

    public string? Location { get; init; }

    /// <summary>Its rental was made by somebody else.</summary>
    public bool IsAdopted { get; init; }

    public string? RentalId { get; init; }

    public RentalStatus? Status { get; init; }

    public int Attempts { get; init; }

    public int Preemptions { get; init; }

    public Asks Asks { get; init; }

    /// <summary>All of its rentals together, as the journal has it.</summary>
    public decimal GpuUsdPerHour { get; init; }

    public decimal DiskUsdPerHour { get; init; }

    /// <summary>Reckoned up to <see cref="MeteredAt"/>.</summary>
    public decimal MeteredUsd { get; init; }

    /// <summary>The platform's time; null: nothing was metered.</summary>
    public DateTimeOffset? MeteredAt { get; init; }

    /// <inheritdoc cref="JobState.PlannedUsd"/>
    public decimal? ExpectedUsd { get; init; }

    public decimal? BudgetUsd { get; init; }

    /// <summary>A transfer, or what is waited for; empty: neither.</summary>
    public string Doing { get; init; } = "";

    /// <summary>Of the job's work, or of the transfer that <see cref="Doing"/> names; 0 to 1.</summary>
    public double? Fraction { get; init; }

    public long? Step { get; init; }

    public long? Steps { get; init; }

    public double? Loss { get; init; }
}

/// <summary>What all rentals of all jobs billed, on average in each of equal stretches of our time, USD an hour.</summary>
/// <param name="From">Where the first stretch begins; the last ends at <paramref name="To"/>.</param>
public sealed record MoneyHistoryView(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<decimal> GpuUsdPerHour, IReadOnlyList<decimal> DiskUsdPerHour);
