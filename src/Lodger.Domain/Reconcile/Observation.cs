using System.Collections.Frozen;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Reconcile;

/// <summary>What one sweep of the account saw. A listing that could not be read is unknown, never empty.</summary>
public sealed record Listing
{
    /// <param name="rentals">Null: unknown.</param>
    /// <param name="at">When the listing was asked for: it says nothing about anything later.</param>
    public Listing(IReadOnlyList<Rental>? rentals, DateTimeOffset at)
    {
        Rentals = rentals is null ? null : rentals as RentalList ?? new RentalList(rentals);
        At = at;
    }

    /// <summary>Null: unknown.</summary>
    public RentalList? Rentals { get; }

    /// <summary>When the listing was asked for: it says nothing about anything later.</summary>
    public DateTimeOffset At { get; }

    /// <summary>The word of the push that asked for this look; null: it was its turn, or a person asked.</summary>
    public string? Pushed { get; init; }

    public static Listing Unknown(DateTimeOffset at) => new(null, at);
}

/// <summary>Everything that a decision may rest on, besides the journal.</summary>
public sealed record Observation
{
    public required Listing Listing { get; init; }

    /// <summary>Rentals that were asked for one by one and that the platform says do not exist.</summary>
    public IReadOnlySet<string> Gone { get; init; } = new HashSet<string>();

    /// <summary>Newest report of the current attempt's machine, and when it was read; null when none was since the last start.</summary>
    public BoxReport? Report { get; init; }

    public DateTimeOffset? ReportAt { get; init; }

    /// <summary>Since when every report showed idle GPUs only; null: the newest shows a busy one, or none was read.</summary>
    public DateTimeOffset? GpuIdleSince { get; init; }

    /// <summary>When that report was asked for: the machine has heard nothing from us only since then, or later.</summary>
    public DateTimeOffset? ContactAt { get; init; }

    /// <summary>Why the machine could not be spoken to when last tried; null when it could.</summary>
    public Problem? BoxProblem { get; init; }

    /// <summary>Since when every try has failed; null when that is not known.</summary>
    public DateTimeOffset? BoxProblemSince { get; init; }

    /// <summary>What could be rented instead, as last asked; null: not asked, or not answered.</summary>
    public IReadOnlyList<Offer>? Offers { get; init; }

    /// <summary>Those of <see cref="Offers"/>, by id, that other jobs of the account go for: no way on for this one, for the moment.</summary>
    public IReadOnlySet<string> Held { get; init; } = FrozenSet<string>.Empty;

    public DateTimeOffset? OffersAt { get; init; }

    /// <summary>When they were last asked for, answered or not; null: not since our own start.</summary>
    public DateTimeOffset? OffersTriedAt { get; init; }

    /// <summary>When the current machine's checkpoints were last looked at; null: not since the last start.</summary>
    public DateTimeOffset? MirrorLookedAt { get; init; }

    /// <summary>When it was last tried to make room on the current machine's disk; null: not since our own start.</summary>
    public DateTimeOffset? PruneTriedAt { get; init; }

    /// <summary>How fast the last copy of a checkpoint arrived; null: none was made since our own start.</summary>
    public double? CopyBytesPerSecond { get; init; }

    /// <summary>Market seconds that pass in one of ours: 1, but for a market that is rehearsed at another speed.</summary>
    public double MarketSpeed { get; init; } = 1;

    /// <summary>Since when the host's own ssh has failed, by attempt.</summary>
    public IReadOnlyDictionary<int, DateTimeOffset> HostFailingSince { get; init; } = new Dictionary<int, DateTimeOffset>();

    /// <summary>The furthest step that was seen of the current command; null: none since our own start.</summary>
    public long? StepSeen { get; init; }

    /// <summary>The platform's clock; null: unknown.</summary>
    public DateTimeOffset? MarketNow { get; init; }

    /// <summary>Since when the platform says the same of the current rental: an image that is being pulled shows its progress there. Null: not known.</summary>
    public DateTimeOffset? EvidenceSince { get; init; }

    /// <summary>Null: unknown.</summary>
    public decimal? BalanceUsd { get; init; }

    /// <summary>When the balance was last seen used up; null: not since our own start.</summary>
    public DateTimeOffset? BalanceEmptyAt { get; init; }

    /// <summary>What the platform charged for the current rental so far; null: unknown.</summary>
    public Charges? Charges { get; init; }
}

/// <summary>Bounds of waiting. Wall time all of them, but for what an ended contract's data is kept. What the platform's profile states comes from there (<see cref="Of"/>).</summary>
public sealed record Waits
{
    public static Waits Of(PlatformProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return new Waits { Boot = profile.BootWindow, Scheduling = profile.SchedulingWindow, DestroySettles = profile.DestroySettles, ContractGrace = profile.DataKeptAfterContractEnd };
    }

    /// <summary>A boot longer than this is given up, unless the platform shows that it gets on.</summary>
    public TimeSpan Boot { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>However it seems to get on: a boot longer than this is given up.</summary>
    public TimeSpan LongestBoot { get; init; } = TimeSpan.FromMinutes(45);

    /// <summary>Past <see cref="Boot"/>, a pull that shows nothing new for so long does not get on.</summary>
    public TimeSpan BootQuiet { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A machine that could not be used is replaced; so long is looked for another at about the price that was agreed to.</summary>
    public TimeSpan Replace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>From running to reachable: key and sshd arrive late.</summary>
    public TimeSpan Reach { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>A create call is cut off after so long: a rental cannot have been made later than this after its intent.</summary>
    public TimeSpan RentCall { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A fresh rental may be invisible for so long: not seeing it earlier proves nothing.</summary>
    public TimeSpan RentShows { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>A job of which nothing was rented is closed when the platform could not be read for so long after its submission.</summary>
    public TimeSpan Submit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Sending that still fails so long after it began is given up.</summary>
    public TimeSpan Send { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A machine from which things could not be brought home for so long is stopped at its next failure, and started again later.</summary>
    public TimeSpan BringHome { get; init; } = TimeSpan.FromHours(2);

    /// <summary>A command that nobody wants any more and that has not ended after so long is stopped with its rental.</summary>
    public TimeSpan Ending { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>So long a running GPU waits for a person before the rental is stopped.</summary>
    public TimeSpan Approval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A recheck of the machine is worth so long.</summary>
    public TimeSpan RecheckValid { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The same on a rental that somebody else made, whose work goes on; reckoned from before its files were looked at, not from the answer.</summary>
    public TimeSpan AdoptedRecheckValid { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long every file on such a rental must have rested before that look. A write through memory shows in a file's times only when its pages are written back, which Linux does within 35 s.</summary>
    public TimeSpan FilesRest { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A stop or a destroy that does not come about is asked for again after so long, then after twice as long each time.</summary>
    public TimeSpan AskAgain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After <paramref name="asked"/> askings in vain. Bounded: what bills is never left alone for long.</summary>
    public TimeSpan AskAgainAfter(int asked) => AskAgain * (1 << Math.Clamp(asked - 1, 0, 3));

    /// <summary>A destroyed rental may be shown for so long after it was seen gone.</summary>
    public TimeSpan DestroySettles { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>An unanswered start is asked again after so long: containers take their time to come up.</summary>
    public TimeSpan StartAgain { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Between two reports of a running job.</summary>
    public TimeSpan Report { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Between two looks at a running job's checkpoints.</summary>
    public TimeSpan Mirror { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Between two tries to make room on a disk that is nearly full: what could not be removed now hardly can be a moment later.</summary>
    public TimeSpan MakeRoom { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>What could be rented instead is asked for again after so long.</summary>
    public TimeSpan OffersValid { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A host through which a stopped rental cannot be reached for so long keeps the job from going on elsewhere no longer.</summary>
    public TimeSpan Rescue { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Told to run and not running after so long: somebody else has its GPU.</summary>
    public TimeSpan Scheduling { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>So long after its contract's end the data of a rental is still there. The platform's time.</summary>
    public TimeSpan ContractGrace { get; init; } = TimeSpan.FromHours(48);
}
