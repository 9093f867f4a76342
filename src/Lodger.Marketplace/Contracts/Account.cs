namespace Lodger.Marketplace.Contracts;

/// <summary>A public key on an account.</summary>
internal sealed record SshKey(long Id, string PublicKey, DateTimeOffset CreatedAt);

/// <summary>A customer.</summary>
internal sealed class Account
{
    public required long Id { get; init; }
    public required string ApiKey { get; init; }
    public required string Email { get; init; }

    /// <summary>Everything ever paid in, in USD; the balance is this less all charges.</summary>
    public decimal PaidInUsd { get; set; }

    public List<SshKey> SshKeys { get; init; } = [];
}
