using Lodger.Marketplace.Auction;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Tenants;

/// <summary>Lets every machine's <see cref="Fate"/> happen in the market. Called with the book's lock held.</summary>
internal sealed class Demand
{
    private readonly Book _book;
    private readonly List<Fate> _fates = [];
    private readonly Dictionary<long, (Occupant Occupant, Stranger Stranger)> _occupants = [];
    private readonly HashSet<long> _darkened = [];

    /// <summary>Nobody comes at <see cref="TenantLevel.Off"/>.</summary>
    public Demand(Book book, TenantLevel level, int seed, DateTimeOffset start)
    {
        _book = book;
        if (level == TenantLevel.Off) return;
        foreach (var machine in book.Machines.Values)
            _fates.Add(new Fate(machine, [.. book.Offers.Values.Where(o => o.Machine.Id == machine.Id).Select(o => o.GpuIds)], level, seed, start));
    }

    public DateTimeOffset? NextDue { get; private set; }

    /// <summary>Brings every fate up to <paramref name="now"/> without telling of what was on the way: nobody was there to see it.</summary>
    public void Begin(DateTimeOffset now, Lifecycle life)
    {
        foreach (var fate in _fates)
        {
            while (fate.ChangesAt <= now) fate.Change();
            Apply(fate, now, life);
        }

        LookAhead();
    }

    public void Act(DateTimeOffset now, Lifecycle life)
    {
        if (NextDue is not { } due || due > now) return;
        foreach (var fate in _fates)
            while (fate.ChangesAt <= now)
            {
                fate.Change();
                Apply(fate, now, life);
            }

        LookAhead();
    }

    private void Apply(Fate fate, DateTimeOffset now, Lifecycle life)
    {
        var machine = _book.Machines[fate.MachineId];
        _book.PriceFactors[machine.Id] = fate.PriceFactor;
        var present = _occupants.GetValueOrDefault(machine.Id);
        if (!ReferenceEquals(present.Occupant, fate.Occupant))
        {
            if (present.Occupant is not null)
            {
                _book.RemoveStranger(present.Stranger.Id);
                _occupants.Remove(machine.Id);
            }

            if (fate.Occupant is { } comes)
            {
                var bid = comes.BidOverFloor * machine.MinBidUsdPerGpuHour * fate.PriceFactor;
                _occupants[machine.Id] = (comes, _book.AddStranger(machine.Id, comes.GpuIds, bid is null ? null : Math.Round(bid.Value, 4), now, until: null));
            }

            life.Settle(machine.Id);
        }

        // Only at a change: what the control surface took offline stays so.
        if (!fate.IsOnline && _darkened.Add(machine.Id)) life.TakeOffline(machine.Id);
        else if (fate.IsOnline && _darkened.Remove(machine.Id)) life.BringOnline(machine.Id);
    }

    private void LookAhead() => NextDue = _fates.Count == 0 ? null : _fates.Min(f => f.ChangesAt);
}
