namespace Lodger.Engine.Jobs;

/// <summary>A job's budget at this moment, USD.</summary>
/// <param name="BudgetUsd">Null: there is none.</param>
/// <param name="SpentUsd">By all of its rentals.</param>
/// <param name="ReserveUsd">Kept back to bring everything home and to keep the disks for a week.</param>
/// <param name="IsReached">The job is stopped, or about to be, and waits for a person.</param>
public sealed record JobBudget(string Name, decimal? BudgetUsd, decimal SpentUsd, decimal ReserveUsd, bool IsReached)
{
    /// <summary>Null: there is no budget.</summary>
    public decimal? LeftUsd => BudgetUsd is { } budget ? Math.Max(0, budget - SpentUsd - ReserveUsd) : null;
}
