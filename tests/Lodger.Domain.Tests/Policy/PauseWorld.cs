using Lodger.Domain.Market;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

/// <summary>
/// A market that means ill to one job with a deadline: bids are preempted at the worst moments, machines return when it is nearly too late, mirrors lag as far as they may, rescues fail, prices leap. One thing
/// it cannot take away: one on-demand machine that boots in the time it is said to, as soon as any that is shown. By seed.
/// </summary>
internal sealed class PauseWorld
{
    /// <summary>So fast that a rescue is over before a boot.</summary>
    private const double OldUploadMbps = 1e6;

    private const int DecisionsMost = 5_000;

    private readonly Random random;
    private readonly string manner;
    private readonly double totalHours;
    private readonly double riskHours;
    private readonly double tickHours;
    private readonly double bootHours;
    private readonly long bytes;
    private readonly Offer net;
    private readonly DateTimeOffset deadline;
    private readonly bool goodRescues;
    private Action? returned;

    /// <summary>Hours of work in the newest mirror, and on the stopped disk.</summary>
    private double mirrored;
    private double onDisk;
    private DateTimeOffset now = Samples.T0;
    private DateTimeOffset preemptedAt = Samples.T0;
    private TimeSpan ran;
    private int preemptions;

    private PauseWorld(int seed)
    {
        random = new Random(seed);
        manner = Of("at once", "when all is at risk", "just before the end", "any", "never returns", "returns late");
        totalHours = Between(0.1, Of(1, 10, 60));
        riskHours = Between(0, Of(0.05, 0.5, 3));
        tickHours = Of(1 / 60d, 5 / 60d, 1 / 6d);
        bootHours = Between(0.01, Of(0.1, 1));
        bytes = (long)(Between(0, 20) * 1e9);
        goodRescues = random.Next(2) == 0;
        net = PausedJob.Other with { Id = "net", MachineId = "net", HostId = "net", MinBidUsdPerHour = null, GpuUsdPerHour = (decimal)Between(0.3, 3), DownloadMbps = Between(100, 2000), UploadMbps = Between(100, 2000) };
        onDisk = Between(0, totalHours * 0.5);
        mirrored = Math.Max(0, onDisk - Between(0, riskHours));
        var needed = Whole(StartHours(net)) + Whole(totalHours - mirrored + HomeHours(net)) + tickHours;
        deadline = now + TimeSpan.FromHours(needed + Of(0, Between(0, 1), Between(0, totalHours), Between(0, 4 * totalHours)) + 1e-6);
        preemptedAt = now - TimeSpan.FromHours(Between(0, 3));
    }

    /// <returns>What the deadline was missed by and how, or null.</returns>
    public static string? Run(int seed, Action<WayOn>? took = null, Action? returned = null)
    {
        var world = new PauseWorld(seed) { returned = returned };
        for (var i = 0; i < DecisionsMost; i++)
        {
            var choice = PreemptionPolicy.Choose(world.Facts());
            took?.Invoke(choice.Chosen.Way);
            if (world.Live(choice))
                return world.now <= world.deadline ? null : $"seed {seed}: {world.manner}, {(world.now - world.deadline).TotalMinutes:0.0} min late after {i + 1} decisions; {choice.Chosen.Why}";
        }

        return $"seed {seed}: {world.manner}, undecided after {DecisionsMost} decisions";
    }

    /// <returns>True when the job has ended and is home.</returns>
    private bool Live(PolicyChoice choice)
    {
        if (choice.Chosen.Way == WayOn.Wait)
        {
            var returns = manner switch { "never returns" => false, "returns late" => true, _ => random.Next(3) > 0 };
            var share = manner == "returns late" ? 1 : random.NextDouble();
            Pass((choice.LookAgainIn.TotalHours * (returns ? share : 1)) + Late());
            return returns && OnBid(PausedJob.Other with { UploadMbps = OldUploadMbps }, PolicyStart);
        }

        if (choice.Chosen.Way == WayOn.RaiseBid)
        {
            Pass(Late());
            return OnBid(PausedJob.Other with { UploadMbps = OldUploadMbps }, PolicyStart);
        }

        var offer = choice.Chosen.Offer!;
        Pass(Late() + StartHours(offer));
        Lands();
        if (choice.Chosen.Way == WayOn.MoveToOnDemand)
        {
            return OnOnDemand(offer);
        }

        return OnBid(offer, 0);
    }

    /// <summary>It computes to the end, or until it goes back to a bid.</summary>
    private bool OnOnDemand(Offer offer)
    {
        var left = totalHours - onDisk;
        for (var looks = random.Next(3); looks > 0; looks--)
        {
            var runs = Between(0, left);
            Pass(runs);
            left -= runs;
            var reached = totalHours - left;
            var saved = Between(Math.Max(onDisk, reached - riskHours), reached);
            var copied = Between(Math.Max(mirrored, reached - riskHours), saved);
            var facts = Facts() with
            {
                PreemptedAt = now,
                WorkLeft = TimeSpan.FromHours(totalHours - saved),
                ReworkOnReturn = TimeSpan.FromHours(reached - saved),
                Rework = TimeSpan.FromHours(saved - copied),
                OldUsdPerHour = offer.GpuUsdPerHour,
                OldDiskReachable = true,
                HostOffline = false,
                OldMachineId = offer.MachineId,
                RaiseCapUsdPerHour = null,
            };
            if (ReturnPolicy.Choose(facts, TimeSpan.FromHours(Between(0, 5)))?.Move is not { Offer: { } to })
                continue;
            returned?.Invoke();
            (onDisk, mirrored) = (saved, copied);
            Pass(Late() + StartHours(to));
            Lands();
            return OnBid(to, 0);
        }

        Pass(left + HomeHours(offer));
        return true;
    }

    /// <summary>The job's own start, as the policy supposes it.</summary>
    private const double PolicyStart = 2 / 60d;

    private bool OnBid(Offer offer, double startHours)
    {
        var left = totalHours - onDisk;
        var whole = left + HomeHours(offer);
        var runs = manner switch
        {
            "at once" => Of(0, 1e-4),
            "when all is at risk" => riskHours,
            "just before the end" => Math.Max(0, left - 1e-3),
            _ => random.Next(4) == 0 ? whole : Between(0, whole),
        };
        Pass(startHours + Math.Min(runs, whole));
        if (runs >= whole)
            return true;
        ran += TimeSpan.FromHours(runs);
        var reached = Math.Min(totalHours, onDisk + runs);
        mirrored = Math.Max(mirrored, manner == "any" ? Between(Math.Max(0, reached - riskHours), reached) : reached - riskHours);
        onDisk = Between(Math.Max(mirrored, onDisk), reached);
        preemptions++;
        preemptedAt = now;
        Pass(Late());
        return false;
    }

    /// <summary>A new machine continues from what was rescued, or from the newest mirror.</summary>
    private void Lands()
    {
        if (!goodRescues || random.Next(3) == 0)
            onDisk = mirrored;
        mirrored = Math.Max(mirrored, onDisk - riskHours);
    }

    private PreemptionFacts Facts() => PausedJob.Facts with
    {
        Now = now,
        PreemptedAt = preemptedAt,
        WorkLeft = TimeSpan.FromHours(totalHours - onDisk),
        Rework = TimeSpan.FromHours(Math.Max(0, onDisk - mirrored)),
        ReworkOnReturn = TimeSpan.Zero,
        WorkAtRisk = TimeSpan.FromHours(riskHours),
        OldUploadMbps = OldUploadMbps,
        OldDiskReachable = random.Next(3) > 0,
        HostOffline = random.Next(10) == 0,
        OldMachineMinBid = random.Next(2) == 0 ? (decimal)Between(0.1, 1) : null,
        Offers = [.. Enumerable.Range(0, random.Next(4)).Select(Another), net, .. random.Next(2) == 0 ? (Offer[])[Own()] : []],
        RaiseCapUsdPerHour = random.Next(2) == 0 ? 0.5m : null,
        PreemptionsSoFar = preemptions,
        PaidRunTimeSoFar = ran,
        Patience = random.Next(3) == 0 ? TimeSpan.FromHours(Between(0, 2)) : null,
        BudgetLeftUsd = random.Next(3) == 0 ? (decimal)Between(13, 40) : null,
        Deadline = deadline,
        CheckpointBytes = bytes,
        BootExpected = TimeSpan.FromHours(bootHours),
        UsdPerHourLater = random.Next(2) == 0 ? (decimal)Between(0, 1) : null,
        Tick = TimeSpan.FromHours(tickHours),
        HostPenalty = new Dictionary<string, double> { ["h0"] = random.NextDouble(), ["h1"] = random.NextDouble() },
    };

    private Offer Another(int i) => PausedJob.Other with
    {
        Id = $"offer-{i}",
        MachineId = $"machine-{i}",
        HostId = $"h{i}",
        MinBidUsdPerHour = (decimal)Between(0.01, 0.5),
        GpuUsdPerHour = (decimal)Between(0.1, 2),
        DownloadMbps = Between(10, net.DownloadMbps),
        UploadMbps = Between(10, net.UploadMbps),
        UploadUsdPerGb = (decimal)Between(0, 0.1),
    };

    /// <summary>The paused rental's own machine, where somebody pays more now.</summary>
    private Offer Own() => Another(9) with { MachineId = PausedJob.Facts.OldMachineId!, MinBidUsdPerHour = (decimal)Between(0.23, 0.6) };

    private double StartHours(Offer o) => bootHours + ((bytes + PausedJob.Facts.CodeAndDataBytes) * 8 / (o.DownloadMbps * 1e6) / 3600);

    private double HomeHours(Offer o) => bytes * 8 / (o.UploadMbps * 1e6) / 3600;

    private double Whole(double hours) => Math.Ceiling(hours / tickHours) * tickHours;

    private double Late() => manner == "any" ? Between(0, tickHours) : tickHours;

    private void Pass(double hours) => now += TimeSpan.FromHours(hours);

    private double Between(double from, double to) => from + (random.NextDouble() * (to - from));

    private T Of<T>(params T[] choices) => choices[random.Next(choices.Length)];
}
