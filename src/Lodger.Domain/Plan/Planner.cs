using Lodger.Domain.Market;
using Lodger.Domain.Policy;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Plan;

/// <summary>Prices offers for a job by expected total, not by the hour: compute, disk, and every byte in and out.</summary>
public static class Planner
{
    private const decimal HoursPerMonth = 720m;
    private const decimal BytesPerGb = 1_000_000_000m;

    /// <summary>Start of container and sshd after the image is there.</summary>
    internal static readonly TimeSpan ContainerStart = TimeSpan.FromSeconds(40);

    /// <summary>What one preemption loses, until the job has measured its own: boot, transfers, half a checkpoint's interval.</summary>
    internal static readonly TimeSpan RestartCost = TimeSpan.FromMinutes(6);

    /// <summary>Left between the work's end and the contract's, to bring everything home and to get a person's yes.</summary>
    private static readonly TimeSpan TimeHome = TimeSpan.FromHours(1);

    /// <summary>Copies of checkpoints are at least about so far apart: an assumption, said with the plan.</summary>
    internal static readonly TimeSpan MirrorEvery = TimeSpan.FromMinutes(30);

    /// <summary>Work done again after preemptions, as a share of the work: an assumption, said with the plan.</summary>
    private const double ReworkShare = 0.08;

    public static JobPlan Make(JobSpec spec, IReadOnlyList<Offer> offers, PlanInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(offers);
        ArgumentNullException.ThrowIfNull(inputs);
        var priced = offers.Where(o => Fits(spec, o)).Select(o => Cheapest(spec, o, inputs)).OfType<PricedOffer>().OrderBy(p => p.TotalUsd).ThenBy(p => p.Offer.Id, StringComparer.Ordinal).ToList();
        var fitting = priced.Where(p => TooShort(p, inputs) is null).ToList();
        for (var i = 1; i < fitting.Count; i++)
            fitting[i] = fitting[i] with { WhyNot = WhyNot(fitting[i], fitting[0]) };
        return new(fitting, Assumptions(spec, inputs))
        {
            LeftOut = [.. priced.Select(p => (p.Offer, Why: TooShort(p, inputs))).Where(o => o.Why is not null).Select(o => new LeftOut(o.Offer, o.Why!))],
            Disk = DiskNeed.Of(spec, inputs),
        };
    }

    /// <summary>
    /// With <c>rent: auto</c> and a deadline the policy chooses what is rented first: a bid only where the deadline can still be met on on-demand after it was lost. Its choice comes first, whatever it costs.
    /// </summary>
    public static JobPlan ForDeadline(JobSpec spec, JobPlan plan, PlanInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(inputs);
        if (spec is not { Rent: RentMode.Auto, Deadline: { } deadline } || inputs.Now is not { } now || plan.Offers.Count == 0)
            return plan;
        var choice = PreemptionPolicy.Choose(FirstRent.Facts(spec, inputs, [.. plan.Offers.Select(p => p.Offer with { DlPerf = 0 })], now) with { Deadline = deadline.From(now) });
        if (choice.Chosen is not { Way: not WayOn.Wait, Offer: { } offer, BidUsdPerHour: var bid })
            return plan;
        var place = plan.Offers.First(p => p.Offer.Id == offer.Id);
        var work = spec.Work ?? TimeSpan.FromHours(1);
        var first = place.BidUsdPerHour is null == bid is null ? place : Price(spec, place.Offer, inputs, bid is null ? work : work * (1 + ReworkShare), bid);
        first = first with { WhyNot = "" };
        return plan with
        {
            Offers = [first, .. plan.Offers.Where(p => !ReferenceEquals(p, place)).Select(p => p with { WhyNot = p.TotalUsd < first.TotalUsd ? "could miss the deadline" : WhyNot(p, first) })],
            Choice = choice.Line,
            Alternatives = [.. choice.Alternatives.Select(a => $"{a.Label}: {a.Why}")],
        };
    }

    /// <summary>Null when the host offers it for long enough: boot, work, and time to bring everything home.</summary>
    private static string? TooShort(PricedOffer p, PlanInputs inputs)
    {
        if (p.Offer.ContractEnd is not { } end || inputs.MarketNow is not { } now)
            return null;
        var needed = p.Boot + p.Work + TimeHome;
        return end - now >= needed ? null : $"its contract ends in {Hours(end - now)}, and the job needs {Hours(needed)}";
    }

    private static string Hours(TimeSpan time) => time.TotalHours is var hours && hours < 48 ? $"{Math.Max(0, hours):0.#} h" : $"{hours / 24:0.#} d";

    /// <summary>Whether the job can run on it at all.</summary>
    public static bool Fits(JobSpec spec, Offer o) =>
        o.GpuCount == spec.Gpu.Count
        && (spec.Gpu.Names.Count == 0 || spec.Gpu.Names.Contains(o.GpuName, StringComparer.OrdinalIgnoreCase))
        && (spec.Gpu.MinMemoryGb is not { } gb || o.GpuMemoryMb >= gb * 1000)
        && o.DiskGb >= spec.DiskGb;

    /// <summary>Null when the way of renting that the job asks for is not to be had on this offer.</summary>
    private static PricedOffer? Cheapest(JobSpec spec, Offer o, PlanInputs inputs)
    {
        var work = spec.Work ?? TimeSpan.FromHours(1);
        var bid = spec.Rent == RentMode.OnDemand ? null : Bidding.BidFor(o, spec.BidRule, work, RestartCost);
        var paused = bid is null ? null : Price(spec, o, inputs, work * (1 + ReworkShare), bid) with { ReworkUsd = bid.Value * (decimal)(work.TotalHours * ReworkShare) };
        if (spec.Rent == RentMode.Interruptible)
            return paused;
        var steady = Price(spec, o, inputs, work, null);
        return paused is not null && paused.TotalUsd < steady.TotalUsd ? paused : steady;
    }

    internal static PricedOffer Price(JobSpec spec, Offer o, PlanInputs inputs, TimeSpan work, decimal? bid)
    {
        // A bandwidth that makes no sense is none: an unknown one, and never more than a day.
        var pull = TimeSpan.FromSeconds(o.DownloadMbps > 0 ? Math.Min(inputs.ImageBytes * 8d / (o.DownloadMbps * 1e6), 86_400) : 600);
        var boot = pull + ContainerStart;
        var diskHours = (decimal)(work + boot).TotalHours;
        var down = (inputs.CodeBytes + (inputs.DataBytes ?? 0)) / BytesPerGb * o.DownloadUsdPerGb;
        var mirrors = MirroredBytes(spec, inputs, work) / BytesPerGb * o.UploadUsdPerGb;
        var up = inputs.ResultBytes / BytesPerGb * o.UploadUsdPerGb;
        return new(
            o,
            (bid ?? o.GpuUsdPerHour) * (decimal)work.TotalHours,
            o.StorageUsdPerGbMonth * spec.DiskGb / HoursPerMonth * diskHours,
            down + mirrors + up,
            boot,
            work,
            "",
            bid)
        {
            InUsd = down,
            MirrorUsd = mirrors,
            OutUsd = up,
        };
    }

    private static decimal MirroredBytes(JobSpec spec, PlanInputs inputs, TimeSpan work) =>
        spec.Checkpoints.Count == 0 ? 0 : (decimal)Math.Ceiling(work / MirrorEvery) * inputs.CheckpointBytes;

    private static string WhyNot(PricedOffer p, PricedOffer best)
    {
        var more = p.TotalUsd - best.TotalUsd;
        if (more == 0)
            return "same total";
        (decimal Usd, string Text)[] causes =
        [
            (p.GpuUsd - best.GpuUsd, $"${p.UsdPerHour:0.000}/h GPU"),
            (p.DiskUsd - best.DiskUsd, $"disk ${p.Offer.StorageUsdPerGbMonth:0.00}/GB/month"),
            (p.TransferUsd - best.TransferUsd, $"bandwidth ${Math.Max(p.Offer.UploadUsdPerGb, p.Offer.DownloadUsdPerGb):0.000}/GB"),
        ];
        return causes.MaxBy(c => c.Usd).Text;
    }

    private static List<string> Assumptions(JobSpec spec, PlanInputs inputs)
    {
        List<string> said = [];
        if (spec.Work is null)
            said.Add("priced for one hour of work, because the spec names none: write  work: 3h");
        said.Add($"results and checkpoints of {inputs.ResultBytes / BytesPerGb:0.#} GB brought home, image of {inputs.ImageBytes / BytesPerGb:0.#} GB");
        if (spec.Checkpoints.Count > 0)
            said.Add($"a checkpoint of {inputs.CheckpointBytes / BytesPerGb:0.#} GB copied off the machine every {MirrorEvery.TotalMinutes:0} min");
        if (inputs.DataBytes is null && spec.Data.Count > 0)
            said.Add("the size of data: is not known; its download is not in the total");
        if (spec.Rent != RentMode.OnDemand)
            said.Add($"preemptions cost {ReworkShare * 100:0} % of the work, done again from the newest checkpoint");
        if (spec.BudgetUsd is null)
            said.Add("no budget: the job runs until it ends. Write  budget: 5");
        return said;
    }
}
