using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metering;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Store;

namespace Lodger.Marketplace.Volumes;

/// <summary>All volumes ever rented. Used with the book's lock held, like the book, of which it is a part.</summary>
internal sealed class VolumeShelf
{
    /// <summary>Share of a machine's disk that its host lists for volumes.</summary>
    private const double ShareForVolumes = 0.25;

    private const long FirstOfferId = 60_000_000;
    private readonly Dictionary<long, VolumeContract> _volumes = [];
    private readonly Journal _journal;

    public VolumeShelf(Journal journal, IEnumerable<VolumeContract> known)
    {
        _journal = journal;
        foreach (var volume in known) _volumes[volume.Id] = volume;
    }

    public IReadOnlyCollection<VolumeContract> All => _volumes.Values;

    public IEnumerable<VolumeContract> Alive => _volumes.Values.Where(v => v.IsAlive);

    /// <summary>The id under which a machine's space for volumes is offered.</summary>
    public static long OfferId(HostMachine machine) => FirstOfferId + machine.Id;

    public static HostMachine? MachineOffering(long offerId, IReadOnlyDictionary<long, HostMachine> machines) => machines.GetValueOrDefault(offerId - FirstOfferId);

    public VolumeContract Get(long id) => _volumes[id];

    public VolumeContract? Find(long id, long accountId) =>
        _volumes.GetValueOrDefault(id) is { IsAlive: true } volume && volume.AccountId == accountId ? volume : null;

    /// <summary>GB that a machine still has for volumes.</summary>
    public double FreeGb(HostMachine machine) =>
        Math.Floor(machine.DiskGb * ShareForVolumes) - (double)Alive.Where(v => v.MachineId == machine.Id).Sum(v => v.Tariff.DiskGb);

    /// <summary>A new volume; its disk is made when it is first used.</summary>
    public VolumeContract Rent(long id, long accountId, HostMachine machine, int sizeGb, string? label, DateTimeOffset now)
    {
        var volume = new VolumeContract
        {
            Id = id,
            AccountId = accountId,
            MachineId = machine.Id,
            Label = label,
            Tariff = new Tariff(0, machine.StorageUsdPerGbMonth, sizeGb, 0, 0),
            CreatedAt = now,
            MeteredTo = now,
        };
        volume.Switch(Billing.Disk, now);
        _volumes[id] = volume;
        _journal.Append(volume);
        return volume;
    }

    public void Delete(VolumeContract volume, DateTimeOffset now)
    {
        volume.Switch(Billing.Nothing, now);
        volume.DeletedAt = now;
        _journal.Append(volume);
    }

    /// <summary>Meters all of them; those on a machine that is offline bill nothing.</summary>
    public void MeterTo(DateTimeOffset now, IReadOnlySet<long> offlineMachines)
    {
        foreach (var volume in _volumes.Values)
        {
            if (!volume.IsAlive) continue;
            if (volume.Switch(offlineMachines.Contains(volume.MachineId) ? Billing.Nothing : Billing.Disk, now)) _journal.Append(volume);
        }
    }

    /// <summary>After a restart: the time that nobody metered is free.</summary>
    public void Resume(DateTimeOffset now)
    {
        foreach (var volume in Alive)
        {
            volume.BillingHistory.Add(new BillingChange(volume.MeteredTo, Billing.Nothing));
            volume.MeteredTo = now;
            volume.Switch(Billing.Disk, now);
            _journal.Append(volume);
        }
    }

    /// <summary>What the account's volumes, deleted ones included, have cost so far.</summary>
    public decimal ChargedUsd(long accountId) => _volumes.Values.Where(v => v.AccountId == accountId).Sum(v => v.Charges.TotalUsd);

    /// <summary>What the account's volumes cost an hour now.</summary>
    public decimal UsdPerHour(long accountId) => Alive.Where(v => v.AccountId == accountId).Sum(v => Meter.UsdPerHour(v.Billing, v.Tariff));

    /// <summary>What they cost from where each is metered to a moment, if all goes on as it does.</summary>
    public decimal PendingUsd(long accountId, DateTimeOffset until) =>
        Alive.Where(v => v.AccountId == accountId).Sum(v => Meter.UsdPerHour(v.Billing, v.Tariff) / 3600m * (decimal)(until - v.MeteredTo).TotalSeconds);

    /// <summary>Instances that have it, stopped ones included.</summary>
    public static IReadOnlyList<Contract> UsersOf(VolumeContract volume, Book book) =>
        [.. book.Alive.Where(c => c.Volumes.Any(attached => attached.VolumeId == volume.Id))];

    /// <summary>The volume's disk as a sandbox is given it.</summary>
    public static VolumeMount MountOf(VolumeContract volume, string directory, string path) =>
        new(Path.Combine(directory, volume.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)), volume.SizeGb, path);
}
