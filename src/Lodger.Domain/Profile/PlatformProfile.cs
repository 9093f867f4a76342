namespace Lodger.Domain.Profile;

/// <summary>One fact about the platform.</summary>
/// <param name="Value">As written in the profile.</param>
/// <param name="Source">Where it is documented.</param>
/// <param name="Verified">Year and month in which somebody checked, for example <c>2026-06</c>.</param>
public sealed record Fact(string Value, string Source, string Verified)
{
    /// <summary>What the value means for a tenant, in a sentence; empty when the key says it all.</summary>
    public string Note { get; init; } = "";

    /// <summary>What another source says; <see cref="Value"/> is then the stricter of the two. Null when the sources agree.</summary>
    public OtherReading? Other { get; init; }
}

/// <summary>A second source's reading of the same fact, kept because the product must be right under both.</summary>
public sealed record OtherReading(string Value, string Source, string Verified);

/// <summary>A trap of the platform.</summary>
/// <param name="Id">For example <c>VAST1</c>; findings carry it.</param>
/// <param name="Title">What a person would call it.</param>
/// <param name="Symptom">What is seen.</param>
/// <param name="Cause">Why.</param>
/// <param name="Fix">What to do.</param>
public sealed record Gotcha(string Id, string Title, string Symptom, string Cause, string Fix, string Source, string Verified);

/// <summary>Which of stop and destroy a storage tier survives.</summary>
public sealed record StorageTier(string Name, string Path, bool SurvivesStop, bool SurvivesDestroy, bool SurvivesHostLoss, string Billing, string Source, string Verified);

/// <summary>Something to know before the first paid act.</summary>
public sealed record Danger(string Id, string Text, string Source, string Verified);

/// <summary>The values that parameterise what runs on the rented machine (the profile's script overrides).</summary>
public sealed record ScriptOverrides
{
    /// <summary>Container disk for code, data and checkpoints, for example <c>/workspace</c>.</summary>
    public required string DataDir { get; init; }

    /// <summary><c>off-box</c> when no mount survives destroy: then only a copy off the machine counts as durable.</summary>
    public required string DurableDir { get; init; }

    /// <summary>Shell line run before the job; empty when the platform has no proxy.</summary>
    public required string ProxyHook { get; init; }

    /// <summary>Credential file to read on the machine; empty when credentials come as environment.</summary>
    public required string CredFile { get; init; }

    /// <summary>What may be pruned when the disk fills.</summary>
    public required IReadOnlyList<string> Scratch { get; init; }

    public required string HfHome { get; init; }

    /// <summary>The boot hook that relaunches the job at every container start, for example <c>/root/onstart.sh</c>.</summary>
    public required string Detach { get; init; }
}

/// <summary>A platform's facts as data. Code reads verbs, limits and paths from here, never from constants of its own.</summary>
public sealed record PlatformProfile
{
    /// <summary>The file's name without its ending, for example <c>vastai</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What people call the platform, for example <c>vast.ai</c>.</summary>
    public string Title { get; init; } = "";

    /// <summary>What it is good for, in a sentence.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>The only verb that ends the meter.</summary>
    public required string MeterStopVerb { get; init; }

    public required bool MeterStopIrreversible { get; init; }

    public required TimeSpan SpotGrace { get; init; }

    public required int MinDiskGb { get; init; }

    public required int MaxPorts { get; init; }

    /// <summary>Characters of boot script that every reading of the platform's documentation accepts.</summary>
    public required int OnstartMaxChars { get; init; }

    /// <summary>Longest that a boot normally takes; after it the logs are read and the rental given up.</summary>
    public required TimeSpan BootWindow { get; init; }

    /// <summary>Waiting for its own GPU longer than this means that somebody else has it.</summary>
    public required TimeSpan SchedulingWindow { get; init; }

    /// <summary>Above this many bytes the proxy is not the way.</summary>
    public required long ProxyTransferMaxBytes { get; init; }

    /// <summary>What happens to the data after the contract's end, at the strictest reading.</summary>
    public required TimeSpan DataKeptAfterContractEnd { get; init; }

    /// <summary>Destroy is only final when the platform no longer shows the rental; so long it may take.</summary>
    public required TimeSpan DestroySettles { get; init; }

    /// <summary>Rentals that one page of the listing holds at most.</summary>
    public required int ListPageRentals { get; init; }

    /// <summary>Between two calls of the listing, as the platform documents it.</summary>
    public required TimeSpan ListSpacing { get; init; }

    public required ScriptOverrides Overrides { get; init; }

    public required IReadOnlyList<StorageTier> Storage { get; init; }

    /// <summary>Dates and meters that cost data or money, shown before the first paid act.</summary>
    public required IReadOnlyList<Danger> DangerClocks { get; init; }

    public required IReadOnlyList<Danger> Risks { get; init; }

    public IReadOnlyList<Gotcha> Gotchas { get; init; } = [];

    /// <summary>Every fact with its source, the typed ones above included, by its key (<c>launch.onstart_max_chars</c>), in the file's order, for <c>lodger profile</c>.</summary>
    public required IReadOnlyDictionary<string, Fact> Facts { get; init; }
}
