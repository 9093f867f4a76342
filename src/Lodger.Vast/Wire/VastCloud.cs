namespace Lodger.Vast.Wire;

/// <summary>A cloud connection of the account. Null: not stated, or not readable as what it should be.</summary>
public sealed record VastCloud
{
    public long? Id { get; init; }

    /// <summary><c>s3</c>, <c>drive</c>, <c>b2</c>, <c>dropbox</c>.</summary>
    public string? CloudType { get; init; }

    public string? Name { get; init; }
}
