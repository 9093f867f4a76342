using System.Globalization;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Push;

/// <summary>Sees what happens to contracts and balances, and tells it to those who subscribed. All members are called with the book's lock held.</summary>
internal sealed class Announcer
{
    private readonly Book _book;
    private readonly Deliveries _deliveries;
    private readonly Dictionary<long, Phase> _phases = [];
    private readonly Dictionary<long, string> _lastTold = [];
    private readonly HashSet<long> _low = [];

    /// <summary>What exists already is not news.</summary>
    public Announcer(Book book, Deliveries deliveries)
    {
        (_book, _deliveries) = (book, deliveries);
        foreach (var contract in book.Contracts) _phases[contract.Id] = contract.Phase;
        book.OnContractSaved = Look;
    }

    /// <summary>Looks at balances. An account is told once, until it has more again.</summary>
    public void Step()
    {
        foreach (var account in _book.Accounts.Where(a => a.Webhooks.Count > 0))
        {
            if (!IsLow(account)) _low.Remove(account.Id);
            else if (_low.Add(account.Id))
                _deliveries.Tell(account, new Happening(
                    NotificationTypes.LowCredit,
                    "Your Vast.ai Balance Is Low",
                    string.Create(CultureInfo.InvariantCulture, $"Your balance is ${_book.BalanceUsd(account):0.00}, below ${account.BalanceThresholdUsd:0.00}. At zero your instances are stopped.")));
        }
    }

    private bool IsLow(Account account) => account.PaidInUsd > 0 && _book.BalanceUsd(account) < account.BalanceThresholdUsd;

    private void Look(Contract contract)
    {
        Phase? before = _phases.TryGetValue(contract.Id, out var phase) ? phase : null;
        _phases[contract.Id] = contract.Phase;
        if (_book.FindAccount(contract.AccountId) is not { } account) return;
        if (Happenings.Between(before, _lastTold.GetValueOrDefault(contract.Id), contract) is not { } happening) return;
        _lastTold[contract.Id] = happening.Slug;
        _deliveries.Tell(account, happening);
    }
}
