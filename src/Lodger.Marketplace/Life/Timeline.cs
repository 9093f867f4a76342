using Lodger.Marketplace.Clock;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Tenants;

namespace Lodger.Marketplace.Life;

/// <summary>
/// Does what falls due, in the order in which it falls due, each thing at its own moment: whether the clock creeps or leaps, the same happens and the same
/// is billed. Called with the book's lock held.
/// </summary>
internal sealed class Timeline(Book book, MarketClock clock, Moment moment, Lifecycle life, Solvency solvency, Demand demand)
{
    /// <summary>How long the platform keeps the data of a contract that has ended.</summary>
    public static readonly TimeSpan KeptAfterEnd = TimeSpan.FromHours(48);

    private const int EventsMax = 5_000_000;

    /// <summary>What else goes by the market's time: done whenever the market is up to it.</summary>
    public Action? OnCaughtUp { get; set; }

    /// <summary>Brings the market up to its clock.</summary>
    public void CatchUp()
    {
        var target = clock.GetUtcNow();
        for (var events = 0; NextDue() is { } due && due <= target; events++)
        {
            if (events == EventsMax) throw new InvalidOperationException($"the market does not get past {due:O}");
            moment.During(due, () => Act(due));
        }

        foreach (var contract in book.Alive)
            life.NoticeExit(contract);
        OnCaughtUp?.Invoke();
    }

    /// <summary>When the next thing falls due, if nobody does anything before.</summary>
    public DateTimeOffset? NextDue()
    {
        var next = Earlier(solvency.NextDue(), demand.NextDue);
        foreach (var stranger in book.Strangers) next = Earlier(next, stranger.Until);
        foreach (var contract in book.Alive)
        {
            next = Earlier(next, contract.Phase is Phase.Provisioning or Phase.Pulling ? contract.PhaseDue : null);
            next = Earlier(next, contract.Claims ? contract.EndsAt : contract.EndsAt + KeptAfterEnd);
        }

        return next;
    }

    private void Act(DateTimeOffset now)
    {
        var isEmptied = solvency.NextDue() <= now; // What the following changes empty is next in line.
        demand.Act(now, life);
        foreach (var stranger in book.Strangers.Where(s => s.Until <= now).ToList())
        {
            book.RemoveStranger(stranger.Id);
            life.Settle(stranger.MachineId);
        }

        foreach (var contract in book.Alive) Act(contract, now);
        if (!isEmptied) return;
        book.Volumes.MeterTo(now, book.OfflineMachines);
        foreach (var contract in book.Alive) life.MeterTo(contract, now);
        solvency.Act(now, c => life.Stop(c, StopCause.Balance, "Stopped: the account's balance is used up"), life.Destroy);
    }

    private void Act(Contract contract, DateTimeOffset now)
    {
        if (contract.IsAlive && now >= contract.EndsAt + KeptAfterEnd) life.Destroy(contract);
        else if (contract.Claims && now >= contract.EndsAt) life.Stop(contract, StopCause.ContractEnd, "The rental's end date has been reached");
        else if (now >= contract.PhaseDue) life.EndPhase(contract);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null ? b : b is null || a < b ? a : b;
}
