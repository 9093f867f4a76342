namespace Lodger.Domain.Prospects;

/// <summary>Of so many lives, what 10, 50 and 90 % do not pass, and the mean.</summary>
public sealed record UsdSpread(decimal P10, decimal P50, decimal P90, decimal Mean);

/// <summary>The same in hours from now; null: not within the time that was looked at.</summary>
public sealed record HoursSpread(double? P10, double? P50, double? P90);

/// <summary>What a strategy leads to.</summary>
/// <param name="Finish">Everything is home.</param>
/// <param name="MissesDeadline">Share of lives that end after it; null: there is none.</param>
/// <param name="PassesBudget">Share of lives in which the price, and what a budget keeps back at the end, pass it; null: there is none.</param>
/// <param name="Preemptions">On average.</param>
/// <param name="IsTheJobs">What the job's file asks for.</param>
public sealed record Prospect(
    Strategy Strategy, UsdSpread Usd, HoursSpread Finish, double? MissesDeadline, double? PassesBudget, double Preemptions, bool IsTheJobs);

/// <summary>One way that no other beats in both money and time.</summary>
/// <param name="DeadlineHours">That it was held to; null: none.</param>
/// <param name="FinishHours">Nine of ten lives are done by then.</param>
/// <param name="Usd">On average.</param>
/// <param name="OfferId">For on-demand: on which offer.</param>
public sealed record FrontierPoint(Strategy Strategy, double? DeadlineHours, double FinishHours, decimal Usd, string? OfferId);

/// <summary>What a job can expect of each strategy, by simulation.</summary>
/// <param name="Lives">Of each strategy, at least.</param>
/// <param name="Frontier">The soonest first.</param>
/// <param name="Basis">In sentences: what the market is supposed to do, and how that is known.</param>
public sealed record JobProspects(
    int Seed, int Lives, double WorkHours, double? DeadlineHours, decimal? BudgetUsd, IReadOnlyList<Prospect> Strategies, IReadOnlyList<FrontierPoint> Frontier, IReadOnlyList<string> Basis);
