using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Store;

namespace Lodger.Marketplace.Contracts;

/// <summary>
/// All that the market knows: machines, offers, accounts, contracts, and who holds which GPU. Callers hold <see cref="Lock"/>
/// around every use; what they change they <c>Save</c>, so that a killed marketplace knows it again.
/// </summary>
internal sealed class Book
{
    private readonly Dictionary<long, decimal> _settledUsd = [];
    private readonly Dictionary<long, Contract> _contracts = [];
    private readonly Dictionary<long, Account> _accounts = [];
    private readonly Dictionary<long, Contract> _alive = [];
    private readonly Dictionary<int, long> _gpuHolders = [];
    private readonly Journal _journal;
    private long _nextContractId;
    private long _nextKeyId;

    public Book(Journal journal, JournalContent content, IReadOnlyList<HostMachine> machines, IReadOnlyList<Offer> offers, int seed)
    {
        _journal = journal;
        Machines = machines.ToDictionary(m => m.Id);
        Offers = offers.ToDictionary(o => o.Id);
        foreach (var account in content.Accounts) _accounts[account.Id] = account;
        foreach (var contract in content.Contracts) Remember(contract);
        _nextContractId = content.Contracts.Select(c => c.Id).DefaultIfEmpty(41_000_000 + (seed % 1000 * 100)).Max();
        _nextKeyId = content.Accounts.SelectMany(RecordIds).DefaultIfEmpty(500).Max();
    }

    /// <summary>Told of every change of a contract when it is saved, with the lock held.</summary>
    public Action<Contract>? OnContractSaved { get; set; }

    public Lock Lock { get; } = new();

    public IReadOnlyDictionary<long, HostMachine> Machines { get; }
    public IReadOnlyDictionary<long, Offer> Offers { get; }
    public IReadOnlyCollection<Contract> Contracts => _contracts.Values;

    /// <summary>Contracts that are not destroyed. A copy, so that callers may destroy while they go through it.</summary>
    public IReadOnlyList<Contract> Alive => [.. _alive.Values];

    public IReadOnlyCollection<Account> Accounts => _accounts.Values;
    public HashSet<long> OfflineMachines { get; } = [];

    /// <summary>Asks that the control surface has taken away.</summary>
    public Dictionary<long, TakenOffer> TakenOffers { get; } = [];

    public long NextContractId() => ++_nextContractId;
    public long NextKeyId() => ++_nextKeyId;
    public Contract? FindContract(long id) => _contracts.GetValueOrDefault(id);
    public Account? FindAccount(long id) => _accounts.GetValueOrDefault(id);
    public Account? AccountWithKey(string apiKey) => _accounts.Values.FirstOrDefault(a => string.Equals(a.ApiKey, apiKey, StringComparison.Ordinal));
    public Contract? ContractWithKey(string containerKey) => _alive.Values.FirstOrDefault(c => string.Equals(c.ContainerKey, containerKey, StringComparison.Ordinal));

    /// <summary>True when nobody but <paramref name="contractId"/> holds any of these GPUs.</summary>
    public bool AreFree(IEnumerable<int> gpuIds, long contractId = 0) =>
        gpuIds.All(g => !_gpuHolders.TryGetValue(g, out var holder) || holder == contractId);

    public void Hold(Contract contract)
    {
        foreach (var gpu in contract.GpuIds) _gpuHolders[gpu] = contract.Id;
        contract.HoldsGpus = true;
    }

    public void Release(Contract contract)
    {
        if (!contract.HoldsGpus) return;
        foreach (var gpu in contract.GpuIds) _gpuHolders.Remove(gpu);
        contract.HoldsGpus = false;
    }

    /// <summary>Another tenant (not one of ours) takes or gives back GPUs.</summary>
    public void HoldForStranger(IEnumerable<int> gpuIds, bool hold)
    {
        const long stranger = -1;
        foreach (var gpu in gpuIds)
            if (hold) _gpuHolders.TryAdd(gpu, stranger);
            else if (_gpuHolders.GetValueOrDefault(gpu) == stranger) _gpuHolders.Remove(gpu);
    }

    public void Save(Contract contract)
    {
        if (!_contracts.ContainsKey(contract.Id)) Remember(contract);
        if (!contract.IsAlive && _alive.Remove(contract.Id))
            Settle(contract);
        _journal.Append(contract);
        OnContractSaved?.Invoke(contract);
    }

    public void Save(Account account)
    {
        _accounts[account.Id] = account;
        _journal.Append(account);
    }

    /// <summary>What the account still has: paid in, less everything its contracts cost up to where each is metered.</summary>
    public decimal BalanceUsd(Account account) =>
        account.PaidInUsd - _settledUsd.GetValueOrDefault(account.Id)
        - _alive.Values.Where(c => c.AccountId == account.Id).Sum(c => c.Charges.TotalUsd);

    /// <summary>Keys, jobs, webhooks and what else an account has draw their numbers from one row.</summary>
    private static IEnumerable<long> RecordIds(Account account) =>
    [
        .. account.SshKeys.Select(k => k.Id), .. account.ApiKeys.Select(k => k.Id), .. account.Jobs.Select(j => j.Id), .. account.Webhooks.Select(w => w.Id),
        .. account.Templates.Select(t => t.Id), .. account.Payments.Select(p => p.Id), .. account.Addresses.Select(a => a.Id),
    ];

    private void Remember(Contract contract)
    {
        _contracts[contract.Id] = contract;
        if (!contract.IsAlive)
        {
            Settle(contract);
            return;
        }

        _alive[contract.Id] = contract;
        if (contract.HoldsGpus) Hold(contract);
    }

    private void Settle(Contract contract) =>
        _settledUsd[contract.AccountId] = _settledUsd.GetValueOrDefault(contract.AccountId) + contract.Charges.TotalUsd;
}

/// <summary>An ask that somebody else took.</summary>
/// <param name="Gone">True: create answers 404, as for an ask that never was. False: its GPUs are busy, which is 410 with <c>cancel_unavail</c>.</param>
/// <param name="StillListed">Search keeps showing it, as it does for a moment on the platform.</param>
internal sealed record TakenOffer(bool Gone, bool StillListed);
