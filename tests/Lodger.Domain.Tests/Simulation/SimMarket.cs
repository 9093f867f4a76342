using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Simulation;

/// <summary>What became of a create call.</summary>
internal enum Created
{
    Answered,
    Lost,
    Refused,
}

/// <summary>The platform: the truth about every rental, and the partial, late and wrong views of it that it gives.</summary>
internal sealed class SimMarket(Random random, DateTimeOffset now)
{
    private readonly List<SimRental> rentals = [];
    private (Listing Listing, HashSet<string> Gone)? last;

    public DateTimeOffset Now { get; private set; } = now;

    public Faults Faults { get; set; } = Faults.None;

    public IReadOnlyList<SimRental> Rentals => rentals;

    /// <summary>On machine m1; null: the job has none.</summary>
    public SimVolume? Volume { get; init; }

    /// <summary>Whether a host shows what is attached to a stopped rental.</summary>
    public bool HostsShowVolumes { get; init; } = true;

    public bool Chance(double probability) => probability > 0 && random.NextDouble() < probability;

    public int Next(int below) => random.Next(below);

    public void Advance(TimeSpan time, Action? afterEach = null)
    {
        var end = Now + time;
        while (Now < end)
        {
            Now = end - Now > TimeSpan.FromMinutes(1) ? Now.AddMinutes(1) : end;
            foreach (var rental in rentals)
                rental.Tick(Now);
            afterEach?.Invoke();
        }
    }

    public (Created How, SimRental? Rental) Create(string label, decimal? bid, string machineId)
    {
        Advance(TimeSpan.FromSeconds(random.Next(1, 30)));
        if (Chance(Faults.CreateRefused))
        {
            // A platform that says no and rents all the same: nobody promised that this cannot be.
            if (Chance(0.2))
                Make(label, bid, machineId);
            return (Created.Refused, null);
        }

        var lost = Chance(Faults.CreateAnswerLost);
        if (lost && Chance(0.5))
            return (Created.Lost, null);
        var rental = Make(label, bid, machineId);
        if (lost && Chance(Faults.SecondRentalForOneCreate))
            Make(label, bid, machineId);
        Advance(TimeSpan.FromSeconds(random.Next(1, 25)));
        return (lost ? Created.Lost : Created.Answered, rental);
    }

    /// <summary>A rental that somebody made by hand a while ago.</summary>
    public SimRental MakeByHand(bool interruptible)
    {
        var rental = new SimRental($"{random.Next(1000, 9999)}{rentals.Count}", "by hand", Now)
        {
            IsForeign = true,
            IsStoppedAtDestroy = random.Next(3) == 0,
            HoldsPayload = true,
            VisibleFrom = Now,
            BootsAt = Now,
            Fate = Fate.Boots,
            Interruptible = interruptible,
            UsdPerHour = 0.4m,
            UnreachableUntil = Now.AddSeconds(random.Next(0, 60)),
        };
        rental.WorkElsewhere();
        rentals.Add(rental);
        return rental;
    }

    /// <summary>One sweep: the listing, and what was asked for by id because the listing lacked it.</summary>
    public (Listing Listing, HashSet<string> Gone) Sweep(IEnumerable<string> tracked)
    {
        if (last is { } old && Now - old.Listing.At < TimeSpan.FromSeconds(30) && Chance(Faults.ListingStale))
            return old;
        var asked = Now;
        if (Chance(Faults.ListingUnknown))
            return (Listing.Unknown(asked), []);
        var shown = rentals.Where(IsShown).Select(Show).ToList();
        HashSet<string> gone = [];
        foreach (var id in tracked.Where(id => shown.All(r => r.Id != id)))
        {
            if (!Chance(Faults.ShowUnknown) && !rentals.Any(r => r.Id == id && IsShown(r)))
                gone.Add(id);
        }

        last = (new Listing(shown, asked), gone);
        return last.Value;
    }

    public void Forget() => last = null;

    public SimRental? Find(string id) => rentals.FirstOrDefault(r => r.Id == id);

    public void Stop(string id)
    {
        if (!Chance(Faults.VerbLost) && Find(id) is { Alive: true } rental)
            rental.Stop();
    }

    /// <summary>Whether the host's own ssh answers for this rental.</summary>
    public SimRental? ThroughHost(string id) =>
        !Chance(Faults.HostDoorShut) && Find(id) is { Alive: true } rental && Now >= rental.OfflineUntil ? rental : null;

    /// <summary>Null: the market does not say.</summary>
    public IReadOnlyList<Offer>? Offers() => Chance(Faults.OffersUnknown)
        ? null
        : [.. Enumerable.Range(1, 3).Where(i => !rentals.Any(r => r.Alive && r.MachineId == $"m{i}" && r.Shown == RentalStatus.Offline)).Select(i => Samples.Offer with { Id = $"offer-{i}", MachineId = $"m{i}", HostId = $"h{i}", MinBidUsdPerHour = 0.07m * (i + random.Next(0, 6)) })];

    /// <summary>False: the platform says no. A lost answer looks like a yes, and may be none.</summary>
    public bool Raise(string id, decimal usdPerHour)
    {
        if (Chance(Faults.RaiseRefused))
            return false;
        if (!Chance(Faults.VerbLost) && Find(id) is { Alive: true } rental)
            rental.Raise(usdPerHour, Chance(0.7) ? Now.AddSeconds(random.Next(2, 60)) : null);
        return true;
    }

    public void Start(string id)
    {
        if (!Chance(Faults.VerbLost) && Find(id) is { Alive: true } rental)
            rental.Start(Now.AddSeconds(random.Next(5, 150)));
    }

    public void Destroy(string id)
    {
        if (Find(id) is not { } rental)
            return;
        if (rental.IsStoppedAtDestroy)
        {
            rental.IsStoppedAtDestroy = false;
            rental.Stop();
        }
        else if (!Chance(Faults.VerbLost))
        {
            rental.Destroy(Now, TimeSpan.FromSeconds(random.Next(0, 100)));
        }
    }

    /// <summary>What hosts, other people and bad luck do between two looks.</summary>
    public void Disturb(Action<SimRental> startedElsewhere)
    {
        foreach (var rental in rentals.Where(r => r.Alive))
        {
            if (Chance(Faults.Unreachable))
                rental.UnreachableUntil = Now.AddMinutes(random.Next(1, Chance(0.2) ? 10_000 : 20));
            if (Chance(Faults.HostOffline))
                rental.OfflineUntil = Now.AddMinutes(random.Next(1, 120));
            if (rental.Interruptible && rental.Status == RentalStatus.Running && Chance(Faults.Outbid))
                rental.Outbid(Now.AddMinutes(random.Next(1, Chance(0.3) ? 3000 : 30)));
            if (Chance(Faults.StoppedElsewhere))
                rental.Halt(rental.Interruptible || Chance(0.5) ? RentalStatus.Preempted : RentalStatus.Stopped);
            if (rental.Status is RentalStatus.Stopped or RentalStatus.Preempted && Chance(Faults.StartedElsewhere))
            {
                rental.Start(Now);
                startedElsewhere(rental);
            }

            if (Chance(Faults.BoxRestart))
                rental.Restart();
            if (!rental.Ended && Chance(Faults.PayloadLost))
                rental.LosePayload();
            if ((rental.Ended || rental.IsForeign) && Chance(Faults.FilesChange))
                rental.ChangeFiles();
            if (rental.IsForeign && Chance(Faults.DestroyedElsewhere))
                rental.Label = "lodger/other.abc234/1";
            if (Chance(Faults.DestroyedElsewhere))
                rental.Destroy(Now, TimeSpan.FromSeconds(random.Next(0, 60)));
        }
    }

    /// <summary>Faults stop: what is broken is repaired, what hangs comes to an end.</summary>
    public void Repair()
    {
        Faults = Faults.None;
        last = null;
        foreach (var rental in rentals)
        {
            rental.UnreachableUntil = rental.OfflineUntil = default;
            rental.HasEndpoint = true;
            rental.Work ??= TimeSpan.FromMinutes(5);
        }
    }

    /// <summary>A rental that is being destroyed is shown now and then for a while.</summary>
    private bool IsShown(SimRental r) => r.Alive ? Now >= r.VisibleFrom : Now < r.ShownUntil && random.Next(2) == 0;

    private SimRental Make(string label, decimal? bid, string machineId)
    {
        var fate = Chance(Faults.NeverBoots) ? Fate.NeverBoots : Chance(Faults.ExitsAtBoot) ? Fate.Exits : Chance(Faults.CannotStart) ? Fate.CannotStart : Fate.Boots;
        var rental = new SimRental($"{random.Next(1000, 9999)}{rentals.Count}", label, Now)
        {
            MachineId = machineId,
            Volume = machineId == "m1" ? Volume : null,
            VisibleFrom = Now + (Faults.Invisible * random.NextDouble()),
            BootsAt = Now.AddSeconds(random.Next(10, 300)),
            Fate = fate,
            Interruptible = bid is not null != Chance(Faults.Interruptible),
            UsdPerHour = bid ?? 0.4m,
            HasEndpoint = !Chance(Faults.NoEndpoint),
            Refuses = Chance(Faults.ChecksRefuse),
            ExitCode = Chance(Faults.JobFails) ? 1 : 0,
            Work = Chance(Faults.JobHangs) ? null : TimeSpan.FromSeconds(random.Next(5, 1200)),
            UnreachableUntil = Now.AddSeconds(random.Next(0, 60)),
        };
        rentals.Add(rental);
        return rental;
    }

    private Rental Show(SimRental r) => new()
    {
        Id = r.Id,
        Label = r.Label,
        Status = Chance(Faults.StatusUnreadable) ? RentalStatus.Unknown : r.Shown,
        Evidence = "as simulated",
        MachineId = r.MachineId,
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24_564,
        Interruptible = r.Interruptible,
        GpuUsdPerHour = r.UsdPerHour,
        DiskUsdPerHour = 0.01m,
        UploadUsdPerGb = 0.01m,
        DownloadUsdPerGb = 0.01m,
        DirectSsh = r.HasEndpoint ? new Endpoint("127.0.0.1", 22) : null,
        StartedAt = r.StartedAt,
    };
}
