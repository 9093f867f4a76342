using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Domain.Plan;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

namespace Lodger.Cli.Text;

/// <summary>The plan as a person reads it before paying: what for, where, what it costs, what is dangerous, what happens without them.</summary>
internal static class PlanText
{
    private const int OffersShown = 8;

    /// <param name="explain">Each price part by part, and why what is cheaper an hour lost.</param>
    public static void Write(Screen screen, Preparation job, PlanView view, PlatformProfile profile, TimeProvider time, bool explain = false)
    {
        var spec = job.Spec;
        Head(screen, job, view);
        screen.Line();
        screen.Table(Offers(view.Plan, time));
        var more = view.Plan.Offers.Count - OffersShown;
        if (more > 0)
            screen.Line($"  and {Figures.Of(more, "other offer")} with a higher expected total");
        LeftOut(screen, view.Plan, explain ? "" : " (--explain names them)");
        if (view.Plan.Choice is { } choice)
            screen.Hang("  For the deadline: ", choice);
        if (explain)
            PlanExplained.Write(screen, view.Plan, spec.DiskGb);
        screen.Line();
        foreach (var assumption in job.Assumed.Concat(view.Plan.Assumptions))
            screen.Hang("  Assumed: ", assumption);
        if (view.Findings.Count > 0)
            screen.Line();
        FindingText.Write(screen, view.Findings);
        screen.Line();
        Dangers(screen, profile);
        screen.Line();
        Absence(screen, spec, view.Plan.Best);
    }

    private static void LeftOut(Screen screen, JobPlan plan, string more)
    {
        var spared = plan.LeftOut.Count(l => l.Why == OwnBids.Why);
        if (plan.LeftOut.Count > spared)
            screen.Hang("  Left out: ", $"{Figures.Of(plan.LeftOut.Count - spared, "offer")} that the job cannot be done on{more}");
        if (spared > 0)
            screen.Hang("  Left out: ", $"{Figures.Of(spared, "offer")} where {OwnBids.Why}{more}");
        if (plan.BeatsOwnBid)
            screen.Hang("  [yellow]!![/]  ", "Nothing else fits than machines on which a bid of this account runs: renting there takes its GPU, and pauses it.");
    }

    private static void Head(Screen screen, Preparation job, PlanView view)
    {
        var spec = job.Spec;
        var facts = Listing.Facts();
        facts.AddRow("job", Shown.Text(spec.Name));
        facts.AddRow("runs", Shown.Text(FirstLine(spec.Run)));
        facts.AddRow("image", Shown.Text(spec.Image));
        facts.AddRow("needs", Shown.Text($"{GpuWords(spec.Gpu)}, disk {spec.DiskGb} GB, {RentWords(spec)}"));
        if (spec.CodeDirectory is { } code)
            facts.AddRow("sends", $"{Figures.Of(job.CodeFiles, "file")}, {Figures.Bytes(job.Inputs.CodeBytes)} from {Shown.Text(code)}{Transfer(job, view)}");
        facts.AddRow("market", Shown.Text(view.Market) + (view.Account is { } account ? $", balance {Figures.Usd(account.BalanceUsd)}" : ""));
        screen.Table(facts);
    }

    private static string FirstLine(string command) => command.Trim().Split('\n') is [var first, .. { Length: > 0 } more] ? $"{first.TrimEnd()}   (and {Figures.Of(more.Length, "line")} more)" : command.Trim();

    private static string RentWords(JobSpec spec) => spec.Rent switch
    {
        RentMode.Interruptible => "interruptible",
        RentMode.Auto => "interruptible or on demand, whichever is the cheaper way to the end",
        _ => "on demand",
    };

    /// <summary>What sending the code costs on the chosen offer, before it is sent.</summary>
    private static string Transfer(Preparation job, PlanView view) =>
        view.Plan.Best is { } best ? $" ({Figures.Usd(job.Inputs.CodeBytes / 1e9m * best.Offer.DownloadUsdPerGb)} bandwidth)" : "";

    private static string GpuWords(GpuRequest gpu)
    {
        var names = gpu.Names.Count == 0 ? "any GPU" : string.Join(" or ", gpu.Names);
        return $"{gpu.Count}x {names}{(gpu.MinMemoryGb is { } gb ? $" with {gb} GB" : "")}";
    }

    private static Listing Offers(JobPlan plan, TimeProvider time)
    {
        var table = Listing.Of("offer", "in", "gpu", "reliab>", plan.Best?.BidUsdPerHour is null ? "$/h>" : "bid $/h>", "boot>", "moved>", "total>", "done>", "why not");
        var chosen = true;
        foreach (var priced in plan.Offers.Take(OffersShown))
        {
            var o = priced.Offer;
            table.AddRow(
                Shown.Text(o.Id),
                Shown.Text(Place(o.Location)),
                Shown.Text(o.GpuCount == 1 ? o.GpuName : $"{o.GpuCount}x {o.GpuName}"),
                o.Reliability is { } r ? Figures.Number(r, "0.000") : "?",
                Figures.Number((double)priced.UsdPerHour, "0.00#"),
                Figures.Span(priced.Boot),
                Figures.Usd(priced.TransferUsd),
                Figures.Usd(priced.TotalUsd),
                Done(time.GetUtcNow() + priced.Boot + priced.Work, time),
                chosen ? "[green]<- chosen[/]" : Shown.Text(priced.WhyNot));
            chosen = false;
        }

        return table;
    }

    /// <summary>The time of day, before it the date where it is another day than today.</summary>
    private static string Done(DateTimeOffset at, TimeProvider time)
    {
        var local = TimeZoneInfo.ConvertTime(at, time.LocalTimeZone);
        return local.ToString(local.Date == time.GetLocalNow().Date ? "HH:mm" : "MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The country alone when the platform gives it behind a comma: <c>Sweden, SE</c>.</summary>
    public static string Place(string? location) => location is null ? "?" : location[(location.LastIndexOf(',') + 1)..].Trim();

    private static void Dangers(Screen screen, PlatformProfile profile)
    {
        screen.Line("  [yellow]Before you pay:[/]");
        foreach (var danger in profile.DangerClocks.Concat(profile.Risks))
            screen.Hang("    - ", danger.Text);
    }

    private static void Absence(Screen screen, JobSpec spec, PricedOffer? best)
    {
        var disk = best is null ? "" : $" ({Figures.UsdPerHour(best.Offer.StorageUsdPerGbMonth * spec.DiskGb / 720m)} for the disk, where the host does not ask more for a stopped one)";
        screen.Hang("  ", spec.StopWhenAbandonedAfter is { } after
            ? $"If you close the laptop: the run goes on; when it has ended, the rental stops itself after {Figures.Span(after)} of silence{disk}."
            : "If you close the laptop: the run goes on, and the rental bills until you come back (abandoned: never).");
        screen.Hang("  ", spec.Teardown == TeardownMode.WhenVerified
            ? "At the end Lodger destroys the rental when everything is home and verified (teardown: when-verified)."
            : "At the end Lodger asks before it destroys (or set  teardown: when-verified).");
    }
}
