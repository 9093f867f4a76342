using System.Globalization;
using Lodger.Cli.Terminal;
using Lodger.Domain.Plan;

namespace Lodger.Cli.Text;

/// <summary>The arithmetic of a plan: each price by its parts, why the cheapest hour lost, what does not last, what goes onto the disk.</summary>
internal static class PlanExplained
{
    private const int OffersShown = 8;

    public static void Write(Screen screen, JobPlan plan, int diskGb)
    {
        screen.Line();
        var table = Listing.Of("offer", "GPU>", "again>", "disk>", "in>", "copies>", "out>", "total>");
        foreach (var p in Rows(plan))
        {
            table.AddRow(
                Shown.Text(p.Offer.Id),
                Figures.Usd(p.GpuUsd - p.ReworkUsd),
                Figures.Usd(p.ReworkUsd),
                Figures.Usd(p.DiskUsd),
                Figures.Usd(p.InUsd),
                Figures.Usd(p.MirrorUsd),
                Figures.Usd(p.OutUsd),
                Figures.Usd(p.TotalUsd));
        }

        screen.Table(table);
        screen.Line();
        screen.Hang("  ", "again: work that is expected to be done again after preemptions; in: code and data; copies: of checkpoints while it runs; out: results. Booting bills the disk alone.");
        if (plan.CheapestHour is { } cheap && plan.Best is { } best)
            screen.Hang("  Why not the cheapest hour: ", WhyLost(cheap, best));
        foreach (var left in plan.LeftOut.Take(OffersShown))
            screen.Hang("  Left out: ", $"{left.Offer.Id}: {left.Why}");
        if (plan.Disk is { } need)
            screen.Hang("  Disk: ", $"about {need.TotalGb:0.#} GB of {diskGb} GB ({need.Arithmetic})");
    }

    /// <summary>The dearest differences first.</summary>
    private static string WhyLost(PricedOffer cheap, PricedOffer best)
    {
        (decimal Usd, string What)[] parts =
        [
            (cheap.GpuUsd - cheap.ReworkUsd - best.GpuUsd + best.ReworkUsd, "GPU"),
            (cheap.ReworkUsd - best.ReworkUsd, "work done again"),
            (cheap.DiskUsd - best.DiskUsd, "disk"),
            (cheap.InUsd - best.InUsd, "code and data in"),
            (cheap.MirrorUsd - best.MirrorUsd, "copies of checkpoints"),
            (cheap.OutUsd - best.OutUsd, "results out"),
        ];
        var words = parts.Where(p => Math.Abs(p.Usd) >= 0.00005m).OrderByDescending(p => p.Usd).Select(p => $"{p.What} {(p.Usd > 0 ? "+" : "-")}{Figures.Usd(Math.Abs(p.Usd))}");
        return $"{cheap.Offer.Id} costs {PerHour(cheap)} and not {PerHour(best)}, and {Figures.Usd(cheap.TotalUsd - best.TotalUsd)} more in all: {string.Join(", ", words)}";
    }

    /// <summary>To the tenth of a cent: it is by such that two are told apart.</summary>
    private static string PerHour(PricedOffer offer) => string.Create(CultureInfo.InvariantCulture, $"${offer.UsdPerHour:0.000}/h");

    private static List<PricedOffer> Rows(JobPlan plan)
    {
        var first = plan.Offers.Take(OffersShown).ToList();
        return plan.CheapestHour is { } cheap && !first.Contains(cheap) ? [.. first, cheap] : first;
    }
}
