using System.Collections.Immutable;
using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Jobs;

/// <summary>What is going on with a job right now and is not worth a journal line: replaced as a whole, lost at a restart, read again.</summary>
public sealed record JobLive
{
    public BoxReport? Report { get; init; }

    public DateTimeOffset? ReportAt { get; init; }

    /// <summary>Since when every report showed idle GPUs only; null: the newest shows a busy one, or none was read.</summary>
    public DateTimeOffset? GpuIdleSince { get; init; }

    /// <summary>When the newest report was asked for: since then at the earliest the machine may count its time without a word from us.</summary>
    public DateTimeOffset? ContactAt { get; init; }

    /// <summary>Why the machine could not be spoken to when last tried.</summary>
    public Problem? BoxProblem { get; init; }

    /// <summary>First failure in a row; null when the machine could be spoken to.</summary>
    public DateTimeOffset? BoxProblemSince { get; init; }

    /// <summary>Failed tries in a row: they are spaced further and further apart.</summary>
    public int BoxFailures { get; init; }

    /// <summary>When the direct way to the machine was last tried in vain; null: it answered when it was last tried.</summary>
    public DateTimeOffset? DirectFailedAt { get; init; }

    /// <summary>What the GPUs did at the last looks while the command ran, oldest first.</summary>
    public IReadOnlyList<BusySample> Busy { get; init; } = [];

    /// <summary>What could be rented instead, as last asked.</summary>
    public IReadOnlyList<Offer>? Offers { get; init; }

    /// <summary>When that answer came.</summary>
    public DateTimeOffset? OffersAt { get; init; }

    /// <summary>When an answer was last waited for, whether or not one came.</summary>
    public DateTimeOffset? OffersTriedAt { get; init; }

    /// <summary>When it was asked for: what was rented later may still be in it.</summary>
    public DateTimeOffset OffersAskedAt { get; init; }

    /// <summary>The account's, as of <see cref="OffersAt"/>; null: unknown.</summary>
    public decimal? BalanceUsd { get; init; }

    /// <summary>When it was last seen used up.</summary>
    public DateTimeOffset? BalanceEmptyAt { get; init; }

    public DateTimeOffset? MirrorLookedAt { get; init; }

    /// <summary>When it was last tried to make room on the machine's disk.</summary>
    public DateTimeOffset? PruneTriedAt { get; init; }

    /// <summary>How fast the last copy of a checkpoint arrived.</summary>
    public double? CopyBytesPerSecond { get; init; }

    /// <summary>Since when a host's own ssh has failed, by attempt.</summary>
    public ImmutableDictionary<int, DateTimeOffset> HostFailingSince { get; init; } = ImmutableDictionary<int, DateTimeOffset>.Empty;

    /// <summary>The last step that was seen of each start of the machine, by its count.</summary>
    public ImmutableSortedDictionary<int, long> StepsSeen { get; init; } = ImmutableSortedDictionary<int, long>.Empty;

    public Charges? Charges { get; init; }

    public DateTimeOffset? ChargesAt { get; init; }

    /// <summary>What is being waited for, in words.</summary>
    public string Waiting { get; init; } = "";

    /// <summary>Name of a running transfer or verification; null when none runs.</summary>
    public string? Work { get; init; }

    public TransferProgress WorkProgress { get; init; }

    /// <summary>What the host takes for the bytes of that transfer; null: none runs, or the price is not known.</summary>
    public decimal? WorkUsdPerGb { get; init; }

    /// <summary>The attempt of which it was said that its checkpoints are not copied over the proxy; null: of none.</summary>
    public int? ProxyRefusedIn { get; init; }

    /// <summary>How far the command had come in a start of the machine, or in the last one before it that said anything; null: none of them was heard.</summary>
    public long? StepSeen(int starts) => StepsSeen.LastOrDefault(seen => seen.Key <= starts) is { Key: > 0, Value: var step } ? step : null;

    /// <summary>With one more look at the GPUs: since when they are idle, and how busy they were; of the latter at most one look in ten seconds is kept, and forty.</summary>
    public JobLive Watched(BoxReport report, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(report);
        var live = this with { GpuIdleSince = report.IsGpuIdle ? GpuIdleSince ?? at : null };
        if (report.Phase != BoxPhase.Running)
            return Busy.Count == 0 ? live : live with { Busy = [] };
        if (report.Gpus.Count == 0 || (Busy.Count > 0 && at - Busy[^1].At < TimeSpan.FromSeconds(10)))
            return live;
        return live with { Busy = [.. Busy.Skip(Math.Max(0, Busy.Count - 39)), new BusySample(at, report.Gpus.Max(g => g.UtilizationPercent))] };
    }

    /// <summary>Another machine: what was seen of the one before says nothing about it.</summary>
    public JobLive OnNewMachine() => this with
    {
        Report = null,
        ReportAt = null,
        GpuIdleSince = null,
        ContactAt = null,
        BoxProblem = null,
        BoxProblemSince = null,
        BoxFailures = 0,
        DirectFailedAt = null,
        MirrorLookedAt = null,
        PruneTriedAt = null,
        CopyBytesPerSecond = null,
        StepsSeen = ImmutableSortedDictionary<int, long>.Empty,
        Busy = [],
        Charges = null,
        ChargesAt = null,
    };
}
