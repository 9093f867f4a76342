using Lodger.Marketplace.Auction;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Store;
using Lodger.Marketplace.Volumes;

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
    private readonly Dictionary<long, Stranger> _strangers = [];
    private readonly Dictionary<long, List<Contract>> _aliveOn = [];
    private readonly Dictionary<long, List<Stranger>> _strangersOn = [];
    private readonly Journal _journal;
    private long _nextContractId;
    private long _nextStrangerId;
    private long _nextKeyId;

    public Book(Journal journal, JournalContent content, IReadOnlyList<HostMachine> machines, IReadOnlyList<Offer> offers, int seed)
    {
        _journal = journal;
        Machines = machines.ToDictionary(m => m.Id);
        Offers = offers.ToDictionary(o => o.Id);
        foreach (var account in content.Accounts) _accounts[account.Id] = account;
        foreach (var contract in content.Contracts) Remember(contract);
        VanishedMachines = [.. content.VanishedMachines];
        OfflineMachines = [.. content.VanishedMachines];
        Volumes = new VolumeShelf(journal, content.Volumes);
        _nextContractId = content.Contracts.Select(c => c.Id).Concat(content.Volumes.Select(v => v.Id)).DefaultIfEmpty(41_000_000 + (seed % 1000 * 100)).Max();
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

    public VolumeShelf Volumes { get; }

    public IReadOnlyCollection<Account> Accounts => _accounts.Values;
    public HashSet<long> OfflineMachines { get; }

    /// <summary>Machines that never come back.</summary>
    public HashSet<long> VanishedMachines { get; }

    /// <summary>What hosts ask now, as a multiple of what they asked at first; 1 for those that are not here. Contracts keep the price they were made at.</summary>
    public Dictionary<long, decimal> PriceFactors { get; } = [];

    /// <summary>Tenants who are no customers of this market.</summary>
    public IReadOnlyCollection<Stranger> Strangers => _strangers.Values;

    /// <summary>Asks that the control surface has taken away.</summary>
    public Dictionary<long, TakenOffer> TakenOffers { get; } = [];

    public long NextContractId() => ++_nextContractId;
    public long NextKeyId() => ++_nextKeyId;
    public Contract? FindContract(long id) => _contracts.GetValueOrDefault(id);
    public Account? FindAccount(long id) => _accounts.GetValueOrDefault(id);
    public Account? AccountWithKey(string apiKey) => _accounts.Values.FirstOrDefault(a => string.Equals(a.ApiKey, apiKey, StringComparison.Ordinal));
    public Contract? ContractWithKey(string containerKey) => _alive.Values.FirstOrDefault(c => string.Equals(c.ContainerKey, containerKey, StringComparison.Ordinal));

    /// <summary>Everybody who wants GPUs of a machine, holding them or not.</summary>
    public IEnumerable<Claim> ClaimsOn(long machineId) =>
        On(_aliveOn, machineId).Where(c => c.Claims).Select(ClaimOf).Concat(On(_strangersOn, machineId).Select(s => s.Claim));

    /// <summary>True when nobody rents any of these GPUs on demand: bids give way.</summary>
    public bool CanBeRentedOnDemand(long machineId, IReadOnlyList<int> gpuIds) =>
        !ClaimsOn(machineId).Any(c => c is { Holds: true, BidUsdPerGpuHour: null } && c.GpuIds.Any(gpuIds.Contains));

    /// <summary>How many of a machine's GPUs somebody holds.</summary>
    public int HeldGpus(long machineId) => ClaimsOn(machineId).Where(c => c.Holds).Sum(c => c.GpuIds.Count);

    /// <summary>What a host asks now for one GPU on demand.</summary>
    public decimal GpuUsdPerHour(HostMachine machine) => Quote.Rounded(machine.GpuUsdPerHour * PriceFactors.GetValueOrDefault(machine.Id, 1m));

    /// <summary>What an offer costs now.</summary>
    public Quote QuoteOf(Offer offer)
    {
        var floor = FloorUsdPerGpuHour(offer.Machine.Id);
        var lowest = Rules.LowestWinningBid(floor, offer.GpuIds, ClaimsOn(offer.Machine.Id));
        return new Quote(GpuUsdPerHour(offer.Machine) * offer.GpuIds.Count, floor * offer.GpuIds.Count, lowest * offer.GpuIds.Count);
    }

    /// <summary>The lowest bid for one GPU that the machine's host takes now.</summary>
    public decimal FloorUsdPerGpuHour(long machineId) =>
        Quote.Rounded(Machines[machineId].MinBidUsdPerGpuHour * PriceFactors.GetValueOrDefault(machineId, 1m));

    /// <summary>The lowest bid of somebody else that would take this contract's GPUs now.</summary>
    public decimal LowestBidUsd(Contract contract) =>
        Rules.LowestWinningBid(FloorUsdPerGpuHour(contract.MachineId), contract.GpuIds, ClaimsOn(contract.MachineId)) * contract.GpuIds.Count;

    public Stranger AddStranger(long machineId, IReadOnlyList<int> gpuIds, decimal? bidUsdPerGpuHour, DateTimeOffset since, DateTimeOffset? until)
    {
        var stranger = new Stranger { Id = --_nextStrangerId, MachineId = machineId, GpuIds = gpuIds, BidUsdPerGpuHour = bidUsdPerGpuHour, Since = since, Until = until };
        Add(_strangersOn, machineId, stranger);
        return _strangers[stranger.Id] = stranger;
    }

    public void RemoveStranger(long id)
    {
        if (_strangers.Remove(id, out var stranger)) _strangersOn[stranger.MachineId].Remove(stranger);
    }

    /// <summary>Enters a new contract; nothing is kept on disk before its first <c>Save</c>.</summary>
    public void Add(Contract contract) => Remember(contract);

    /// <summary>The machine never comes back.</summary>
    public void SaveVanished(long machineId)
    {
        VanishedMachines.Add(machineId);
        _journal.AppendVanished(machineId);
    }

    public void Save(Contract contract)
    {
        if (!_contracts.ContainsKey(contract.Id)) Remember(contract);
        if (!contract.IsAlive && _alive.Remove(contract.Id))
        {
            _aliveOn[contract.MachineId].Remove(contract);
            Settle(contract);
        }

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
        - _alive.Values.Where(c => c.AccountId == account.Id).Sum(c => c.Charges.TotalUsd)
        - Volumes.ChargedUsd(account.Id);

    /// <summary>The part of the balance that no prepayment has put aside.</summary>
    public decimal FreeBalanceUsd(Account account) =>
        BalanceUsd(account) - _alive.Values.Where(c => c.AccountId == account.Id).Sum(c => c.DepositUsd);

    /// <summary>Keys, jobs, webhooks and what else an account has draw their numbers from one row.</summary>
    private static IEnumerable<long> RecordIds(Account account) =>
    [
        .. account.SshKeys.Select(k => k.Id), .. account.ApiKeys.Select(k => k.Id), .. account.Jobs.Select(j => j.Id), .. account.Webhooks.Select(w => w.Id),
        .. account.Templates.Select(t => t.Id), .. account.Payments.Select(p => p.Id), .. account.Addresses.Select(a => a.Id), .. account.Connections.Select(c => c.Id),
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
        Add(_aliveOn, contract.MachineId, contract);
    }

    private static void Add<T>(Dictionary<long, List<T>> on, long machineId, T who)
    {
        if (!on.TryGetValue(machineId, out var all)) on[machineId] = all = [];
        all.Add(who);
    }

    private static List<T> On<T>(Dictionary<long, List<T>> on, long machineId) => on.GetValueOrDefault(machineId) ?? [];

    private static Claim ClaimOf(Contract contract) => new(
        contract.Id, contract.GpuIds, contract.BidUsdPerHour / contract.GpuIds.Count, contract.HoldsGpus, contract.CreatedAt);

    private void Settle(Contract contract) =>
        _settledUsd[contract.AccountId] = _settledUsd.GetValueOrDefault(contract.AccountId) + contract.Charges.TotalUsd;
}

/// <summary>An ask that somebody else took.</summary>
/// <param name="Gone">True: create answers 404, as for an ask that never was. False: its GPUs are busy, which is 410 with <c>cancel_unavail</c>.</param>
/// <param name="StillListed">Search keeps showing it, as it does for a moment on the platform.</param>
internal sealed record TakenOffer(bool Gone, bool StillListed);
