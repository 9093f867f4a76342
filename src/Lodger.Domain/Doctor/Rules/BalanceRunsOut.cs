using Lodger.Domain.Market;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>An account that is, or will be, empty.</summary>
internal sealed class BalanceRunsOut : IRule
{
    public string Id => "balance";

    public Gotcha Own => Examination.Gotcha(
        Id, "The account runs empty", "Rentals stop, and later they and their data are deleted.",
        "At zero the platform stops everything and schedules it for deletion; without a saved card the grace is short and not stated.", "Add credit in the platform's console.");

    public string Sees => "The balance is below twice the job's expected total; or it is zero and a rental is stopped.";

    public string? Does => "Rents nothing that the balance does not cover, and tells of the hour at which it will be gone in clocks.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch];

    public Sighting? Look(Facts facts)
    {
        if (facts.Account is not { } account)
            return null;
        if (facts.Moment == Moment.Preflight)
        {
            return facts.Priced is { TotalUsd: > 0 } p && account.BalanceUsd < p.TotalUsd * 2
                ? new(Severity.Warning, $"{Words.Usd(account.BalanceUsd)} are left, the job is expected to cost {Words.Usd(p.TotalUsd)}{(account.CardOnFile == false ? ", and no card is saved" : "")}", "Add credit in the platform's console, or write a  budget: ")
                : null;
        }

        return account.BalanceUsd <= 0
            ? new(Severity.Error, $"the balance is {Words.Usd(account.BalanceUsd)}{(facts.Rental is { Status: not RentalStatus.Running } r ? $"; {r.Id} is {r.Status.ToString().ToLowerInvariant()}" : "")}", $"Add credit in the platform's console, then:  lodger down {facts.Spec.Name}")
            : null;
    }
}
