using Lodger.Domain.Box;
using Lodger.Domain.Market;

namespace Lodger.Domain.Tests.Simulation;

/// <summary>What a boot comes to.</summary>
internal enum Fate
{
    Boots,
    NeverBoots,
    Exits,
    CannotStart,
}

/// <summary>One rented machine as it truly is: the platform's side and what lies on its disk.</summary>
internal sealed class SimRental(string id, string label, DateTimeOffset made)
{
    public static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(20);

    private readonly SimVolume ownDisk = new(made);
    private DateTimeOffset? runBegan;

    public string MachineId { get; init; } = "m1";

    /// <summary>Attached at its making; null: none.</summary>
    public SimVolume? Volume { get; init; }

    public string Id { get; } = id;

    public string Label { get; set; } = label;

    /// <summary>Somebody else made it and works on it: its files are there before anything of ours is, and its command is not ours.</summary>
    public bool IsForeign { get; init; }

    /// <summary>The first destroy gets lost, and its owner stops it at the same moment.</summary>
    public bool IsStoppedAtDestroy { get; set; }

    public DateTimeOffset Made { get; } = made;

    public DateTimeOffset VisibleFrom { get; init; }

    public required DateTimeOffset BootsAt { get; init; }

    public required Fate Fate { get; set; }

    public bool Interruptible { get; init; }

    public required decimal UsdPerHour { get; set; }

    /// <summary>Paused by the market: it runs again by itself unless somebody stopped it meanwhile.</summary>
    public DateTimeOffset? ReturnsAt { get; private set; }

    public bool StopAsked { get; private set; }

    /// <summary>Attempts up to this one start nothing here.</summary>
    public int Fence { get; set; }

    /// <summary>What the job was told.</summary>
    public TimeSpan? CheckpointEvery { get; set; }

    public bool IsFenced => !IsForeign && Fence >= int.Parse(Label[(Label.LastIndexOf('/') + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    public int Starts { get; private set; }

    public bool HasEndpoint { get; set; } = true;

    public bool Refuses { get; set; }

    public int ExitCode { get; init; }

    /// <summary>How long the command runs; it hangs for ever when null.</summary>
    public TimeSpan? Work { get; set; }

    public RentalStatus Status { get; private set; } = RentalStatus.Loading;

    public DateTimeOffset? StartedAt { get; private set; }

    public DateTimeOffset? DestroyedAt { get; private set; }

    /// <summary>After it was destroyed it may still be shown until then.</summary>
    public DateTimeOffset ShownUntil { get; private set; }

    public DateTimeOffset OfflineUntil { get; set; }

    public DateTimeOffset UnreachableUntil { get; set; }

    public DateTimeOffset? StartsAt { get; private set; }

    public DateTimeOffset LastContact { get; set; } = made;

    /// <summary>Whether any byte of ours may lie there.</summary>
    public bool HoldsPayload { get; set; }

    public bool PayloadWhole { get; set; }

    public bool Ended { get; private set; }

    public int? EndCode { get; private set; }

    /// <summary>Counts every change of the result files; 0: there are none.</summary>
    public int FilesVersion => Disk.FilesVersion;

    public DateTimeOffset FilesChangedAt => Disk.FilesChangedAt;

    /// <summary>Where the job's files lie: on a volume, or on a disk that goes with the rental.</summary>
    private SimVolume Disk => Volume ?? ownDisk;

    public TimeSpan RanFor { get; private set; }

    public bool Alive => DestroyedAt is null;

    public string Manifest => $"manifest of {(Volume is null ? Id : "the volume")} version {FilesVersion}";

    private DateTimeOffset Now { get; set; } = made;

    public bool Reachable => Alive && Status == RentalStatus.Running && HasEndpoint && Now >= UnreachableUntil && Now >= OfflineUntil;

    public RentalStatus Shown => Alive && Now < OfflineUntil ? RentalStatus.Offline : Status;

    public void Tick(DateTimeOffset now)
    {
        var passed = now - Now;
        Now = now;
        if (!Alive)
            return;
        if (Status == RentalStatus.Loading && StartedAt is null && now >= BootsAt && Fate != Fate.NeverBoots)
        {
            Status = Fate switch { Fate.Boots => RentalStatus.Running, Fate.Exits => RentalStatus.Exited, _ => RentalStatus.CannotStart };
            StartedAt = Status == RentalStatus.Running ? now : null;
        }

        if (ReturnsAt <= now && Status == RentalStatus.Preempted && !StopAsked && now >= OfflineUntil)
        {
            ReturnsAt = null;
            StartedAt = now;
            Status = RentalStatus.Running;
        }

        if (StartsAt <= now && Status is RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited)
        {
            StartsAt = null;
            StartedAt = now;
            Status = RentalStatus.Running;
            LastContact = now;
        }

        if (Status != RentalStatus.Running)
            return;
        RanFor += passed;
        RunJob();
        if (Ended && now - LastContact > AbandonedAfter)
            Halt(RentalStatus.Stopped);
    }

    /// <summary>The command runs on this machine right now.</summary>
    public bool Works => Alive && Status == RentalStatus.Running && Now >= OfflineUntil && PayloadWhole && !Ended && !Refuses && !IsFenced && runBegan is not null;

    public BoxReport Report() => new()
    {
        Starts = Starts,
        CheckpointEvery = CheckpointEvery,
        ProgressText = runBegan is { } began ? $"step {(int)(Now - began).TotalSeconds}/2000" : "",
        Phase = IsFenced ? BoxPhase.Fenced : !PayloadWhole ? BoxPhase.WaitingForPayload : Refuses ? BoxPhase.Refused : Ended ? BoxPhase.Ended : BoxPhase.Running,
        Attempt = PayloadWhole ? 1 : 0,
        ExitCode = Ended ? EndCode : null,
        Failure = Refuses ? "no GPU" : null,
        // A log that grows now and then.
        QuietTime = runBegan is { } since ? TimeSpan.FromSeconds((Now - since).TotalSeconds % 1500) : null,
        // Full for a quarter of the time.
        DiskFreeBytes = Now.Minute % 4 == 0 ? 1 : 20_000_000_000,
        DiskTotalBytes = 40_000_000_000,
    };

    public void EndCommand() => End(143);

    public void Outbid(DateTimeOffset returnsAt)
    {
        Halt(RentalStatus.Preempted);
        ReturnsAt = returnsAt;
    }

    /// <param name="winsAt">Null: others still bid more.</param>
    public void Raise(decimal usdPerHour, DateTimeOffset? winsAt)
    {
        UsdPerHour = usdPerHour;
        if (ReturnsAt is not null && winsAt is { } at)
            ReturnsAt = at;
    }

    /// <summary>Somebody asked for a stop: what was paused stays so.</summary>
    public void Stop()
    {
        StopAsked = true;
        Halt(RentalStatus.Stopped);
    }

    public void Start(DateTimeOffset at) => StartsAt = Status is RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited ? StartNow(at) : null;

    private DateTimeOffset StartNow(DateTimeOffset at)
    {
        StopAsked = false;
        return at;
    }

    public void Halt(RentalStatus how)
    {
        if (Status != RentalStatus.Running)
            return;
        Status = how;
        runBegan = null;
    }

    public void Restart() => runBegan = null;

    public void LosePayload()
    {
        PayloadWhole = false;
        runBegan = null;
    }

    public void Destroy(DateTimeOffset at, TimeSpan shownFor)
    {
        if (!Alive)
            return;
        DestroyedAt = at;
        ShownUntil = at + shownFor;
    }

    public void ChangeFiles()
    {
        if (FilesVersion == 0 || Status != RentalStatus.Running)
            return;
        Write();
    }

    /// <summary>Somebody else's work goes on: what lies there changes.</summary>
    public void WorkElsewhere() => Write();

    private void RunJob()
    {
        if (IsForeign || !PayloadWhole || Refuses || Ended || IsFenced)
            return;
        if (runBegan is null)
        {
            Starts++;
            runBegan = Now;
            Write();
        }

        if (Work is { } work && Now - runBegan >= work)
            End(ExitCode);
    }

    private void End(int code)
    {
        if (Ended || runBegan is null)
            return;
        Ended = true;
        EndCode = code;
        Write();
    }

    private void Write() => Disk.Write(Now);
}
