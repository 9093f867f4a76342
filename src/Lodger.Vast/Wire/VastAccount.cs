namespace Lodger.Vast.Wire;

/// <summary>The owner of the key. The e-mail address that the platform sends along is left out on purpose.</summary>
public sealed record VastUser
{
    public long? Id { get; init; }

    public string? Username { get; init; }

    /// <summary>USD; negative when owed.</summary>
    public decimal? Balance { get; init; }

    /// <summary>Prepaid USD.</summary>
    public decimal? Credit { get; init; }

    /// <summary>A card is on file.</summary>
    public bool? HasBilling { get; init; }
}

/// <summary>One ssh key of the account.</summary>
public sealed record VastSshKey
{
    public long? Id { get; init; }

    /// <summary>The public key; its name differs between the listing and the answer to a create.</summary>
    public string? Key { get; init; }

    /// <inheritdoc cref="Key"/>
    public string? PublicKey { get; init; }

    /// <summary>When it was removed; null for a key in force.</summary>
    public string? DeletedAt { get; init; }

    public string? Text => Key ?? PublicKey;
}

/// <summary>What one contract cost in the period asked for.</summary>
public sealed record VastCharge
{
    /// <summary><c>instance-12345678</c>; null for the parts.</summary>
    public string? Source { get; init; }

    /// <summary><c>instance</c> or <c>volume</c>; for the parts <c>gpu</c>, <c>disk</c>, <c>bwd</c> (to the machine), <c>bwu</c> (from it).</summary>
    public string? Type { get; init; }

    /// <summary>USD.</summary>
    public decimal? Amount { get; init; }

    public string? Description { get; init; }

    /// <summary>The parts that <see cref="Amount"/> is made of.</summary>
    public IReadOnlyList<VastCharge?>? Items { get; init; }
}
