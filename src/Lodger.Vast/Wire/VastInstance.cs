using Lodger.Vast.Json;

namespace Lodger.Vast.Wire;

/// <summary>
/// One instance as the platform shows it. Null: not stated, or not readable as what it should be. The environment, the boot script and the notebook
/// token, which the platform sends along with every show, are left out on purpose: they can hold secrets.
/// </summary>
public sealed record VastInstance
{
    public long? Id { get; init; }

    /// <summary>State of the container: null while provisioning.</summary>
    public StatedText ActualStatus { get; init; }

    /// <summary>What the container is meant to be.</summary>
    public StatedText IntendedStatus { get; init; }

    /// <summary>State of the contract: whether hardware is allocated.</summary>
    public StatedText CurState { get; init; }

    public StatedText NextState { get; init; }

    public string? StatusMsg { get; init; }

    public string? Label { get; init; }

    public string? ImageUuid { get; init; }

    public string? ImageRuntype { get; init; }

    public long? MachineId { get; init; }

    public long? HostId { get; init; }

    /// <summary>1: a datacenter.</summary>
    public long? HostingType { get; init; }

    public string? GpuName { get; init; }

    public long? NumGpus { get; init; }

    /// <summary>Memory of one GPU, MB.</summary>
    public double? GpuRam { get; init; }

    public bool? IsBid { get; init; }

    /// <summary>What an interruptible bids, USD per hour for the whole machine. Not in the API description; some answers have it.</summary>
    public decimal? BidPrice { get; init; }

    /// <summary>USD per hour while running, without storage; of an interruptible, its bid.</summary>
    public decimal? DphBase { get; init; }

    /// <summary>USD per hour while running, with storage.</summary>
    public decimal? DphTotal { get; init; }

    /// <summary>USD per GB and month.</summary>
    public decimal? StorageCost { get; init; }

    /// <summary>USD per hour for this instance's disk.</summary>
    public decimal? StorageTotalCost { get; init; }

    /// <summary>USD per GB.</summary>
    public decimal? InetUpCost { get; init; }

    /// <summary>USD per GB.</summary>
    public decimal? InetDownCost { get; init; }

    /// <summary>USD per TB. Not in the API description; the official client reads it where <see cref="InetUpCost"/> may be missing.</summary>
    public decimal? InternetUpCostPerTb { get; init; }

    /// <summary>USD per TB. Not in the API description.</summary>
    public decimal? InternetDownCostPerTb { get; init; }

    /// <summary>Billed traffic from the instance so far, MB. Not in the API description; some answers have it.</summary>
    public double? InetUpBilled { get; init; }

    /// <summary>Billed traffic to the instance so far, MB. Not in the API description; some answers have it.</summary>
    public double? InetDownBilled { get; init; }

    /// <summary>GB.</summary>
    public double? DiskSpace { get; init; }

    /// <summary>Can carry blanks and line ends around the address.</summary>
    public string? PublicIpaddr { get; init; }

    public PortMap? Ports { get; init; }

    /// <summary>The platform's proxy.</summary>
    public string? SshHost { get; init; }

    /// <summary>One less than the real port when <see cref="ImageRuntype"/> contains <c>jupyter</c>.</summary>
    public long? SshPort { get; init; }

    /// <summary>Unix seconds.</summary>
    public double? StartDate { get; init; }

    /// <summary>Unix seconds.</summary>
    public double? EndDate { get; init; }
}
