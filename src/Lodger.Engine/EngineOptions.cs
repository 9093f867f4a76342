using Lodger.Domain.Reconcile;

namespace Lodger.Engine;

/// <summary>How the engine works on this machine.</summary>
public sealed record EngineOptions
{
    /// <summary>Absolute; holds the journal. Readable by its user alone.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>One file a secret, named as the secret.</summary>
    public required string SecretsDirectory { get; init; }

    public Waits Waits { get; init; } = new();

    /// <summary>Between two listings of an account that has open jobs.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A push can come before the platform shows what it told of: for so long after one it is looked more often.</summary>
    public TimeSpan PushEchoes { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Written into receipts.</summary>
    public required string ToolVersion { get; init; }
}
