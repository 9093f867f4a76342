using Lodger.Domain.Box;

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
    Tell,
    Stop,
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

public sealed record StallSpec(TimeSpan After, StallAction Action);

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

    /// <summary>Extra conditions in the platform's query grammar; null for none.</summary>
    public string? Offers { get; init; }

    /// <summary>Absolute local directory; null when the image holds everything.</summary>
    public string? CodeDirectory { get; init; }

    public IReadOnlyList<DataSource> Data { get; init; } = [];

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    /// <summary>Names only; values are read from the submitting environment at the moment of use.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

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

    public ProgressSpec? Progress { get; init; }

    public StallSpec? Stall { get; init; }

    public TeardownMode Teardown { get; init; } = TeardownMode.Ask;

    /// <summary>Most that the job may cost in all, USD; null: no limit, and the plan says so.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>How long the user expects the command to run; prices the plan. Null: the plan is for one hour and says so.</summary>
    public TimeSpan? Work { get; init; }

    /// <summary>After the job ended and nobody spoke to the machine for so long, it stops its own rental; null: it never does.</summary>
    public TimeSpan? StopWhenAbandonedAfter { get; init; } = DefaultAbandonedAfter;
}
