using System.Text.Json.Serialization;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Contracts;

/// <summary>Where a contract is in its life. What the API calls its statuses is derived from this (<c>InstanceFacts</c>).</summary>
internal enum Phase
{
    /// <summary>Accepted; the host has not begun (<c>actual_status</c> null).</summary>
    Provisioning,

    /// <summary>The image is on its way.</summary>
    Pulling,

    /// <summary>The container is being started.</summary>
    Starting,

    Running,

    /// <summary>The container's first process ended by itself.</summary>
    Exited,

    /// <summary>The container could not be made.</summary>
    Failed,

    /// <summary>Stopped; the disk stays.</summary>
    Stopped,

    /// <summary>Wants to run and waits for its own GPUs.</summary>
    Scheduling,

    /// <summary>The host is away.</summary>
    Offline,

    /// <summary>Destroyed; shown for a little longer.</summary>
    Destroyed,
}

/// <summary>Who stopped it.</summary>
internal enum StopCause
{
    None,
    User,
    Host,
    Outbid,
    Balance,
    ContractEnd,
}

/// <summary>A trouble at boot that the control surface ordered.</summary>
internal enum BootFault
{
    None,

    /// <summary>Loading never ends.</summary>
    Stuck,

    /// <summary>The container runs without its GPUs.</summary>
    NoGpu,

    /// <summary>The container runtime refuses the image.</summary>
    ImageError,
}

/// <summary>From <paramref name="At"/> on, this is what was billed.</summary>
/// <param name="At">Market time.</param>
/// <param name="Billing">What.</param>
/// <param name="GpuUsdPerHour">The GPUs' price at that time; null in journals older than changing prices.</param>
internal sealed record BillingChange(DateTimeOffset At, Billing Billing, decimal? GpuUsdPerHour = null);

/// <summary>One entry of the create call's <c>env</c> as it was sent, port options included.</summary>
internal sealed record EnvEntry(string Name, string Value);

/// <summary>One rental: what was agreed, where it stands, what it used. Persisted as a whole at every change.</summary>
internal sealed class Contract
{
    public required long Id { get; init; }
    public required long AccountId { get; init; }
    public required long OfferId { get; init; }
    public required long MachineId { get; init; }

    /// <summary>The GPUs it is bound to for its whole life, whether it holds them now or not.</summary>
    public required IReadOnlyList<int> GpuIds { get; init; }

    public required string Image { get; init; }
    public required IReadOnlyList<EnvEntry> Env { get; init; }

    /// <summary>Container ports to open, besides 22. 70000 and above ask for the same number inside and outside.</summary>
    public required IReadOnlyList<int> InnerPorts { get; init; }

    /// <summary>UDP ports to open.</summary>
    public IReadOnlyList<int> UdpPorts { get; init; } = [];

    /// <summary>The account's environment variables as they were when it was made; the container gets them, show calls do not name them.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public Runtype Runtype { get; init; }

    /// <summary>What the entry point is started with, for <see cref="Contracts.Runtype.Args"/>.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    public long? TemplateId { get; init; }
    public string? TemplateHashId { get; init; }
    public string? TemplateName { get; init; }

    public required string? Onstart { get; init; }

    /// <summary>Whether a direct ssh port was asked for and the machine has one.</summary>
    public required bool Direct { get; init; }

    public required Tariff Tariff { get; set; }
    public required int DiskGb { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset EndsAt { get; set; }

    /// <summary>Interruptible: what it bids for all its GPUs together, in USD per hour. Null on demand.</summary>
    public decimal? BidUsdPerHour { get; set; }

    /// <summary>The host's lowest bid for them when the contract was made; a later rise does not touch it.</summary>
    public decimal FloorUsdPerHour { get; init; }

    /// <summary>USD put aside for it; see <see cref="PrepaidSpentFrom"/>.</summary>
    public decimal PrepaidUsd { get; set; }

    /// <summary>Its charges when the first prepayment was made: what it costs from there on uses the deposit up.</summary>
    public decimal PrepaidSpentFrom { get; set; }

    /// <summary>The reduction that a prepayment bought, 0 to 1.</summary>
    public decimal Discount { get; set; }

    /// <summary>Real seconds after its first boot at which its keys reach the box; 0 for at once.</summary>
    public double KeyDelaySeconds { get; set; }

    /// <summary>Whether <see cref="KeyDelaySeconds"/> are over.</summary>
    public bool HasKeys { get; set; }

    /// <summary>Key given to the container; may only show and stop its own instance.</summary>
    public required string ContainerKey { get; init; }

    public required string JupyterToken { get; init; }

    /// <summary>The notebook server beside ssh; null for none.</summary>
    public Sandbox.Notebook? Notebook { get; init; }

    /// <summary>Volumes that it has for as long as it exists.</summary>
    public IReadOnlyList<Volumes.AttachedVolume> Volumes { get; init; } = [];

    /// <summary>The account's ssh keys at creation, and those attached since.</summary>
    public required List<string> SshKeys { get; init; }

    public string? Label { get; set; }
    public Phase Phase { get; set; }
    public DateTimeOffset PhaseSince { get; set; }

    /// <summary>When the phase ends by itself; null when it does not.</summary>
    public DateTimeOffset? PhaseDue { get; set; }

    public bool WantsToRun { get; set; }
    public bool HoldsGpus { get; set; }
    public bool HasImage { get; set; }
    public bool HasDisk { get; set; }
    public bool HasRun { get; set; }
    public StopCause StopCause { get; set; }
    public BootFault BootFault { get; set; }
    public double PullSlowdown { get; set; } = 1;
    public string? Message { get; set; }
    public DateTimeOffset? DestroyedAt { get; set; }
    public DateTimeOffset? RunningSince { get; set; }

    public Usage Usage { get; set; } = Usage.None;
    public DateTimeOffset MeteredTo { get; set; }
    public List<BillingChange> BillingHistory { get; init; } = [];

    [JsonIgnore]
    public bool IsAlive => DestroyedAt is null;

    /// <summary>Wants its GPUs, now or as soon as it has priority: an outbid instance comes back by itself.</summary>
    [JsonIgnore]
    public bool Claims => IsAlive && (WantsToRun || (BidUsdPerHour is not null && StopCause == StopCause.Outbid));

    /// <summary>What is left of the prepayment.</summary>
    [JsonIgnore]
    public decimal DepositUsd => PrepaidUsd == 0 ? 0 : Math.Max(0, PrepaidUsd - (Charges.TotalUsd - PrepaidSpentFrom));

    /// <summary>Lists leave it out until then, in real time (a lag of the platform's lists, not of the market). Not kept over a restart.</summary>
    [JsonIgnore]
    public DateTimeOffset ListedFrom { get; set; }

    [JsonIgnore]
    public Billing Billing => BillingHistory.Count == 0 ? Billing.Nothing : BillingHistory[^1].Billing;

    [JsonIgnore]
    public Charges Charges => Meter.Price(Usage, Tariff);
}
