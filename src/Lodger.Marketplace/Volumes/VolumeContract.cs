using System.Globalization;
using System.Text.Json.Serialization;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Volumes;

/// <summary>Where an instance has a volume.</summary>
internal sealed record AttachedVolume(long VolumeId, string Path);

/// <summary>A rented volume: a disk of fixed size on one machine, which lives and bills by itself. Persisted as a whole at every change.</summary>
internal sealed class VolumeContract
{
    public required long Id { get; init; }
    public required long AccountId { get; init; }

    /// <summary>The machine it lies on for ever.</summary>
    public required long MachineId { get; init; }

    public required string? Label { get; init; }

    /// <summary>Size in GB and price; a volume has neither GPUs nor traffic of its own.</summary>
    public required Tariff Tariff { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; set; }
    public Usage Usage { get; set; } = Usage.None;
    public DateTimeOffset MeteredTo { get; set; }

    /// <summary>From when on it billed its disk, or nothing while its host was offline or nobody metered.</summary>
    public List<Contracts.BillingChange> BillingHistory { get; init; } = [];

    [JsonIgnore]
    public bool IsAlive => DeletedAt is null;

    [JsonIgnore]
    public int SizeGb => (int)Tariff.DiskGb;

    [JsonIgnore]
    public string Name => "V." + Id.ToString(CultureInfo.InvariantCulture);

    [JsonIgnore]
    public Billing Billing => BillingHistory.Count == 0 ? Billing.Nothing : BillingHistory[^1].Billing;

    [JsonIgnore]
    public Charges Charges => Meter.Price(Usage, Tariff);

    /// <summary>Brings its usage up to a moment.</summary>
    public void MeterTo(DateTimeOffset now)
    {
        if (!IsAlive || now <= MeteredTo) return;
        Usage = Meter.Advance(Usage, Billing, now - MeteredTo);
        MeteredTo = now;
    }

    /// <summary>Bills this from now on.</summary>
    public bool Switch(Billing billing, DateTimeOffset now)
    {
        MeterTo(now);
        if (Billing == billing && BillingHistory.Count > 0) return false;
        BillingHistory.Add(new Contracts.BillingChange(MeteredTo, billing));
        return true;
    }
}
