namespace Lodger.Vast.Wire;

/// <summary>An address that the platform sends notifications to.</summary>
public sealed record VastWebhook
{
    public long? Id { get; init; }

    public string? Name { get; init; }

    public string? WebhookUrl { get; init; }

    /// <summary>Only in the answers to create and rotate.</summary>
    public string? WebhookSecret { get; init; }

    /// <summary>Names no secret.</summary>
    public override string ToString() => $"webhook {Id} {WebhookUrl}";
}

/// <summary>Something that the platform can notify of.</summary>
public sealed record VastNotificationType
{
    /// <summary>As a subscription names it: <c>client:outbid</c>.</summary>
    public string? Key { get; init; }

    /// <summary><c>client</c> or <c>host</c>.</summary>
    public string? Context { get; init; }

    /// <summary><c>instance</c>, <c>billing</c>; null for none.</summary>
    public string? Topic { get; init; }
}
