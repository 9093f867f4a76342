namespace Lodger.Marketplace.Push;

/// <summary>An event that accounts can be told of.</summary>
/// <param name="Slug">Its name without the context.</param>
internal sealed record NotificationType(string Slug, string Topic, string DisplayName, bool MandatoryEmail = false)
{
    /// <summary>As subscriptions name it. This market has renters only.</summary>
    public string Key => "client:" + Slug;
}

/// <summary>
/// The events of this market. The platform asks clients to read the list and publishes no full one; these are the billing and instance events that its pages and clients
/// name, and each of them is really sent.
/// </summary>
internal static class NotificationTypes
{
    public const string LowCredit = "low_credit";
    public const string Outbid = "outbid";
    public const string Created = "instance_created";
    public const string Started = "instance_started";
    public const string Stopped = "instance_stopped";
    public const string Resumed = "instance_resumed";
    public const string Offline = "instance_offline";
    public const string Online = "instance_online";
    public const string Ended = "contract_ended";

    /// <summary>What the test call sends; nobody subscribes to it.</summary>
    public const string Test = "webhook_test";

    public static IReadOnlyList<NotificationType> All { get; } =
    [
        new(LowCredit, "billing", "Low balance notifications", MandatoryEmail: true),
        new(Outbid, "instance", "Interruptible instance outbid"),
        new(Created, "instance", "Instance created"),
        new(Started, "instance", "Instance started"),
        new(Stopped, "instance", "Instance stopped"),
        new(Resumed, "instance", "Interruptible instance resumed"),
        new(Offline, "instance", "Instance offline"),
        new(Online, "instance", "Instance back online"),
        new(Ended, "instance", "Rental contract ended", MandatoryEmail: true),
    ];
}
