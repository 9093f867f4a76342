using Lodger.Domain.Problems;

namespace Lodger.Domain.Market;

/// <summary>An address that the platform sends what happens to.</summary>
/// <param name="Id">The platform's.</param>
public sealed record PushSubscription(string Id, string Address);

/// <summary>A fresh subscription with the secret that signs its deliveries; the platform says it this once.</summary>
public sealed record NewSubscription(string Id, string Secret)
{
    /// <summary>Names no secret.</summary>
    public override string ToString() => $"subscription {Id}";
}

/// <summary>A delivery as it came in: nothing of it is believed before its signature was checked.</summary>
/// <param name="Header">The one value of a header; null when there is none, or more than one.</param>
/// <param name="Body">The raw bytes: what was signed.</param>
public sealed record PushMessage(Func<string, string?> Header, ReadOnlyMemory<byte> Body);

/// <summary>A delivery whose signature and age were right. A hint to look sooner, never a state.</summary>
/// <param name="Id">The same for every attempt, and taken from what was signed.</param>
/// <param name="Kind">The platform's word for what happened, for example <c>outbid</c>; letters, digits, <c>_</c>, <c>-</c> and <c>:</c> only.</param>
public sealed record PushEvent(string Id, string Kind);

/// <summary>What a platform can do to be heard sooner than the next look.</summary>
public interface IPush
{
    /// <summary>A delivery is refused when it was signed longer ago than this, or so far ahead.</summary>
    TimeSpan AgeMax { get; }

    Task<Outcome<IReadOnlyList<PushSubscription>>> SubscriptionsAsync(CancellationToken cancellationToken);

    /// <summary>Subscribes an address to what happens to rentals and to the balance. Not repeated by itself: after an unclear answer look what there is.</summary>
    /// <param name="name">For people who look at the platform's list.</param>
    Task<Outcome<NewSubscription>> SubscribeAsync(Uri address, string name, CancellationToken cancellationToken);

    /// <summary>Ok also when there was none.</summary>
    Task<Outcome<Done>> UnsubscribeAsync(string id, CancellationToken cancellationToken);

    /// <summary>Has the platform send a test delivery now. A problem when it says that nobody acknowledged it.</summary>
    Task<Outcome<Done>> TestAsync(string id, CancellationToken cancellationToken);

    /// <summary>Checks the signature over the raw body in constant time, then the age. A problem says which; it repeats nothing of the message.</summary>
    /// <param name="secret">Of the subscription.</param>
    /// <param name="now">Our own clock.</param>
    Outcome<PushEvent> Read(PushMessage message, string secret, DateTimeOffset now);
}
