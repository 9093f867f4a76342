using System.Text.Json.Serialization;
using Lodger.Domain.Box;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Spec;

/// <summary>When the rental is destroyed.</summary>
public enum TeardownMode
{
    /// <summary>A person is asked each time.</summary>
    Ask,

    /// <summary>A standing yes, given when the job is submitted; worth nothing without the receipt.</summary>
    WhenVerified,
}

/// <summary>What happens when a job makes no progress for <see cref="StallSpec.After"/>.</summary>
public enum StallAction
{
    /// <summary>A person is told.</summary>
    Tell,

    /// <summary>The command is ended, and what it made is brought home.</summary>
    Stop,
}

/// <summary>How a machine is paid for.</summary>
public enum RentMode
{
    /// <summary>A fixed price; runs until it is stopped or its contract ends.</summary>
    OnDemand,

    /// <summary>A bid: a fraction of the price, and paused without notice whenever somebody pays more.</summary>
    Interruptible,

    /// <summary>Interruptible while that is the cheaper way to the end, on-demand when it is not or the deadline needs it.</summary>
    Auto,
}

/// <summary>What is bid for an interruptible rental. Both null: what the market asks, with a margin that is worth its price.</summary>
/// <param name="FixedUsdPerHour">Always this, for the whole machine.</param>
/// <param name="CapUsdPerHour">As the market asks, at most this.</param>
/// <param name="MayRaise">The bid of a rental that lost its machine to a higher one may be raised up to the cap.</param>
public sealed record BidSpec(decimal? FixedUsdPerHour, decimal? CapUsdPerHour, bool MayRaise = false);

/// <summary>When the job has to be done.</summary>
/// <param name="Within">Counted from the submission; null when <paramref name="At"/> says it.</param>
public sealed record DeadlineSpec(TimeSpan? Within, DateTimeOffset? At)
{
    public DateTimeOffset From(DateTimeOffset submitted) => At ?? submitted + Within!.Value;
}

/// <summary>Which copies of checkpoints are kept off the machine while the job runs.</summary>
/// <param name="Keep">The newest so many of each pattern, at least 1.</param>
/// <param name="Pin">Patterns below the workdir whose files are always kept: <c>best.pt</c>.</param>
public sealed record MirrorSpec(int Keep, IReadOnlyList<string> Pin)
{
    public static MirrorSpec Default { get; } = new(2, []);
}

/// <summary>A volume that the job works on: its workdir lies there, and outlives every rental.</summary>
/// <param name="Id">The platform's; the job runs on the volume's machine as long as that is the better way.</param>
/// <param name="Path">Absolute directory on the machine where it is attached.</param>
public sealed record VolumeSpec(string Id, string Path);

/// <summary>How a job differs when it is only rehearsed.</summary>
/// <param name="Run">Instead of the job's command; null: the same.</param>
/// <param name="Env">Besides the job's own variables, and before them.</param>
/// <param name="IsDeterministic">The job claims that an interrupted run has the same results, byte for byte, as an uninterrupted one.</param>
public sealed record RehearseSpec(string? Run, IReadOnlyDictionary<string, string> Env, bool IsDeterministic)
{
    public static RehearseSpec Default { get; } = new(null, new Dictionary<string, string>(), false);
}

/// <param name="Names">Marketing names as the platform writes them, for example <c>RTX 4090</c>; any of them will do.</param>
/// <param name="Count">GPUs in one rental.</param>
/// <param name="MinMemoryGb">Memory of each, or null when the name is enough.</param>
public sealed record GpuRequest(IReadOnlyList<string> Names, int Count, int? MinMemoryGb);

/// <summary>Login for a private image registry.</summary>
/// <param name="PasswordSecret">Name of the secret that holds the password or token.</param>
public sealed record RegistryLogin(string Server, string User, string PasswordSecret);

/// <param name="File">Below the workdir, or null.</param>
/// <param name="Regex">With named groups <c>step</c>, optionally <c>total</c> and <c>loss</c>; or null.</param>
public sealed record ProgressSpec(string? File, string? Regex);

public sealed record StallSpec(TimeSpan After, StallAction Action)
{
    /// <summary>Longer than an epoch of most, and a person is only told.</summary>
    public static StallSpec Default { get; } = new(TimeSpan.FromHours(1), StallAction.Tell);
}

/// <summary>What the user asked for: <c>job.yaml</c>, validated. See docs/job-yaml.md.</summary>
public sealed record JobSpec
{
    /// <summary>Long enough to read a message and answer it, short enough that an unattended GPU costs little.</summary>
    public static readonly TimeSpan DefaultAbandonedAfter = TimeSpan.FromMinutes(20);

    /// <summary>Lower-case letters, digits and hyphens, at most 40.</summary>
    public required string Name { get; init; }

    public required string Image { get; init; }

    public RegistryLogin? Registry { get; init; }

    public required GpuRequest Gpu { get; init; }

    public required int DiskGb { get; init; }

    public RentMode Rent { get; init; }

    /// <summary>Null: as the market asks.</summary>
    public BidSpec? Bid { get; init; }

    /// <summary><see cref="Bid"/> as the policy takes it.</summary>
    [JsonIgnore]
    public BidRule BidRule => Bid switch
    {
        { FixedUsdPerHour: { } usd } => new BidRule.Fixed(usd),
        { CapUsdPerHour: { } most } => new BidRule.Cap(most),
        _ => new BidRule.Market(),
    };

    /// <summary>A preempted rental is waited for at most so long in a row; null: as long as waiting is the cheapest way on.</summary>
    public TimeSpan? Patience { get; init; }

    public DeadlineSpec? Deadline { get; init; }

    public MirrorSpec Mirror { get; init; } = MirrorSpec.Default;

    /// <summary>What is different when it is rehearsed.</summary>
    public RehearseSpec Rehearse { get; init; } = RehearseSpec.Default;

    /// <summary>Null: one run. Fanned out where the job is submitted: nothing below takes a spec that has one.</summary>
    public SweepSpec? Sweep { get; init; }

    /// <summary>Extra conditions in the platform's query grammar; null for none.</summary>
    public string? Offers { get; init; }

    /// <summary>Null: the rental's own disk is all there is.</summary>
    public VolumeSpec? Volume { get; init; }

    /// <summary>Absolute local directory; null when the image holds everything.</summary>
    public string? CodeDirectory { get; init; }

    public IReadOnlyList<DataSource> Data { get; init; } = [];

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    /// <summary>Names only; values are read from the submitting environment at the moment of use.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Every secret that a rent needs the value of: <see cref="Secrets"/>, and the registry's password. Each once.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> SecretNames =>
        [.. Secrets.Concat(Registry is { } registry ? [registry.PasswordSecret] : []).Distinct(StringComparer.Ordinal)];

    /// <summary>For example <c>8081/tcp</c>.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    public string? Setup { get; init; }

    public required string Run { get; init; }

    /// <summary>Absolute directory on the machine; null: the profile's data directory plus the job's name.</summary>
    public string? Workdir { get; init; }

    /// <summary>Patterns below the workdir whose files are checkpoints; they are brought home like results.</summary>
    public IReadOnlyList<string> Checkpoints { get; init; } = [];

    /// <summary>The expected roster: patterns below the workdir, each of which must match at least one file.</summary>
    public required IReadOnlyList<string> Results { get; init; }

    /// <summary>Where the proven results are copied besides, and read back from: absolute directories, or <c>NAME:path</c> of the user's rclone remotes. Never credentials.</summary>
    public IReadOnlyList<string> Copies { get; init; } = [];

    public ProgressSpec? Progress { get; init; }

    /// <summary>Null: <see cref="StallSpec.Default"/>.</summary>
    public StallSpec? Stall { get; init; }

    [JsonIgnore]
    public StallSpec StallOrDefault => Stall ?? StallSpec.Default;

    public TeardownMode Teardown { get; init; } = TeardownMode.Ask;

    /// <summary>Most that the job may cost in all, USD; null: no limit, and the plan says so.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>How long the user expects the command to run; prices the plan. Null: the plan is for one hour and says so.</summary>
    public TimeSpan? Work { get; init; }

    /// <summary>After the job ended and nobody spoke to the machine for so long, it stops its own rental; null: it never does.</summary>
    public TimeSpan? StopWhenAbandonedAfter { get; init; } = DefaultAbandonedAfter;
}
