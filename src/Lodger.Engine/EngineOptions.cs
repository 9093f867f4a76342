using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Clocks;

namespace Lodger.Engine;

/// <summary>How the engine works on this machine.</summary>
public sealed record EngineOptions
{
    /// <summary>Absolute; holds the journal. Readable by its user alone.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Absolute: what jobs that come over the network may name on this machine lies below it.</summary>
    public string SharedDirectory => Path.Combine(StateDirectory, "shared");

    /// <summary>One file a secret, named as the secret.</summary>
    public required string SecretsDirectory { get; init; }

    /// <summary>From the platform's profile to how long is waited for what.</summary>
    public Func<PlatformProfile, Waits> Waits { get; init; } = Domain.Reconcile.Waits.Of;

    /// <summary>Between two listings of an account that has open jobs, whatever the platform's limits; null: <see cref="Domain.Sweep.SweepPace"/>'s choice.</summary>
    public TimeSpan? SweepEvery { get; init; }

    /// <summary>A push can come before the platform shows what it told of: for so long after one it is looked more often.</summary>
    public TimeSpan PushEchoes { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two questions for what the platform has charged an account; longer where the answer takes long.</summary>
    public TimeSpan ChargesEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two looks at the clocks of an account.</summary>
    public TimeSpan ClocksEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Read at every look, so that a change needs no restart.</summary>
    public Func<Outcome<NotifySettings>> Notify { get; init; } = NotifySettings.ReadNone;

    /// <summary>Longest that a command or a webhook which a notice is passed on to may take.</summary>
    public TimeSpan NotifyLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Written into receipts.</summary>
    public required string ToolVersion { get; init; }
}
