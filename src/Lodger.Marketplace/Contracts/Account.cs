using System.Text.Json.Nodes;
using Lodger.Marketplace.Access;
using Lodger.Marketplace.Push;
using Lodger.Marketplace.Schedule;

namespace Lodger.Marketplace.Contracts;

/// <summary>A public key on an account.</summary>
internal sealed record SshKey(long Id, string PublicKey, DateTimeOffset CreatedAt);

/// <summary>Money that came in.</summary>
internal sealed record Payment(long Id, DateTimeOffset At, decimal Usd, string Description);

/// <summary>An address from which the account was used.</summary>
internal sealed record SeenAddress(long Id, string Address, DateTimeOffset FirstSeen);

/// <summary>A customer.</summary>
internal sealed class Account
{
    public required long Id { get; init; }
    public required string ApiKey { get; init; }
    public required string Email { get; init; }

    /// <summary>Null: the part of the address before the at sign.</summary>
    public string? Username { get; set; }

    /// <summary>The account that opened this one; null for none.</summary>
    public long? ParentId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Everything ever paid in, in USD; the balance is this less all charges.</summary>
    public decimal PaidInUsd { get; set; }

    /// <summary>Below it the account is told that its credit is low, in USD.</summary>
    public decimal BalanceThresholdUsd { get; set; } = 5;

    /// <summary>With a card on file nothing is deleted when the balance is used up.</summary>
    public bool HasCard { get; set; }

    /// <summary>Since when the balance is used up; null while there is some.</summary>
    public DateTimeOffset? EmptySince { get; set; }

    public List<Payment> Payments { get; init; } = [];
    public List<SshKey> SshKeys { get; init; } = [];

    /// <summary>Clouds to and from which this account can copy.</summary>
    public List<Cloud.CloudConnection> Connections { get; init; } = [];

    /// <summary>Keys besides <see cref="ApiKey"/>, each with its permissions.</summary>
    public List<ApiKeyRecord> ApiKeys { get; init; } = [];

    /// <summary>Environment variables that every instance of the account gets, by their upper-case names.</summary>
    public SortedDictionary<string, string> Secrets { get; init; } = new(StringComparer.Ordinal);

    public List<ScheduledJob> Jobs { get; init; } = [];
    public List<Template> Templates { get; init; } = [];
    public List<SeenAddress> Addresses { get; init; } = [];
    public List<Webhook> Webhooks { get; init; } = [];

    /// <summary>Events that no receiver has acknowledged yet.</summary>
    public List<PendingDelivery> Outbox { get; init; } = [];

    /// <summary>Channels by context and event, as they were last put; null for the defaults.</summary>
    public JsonObject? NotificationPreferences { get; set; }
}
