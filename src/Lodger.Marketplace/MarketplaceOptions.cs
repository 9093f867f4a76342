using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace;

/// <summary>How a local marketplace is to be run.</summary>
public sealed record MarketplaceOptions
{
    /// <summary>Where everything lives: <c>market.json</c>, the journal, the instances' disks. Created when missing, mode 0700. One marketplace a directory.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Loopback TCP port; 0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>Decides machines, offers and prices.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many times as many machines as the usual two dozen, at least 1. A state directory has to keep its number.</summary>
    public int MachinesTimes { get; init; } = 1;

    /// <summary>Market seconds that pass in a real second. At 0 time stands still and only the control surface advances it.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>What instances are made of; <see cref="Simulated.SimulatedSandboxHost"/> for none.</summary>
    public required Func<ISandboxHost> SandboxHost { get; init; }

    /// <summary>Whether instances get real listening ports. Off for simulated instances: their ports are numbers only.</summary>
    public bool ForwardTraffic { get; init; } = true;

    /// <summary>Money on the first account of a new state directory, in USD.</summary>
    public decimal OpeningBalanceUsd { get; init; } = 25m;

    /// <summary>How much other tenants, failing hosts and drifting prices stir the market.</summary>
    public TenantLevel Tenants { get; init; }

    /// <summary>The bid of a live rental cannot be changed, as the platform's page on rental types says; its API description says it can.</summary>
    public bool FixedBids { get; init; }

    /// <summary>Market time from an empty balance to the destruction of everything, when no card is on file.</summary>
    public TimeSpan EmptyBalanceGrace { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Multiplies the platform's documented minimum spacings between calls (real time). 0 turns them off; 1 is as strict as documented.</summary>
    public double RateLimitScale { get; init; } = 0.1;

    /// <summary>Market time for which a destroyed instance is still shown.</summary>
    public TimeSpan DestroyLinger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Market time between create and the first sign of the host.</summary>
    public TimeSpan ProvisioningTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Multiplies image pull times; 0 makes them instant.</summary>
    public double ImagePullFactor { get; init; } = 1;

    /// <summary>Real time before a <c>result_url</c> can be read.</summary>
    public TimeSpan ResultDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Real time before a webhook delivery that failed is tried again; each further wait is twice as long.</summary>
    public TimeSpan WebhookRetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Real time for which a webhook delivery waits for its answer; after it, it has failed.</summary>
    public TimeSpan WebhookAnswerBound { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Speed of the ssh proxy; all connections of an instance share it.</summary>
    public long ProxyBytesPerSecond { get; init; } = 4_000_000;

    /// <summary>The marketplace ends when this process is gone; null for none.</summary>
    public int? ParentPid { get; init; }

    /// <summary>Real time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Called once the marketplace answers and <c>market.json</c> is written.</summary>
    public Action<MarketAccess>? OnReady { get; init; }
}

/// <summary>How to reach a running marketplace: the content of <c>market.json</c>.</summary>
/// <param name="Url">Base URL, without a trailing slash.</param>
/// <param name="ApiKey">Key of the first account.</param>
/// <param name="ControlToken">Bearer token for <c>/control/</c>.</param>
/// <param name="Pid">Process that serves it.</param>
public sealed record MarketAccess(string Url, string ApiKey, string ControlToken, int Pid);

/// <summary>How a marketplace ended.</summary>
/// <param name="Code">0 ended as asked; 1 could not start.</param>
/// <param name="Complaints">What was in the way and what to do, one sentence each.</param>
public sealed record MarketplaceExit(int Code, IReadOnlyList<string> Complaints);
