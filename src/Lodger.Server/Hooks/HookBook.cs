using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Hooks;

/// <summary>One subscription at work: what arrived with its signature, and what became of it. Safe for use by many at once.</summary>
internal sealed class HookBook(Hook hook)
{
    private const int RememberedMax = 4096;

    private readonly Lock gate = new();
    private readonly Counts counts = new();
    private DeliveryMemory? memory;
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Replaced as a whole when it was subscribed anew.</summary>
    public Hook Hook { get; set; } = hook;

    /// <summary>Why nothing arrives; null: nothing is known to be wrong.</summary>
    public Problem? Problem { get; set; }

    /// <summary>Ends with the next delivery that is right.</summary>
    public Task Arrived
    {
        get
        {
            lock (gate)
                return arrived.Task;
        }
    }

    public WebhookView View
    {
        get
        {
            lock (gate)
                return new(Hook.Account, Hook.Address, Hook.Listen, Hook.SubscriptionId, Problem, counts.Accepted, counts.Repeated, counts.Unsigned, counts.Old, counts.LastAt, counts.LastKind);
        }
    }

    /// <summary>The HTTP status for a delivery, and what it told; null: nothing new. Repeats are acknowledged: the platform would only send them again.</summary>
    public (int Status, PushEvent? Told) Take(IPush push, PushMessage message, DateTimeOffset now)
    {
        var read = push.Read(message, Hook.Secret, now);
        lock (gate)
        {
            if (!read.TryGet(out var told, out var refused))
            {
                if (refused.Id == "push-old")
                    counts.Old++;
                else
                    counts.Unsigned++;
                return (StatusCodes.Status401Unauthorized, null);
            }

            // Twice the age: a signature may be ahead of our clock by as much as it may be behind.
            memory ??= new DeliveryMemory(RememberedMax, push.AgeMax * 2);
            if (!memory.IsNew(told.Id, now))
            {
                counts.Repeated++;
                return (StatusCodes.Status204NoContent, null);
            }

            counts.Accepted++;
            (counts.LastAt, counts.LastKind) = (now, told.Kind);
            arrived.TrySetResult();
            arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return (StatusCodes.Status204NoContent, told);
        }
    }

    private sealed class Counts
    {
        public long Accepted { get; set; }

        public long Repeated { get; set; }

        public long Unsigned { get; set; }

        public long Old { get; set; }

        public DateTimeOffset? LastAt { get; set; }

        public string? LastKind { get; set; }
    }
}
