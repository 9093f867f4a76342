using Lodger.Domain.Problems;

namespace Lodger.Engine.Clocks;

/// <summary>Who is told about clocks, and how long before they fire. Both ways may hold secrets (a token in an address): they are never logged.</summary>
/// <param name="Command">Shell command that gets the notice as JSON on its standard input; null: none.</param>
/// <param name="Webhook">Gets the notice as JSON by POST; null: none.</param>
public sealed record NotifySettings(string? Command, Uri? Webhook, TimeSpan Lead)
{
    /// <summary>A day: time to sleep over it and still act.</summary>
    public static readonly TimeSpan DefaultLead = TimeSpan.FromHours(24);

    public static NotifySettings None { get; } = new(null, null, DefaultLead);

    public bool IsOn => Command is not null || Webhook is not null;

    /// <summary>What is read when nobody configured anything.</summary>
    public static Outcome<NotifySettings> ReadNone() => None;
}
