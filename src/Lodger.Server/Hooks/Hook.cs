namespace Lodger.Server.Hooks;

/// <summary>An account that the platform pushes to, as it is stored.</summary>
/// <param name="Address">Where the platform reaches this machine.</param>
/// <param name="Listen"><c>127.0.0.1:8790</c>: where deliveries arrive on it.</param>
/// <param name="SubscriptionId">The platform's.</param>
/// <param name="Secret">Signs every delivery.</param>
internal sealed record Hook(string Account, string Address, string Listen, string SubscriptionId, string Secret)
{
    /// <summary>Names no secret.</summary>
    public override string ToString() => $"{Account} at {Address}";
}
