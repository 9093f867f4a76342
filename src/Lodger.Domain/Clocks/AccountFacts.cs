using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Clocks;

/// <summary>What is known of one account at a moment. What is unknown is null and makes no clock run or stop.</summary>
/// <param name="Name">As configured.</param>
/// <param name="Market">For people.</param>
/// <param name="Jobs">All that may still bill on it.</param>
/// <param name="MarketSpeed">Market seconds in one of ours.</param>
/// <param name="DataKept">So long the platform keeps what is on a disk whose contract has ended.</param>
public sealed record AccountFacts(
    string Name, string Market, Account? Account, IReadOnlyList<Rental>? Rentals, IReadOnlyList<Volume>? Volumes, IReadOnlyList<JobState> Jobs,
    DateTimeOffset MarketNow, double MarketSpeed, DateTimeOffset Now, TimeSpan DataKept);
