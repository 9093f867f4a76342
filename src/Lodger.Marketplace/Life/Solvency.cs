using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Life;

/// <summary>What an empty balance does, to the second: everything stops; after the grace everything is destroyed, unless a card is on file.</summary>
internal sealed class Solvency(Book book, Passage passage, Moment moment, TimeProvider realTime, TimeSpan grace)
{
    private const decimal SecondsPerHour = 3600m;
    private static readonly TimeSpan TrustFor = TimeSpan.FromSeconds(1);
    private readonly List<Reserve> _reserves = [];
    private DateTimeOffset? _next;
    private bool _isKnown;
    private int _nextAtChange;
    private decimal _riseAtNext;
    private long _nextAt;

    /// <summary>When something is to be done next, if all goes on as it does, or a moment before that and after now. Bandwidth is noticed within a real second.</summary>
    public DateTimeOffset? NextDue()
    {
        if (_isKnown && realTime.GetElapsedTime(_nextAt) < TrustFor)
        {
            if (_nextAtChange == passage.Changes) return _next;
            // With thousands of contracts it is long to add them all up after each change.
            if (NotBefore() is { } bound && bound > moment.Now) return bound;
        }

        _reserves.Clear();
        _next = book.Accounts.Min(NextDue);
        (_isKnown, _nextAtChange, _riseAtNext, _nextAt) = (true, passage.Changes, passage.RiseUsdPerHour, realTime.GetTimestamp());
        return _next;
    }

    /// <summary>After a change of balances or cards.</summary>
    public void Reconsider() => _isKnown = false;

    /// <summary>Does what is due now. Every contract is metered up to now.</summary>
    public void Act(DateTimeOffset now, Action<Contract> stop, Action<Contract> destroy)
    {
        foreach (var account in book.Accounts)
        {
            var isEmpty = book.BalanceUsd(account) <= 0;
            if (isEmpty != account.EmptySince is not null)
            {
                account.EmptySince = isEmpty ? now : null;
                book.Save(account);
            }

            if (!isEmpty) continue;
            foreach (var contract in Of(account).Where(c => c.Claims)) stop(contract);
            if (account.HasCard || now < account.EmptySince + grace) continue;
            foreach (var contract in Of(account)) destroy(contract);
            foreach (var volume in VolumesOf(account).ToList()) book.Volumes.Delete(volume, now);
        }

        Reconsider();
    }

    private IEnumerable<Contract> Of(Account account) => book.Alive.Where(c => c.AccountId == account.Id);

    private IEnumerable<Volumes.VolumeContract> VolumesOf(Account account) => book.Volumes.Alive.Where(v => v.AccountId == account.Id);

    private DateTimeOffset? NextDue(Account account)
    {
        var mine = Of(account).ToList();
        var metered = mine.Select(c => c.MeteredTo).Concat(VolumesOf(account).Select(v => v.MeteredTo)).ToList();
        if (metered.Count == 0) return null;
        var meteredTo = metered.Max();
        var perSecond = mine.Sum(UsdPerSecond) + (book.Volumes.UsdPerHour(account.Id) / SecondsPerHour);
        var left = book.BalanceUsd(account) - mine.Sum(c => UsdPerSecond(c) * (decimal)(meteredTo - c.MeteredTo).TotalSeconds) - book.Volumes.PendingUsd(account.Id, meteredTo);
        if (left > 0)
        {
            if (account.EmptySince is not null) return meteredTo;
            var reserve = new Reserve(meteredTo, left, perSecond);
            _reserves.Add(reserve);
            return reserve.EmptyAt(0);
        }

        if (account.EmptySince is not { } since) return meteredTo;
        return account.HasCard ? null : since + grace;
    }

    private static decimal UsdPerSecond(Contract contract) => Meter.UsdPerHour(contract.Billing, contract.Tariff) / SecondsPerHour;

    /// <summary>Before this no account is empty, whatever was rented since they were looked at; null: one is, or none bills, or all last for years.</summary>
    private DateTimeOffset? NotBefore()
    {
        if (_reserves.Count < book.Accounts.Count) return null;
        var risePerSecond = (passage.RiseUsdPerHour - _riseAtNext) / SecondsPerHour;
        return _reserves.Min(r => r.EmptyAt(risePerSecond));
    }

    /// <summary>What an account has left at a moment, and what it pays then.</summary>
    private sealed record Reserve(DateTimeOffset At, decimal LeftUsd, decimal UsdPerSecond)
    {
        public DateTimeOffset? EmptyAt(decimal risePerSecond)
        {
            var perSecond = UsdPerSecond + risePerSecond;
            var seconds = perSecond <= 0 ? decimal.MaxValue : Math.Ceiling(LeftUsd / perSecond);
            return seconds > (decimal)TimeSpan.FromDays(3650).TotalSeconds ? null : At.AddSeconds((double)seconds);
        }
    }
}
