using Lodger.Cli.Terminal;
using Lodger.Domain.Money;
using Lodger.Server.Api;

namespace Lodger.Cli.Text;

/// <summary>Money as a person reads it: by rental, by what for, what goes on, and whether two reckonings agree.</summary>
internal static class CostText
{
    public static void WriteJob(Screen screen, JobCost cost, IReadOnlyList<AccountCost> accounts)
    {
        screen.Line($"  {Shown.Text(cost.Name)}  [dim]{Shown.Text(cost.Id)}[/]  {Shown.Text(cost.Market)}");
        if (cost.Rentals.Count == 0)
        {
            screen.Line("  Nothing was rented for it.");
            return;
        }

        var table = Listing.Of("try>", "rental", "gpu", "GPU time>", "GPU>", "disk>", "traffic>", "total>", "now");
        foreach (var rental in cost.Rentals)
        {
            var bill = rental.Best;
            table.AddRow(
                $"{rental.Attempt}",
                Shown.Text(rental.RentalId) + (rental.IsStray ? " (stray)" : ""),
                Shown.Text(rental.Gpu),
                Figures.Span(rental.GpuTime),
                Usd(bill?.GpuUsd),
                Usd(bill?.DiskUsd),
                bill is null || (rental is { KnowsTraffic: false, Charged: null }) ? "?" : Figures.Usd(bill.UploadUsd + bill.DownloadUsd),
                Usd(bill?.TotalUsd),
                rental.IsGone ? "gone" : rental.Now is { } now ? Figures.UsdPerHour(now.UsdPerHour) : "unknown");
        }

        screen.Table(table);
        screen.Line();
        var total = cost.Total;
        screen.Hang("  total      ", $"{Figures.Usd(total.TotalUsd)} (GPU {Figures.Usd(total.GpuUsd)}, disk {Figures.Usd(total.DiskUsd)}, up {Figures.Usd(total.UploadUsd)}, down {Figures.Usd(total.DownloadUsd)}){(cost.ExpectedUsd is { } planned ? $"; plan said {Figures.Usd(planned)}" : "")}{(cost.BudgetUsd is { } budget ? $", budget {Figures.Usd(budget)}" : "")}");
        if (cost.IdleTime > TimeSpan.Zero)
            screen.Hang("  idle       ", $"{Figures.Span(cost.IdleTime)} of GPU for {Figures.Usd(cost.IdleUsd)} after the command was over, or while it hung");
        screen.Hang("  on demand  ", cost.OnDemandUsd is { } steady ? $"{Figures.Usd(steady)} for the same GPU hours, disk and traffic at the same offers' on-demand price" : "not known: of some rental nothing was seen");
        screen.Hang("  bills on   ", PaceOf(cost));
        foreach (var line in cost.Rentals.Select(Platform).Distinct(StringComparer.Ordinal))
            screen.Hang("  platform   ", line);
        foreach (var account in accounts.Where(a => a.Problem is not null))
            screen.Hang("  [yellow]unknown[/]    ", $"{account.Market}: {account.Problem!.Message}");
    }

    public static void WriteAll(Screen screen, CostView view, bool all)
    {
        if (view.Jobs.Count == 0)
        {
            screen.Line(all ? "No job yet." : "No open job.  lodger cost --all  shows what closed ones cost.");
            foreach (var account in view.Accounts)
                Volumes(screen, account);
            return;
        }

        var table = Listing.Of("job", "state", "now>", "a day>", "so far>", "on demand>", "idle>", "platform", "market");
        foreach (var job in view.Jobs)
        {
            table.AddRow(
                Shown.Text(job.Name),
                JobText.PhaseWord(job.Phase),
                Figures.UsdPerHour(job.Pace.UsdPerHour),
                Figures.Usd(job.Pace.DayUsd),
                Figures.Usd(job.Total.TotalUsd),
                Usd(job.OnDemandUsd),
                Figures.Usd(job.IdleUsd),
                Word(job),
                Shown.Text(job.Market));
        }

        screen.Table(table);
        var (rate, day, week, month, sum) = (view.Jobs.Sum(j => j.Pace.UsdPerHour), view.Jobs.Sum(j => j.Pace.DayUsd), view.Jobs.Sum(j => j.Pace.WeekUsd), view.Jobs.Sum(j => j.Pace.MonthUsd), view.Jobs.Sum(j => j.Total.TotalUsd));
        screen.Line();
        screen.Hang("  all jobs   ", $"{Figures.Usd(sum)} so far; now {Figures.UsdPerHour(rate)}, at this pace {Figures.Usd(day)} a day, {Figures.Usd(week)} a week, {Figures.Usd(month)} a month");
        foreach (var account in view.Accounts)
            Volumes(screen, account);
    }

    private static void Volumes(Screen screen, AccountCost account)
    {
        if (account.Problem is { } problem)
            screen.Hang("  [yellow]unknown[/]    ", $"{account.Market}: {problem.Message}");
        foreach (var (volume, charged) in account.Volumes ?? [])
        {
            var used = volume.UsedBy switch { null => "", { Count: 0 } => ", used by nothing", { } users => $", used by {string.Join(", ", users)}" };
            screen.Hang("  volume     ", $"{volume.Id}, {volume.SizeGb:0} GB on machine {volume.MachineId}{used}: {Figures.UsdPerHour(volume.UsdPerHour)}, {Figures.Usd(volume.UsdPerHour * 720)} a month{(charged is { } usd ? $", {Figures.Usd(usd)} so far" : "")}");
        }
    }

    private static string PaceOf(JobCost cost)
    {
        var pace = cost.Pace;
        if (cost.Rentals.All(r => r.IsGone))
            return "nothing of this job";
        if (cost.Rentals.Any(r => r is { IsGone: false, Now: null }))
            return "unknown: the platform does not show every rental of this job just now";
        var traffic = pace.TrafficUsdPerHour > 0 ? $", and {Figures.UsdPerHour(pace.TrafficUsdPerHour)} traffic as on average so far" : "";
        var deadline = pace.UntilDeadlineUsd is { } usd ? $", {Figures.Usd(usd)} until the deadline" : "";
        return $"{Figures.UsdPerHour(pace.UsdPerHour)} GPU and disk{traffic}: {Figures.Usd(pace.DayUsd)} a day, {Figures.Usd(pace.WeekUsd)} a week, {Figures.Usd(pace.MonthUsd)} a month{deadline}";
    }

    private static string Platform(RentalCost rental)
    {
        var margin = rental.MarginUsd >= 0.0001m ? $" give or take {Figures.Usd(rental.MarginUsd)}" : "";
        return rental.Agreement switch
        {
            Agreement.Agrees => $"{rental.RentalId}: charged {Usd(rental.Charged?.TotalUsd)}, as Lodger reckons{margin}",
            Agreement.Behind => $"{rental.RentalId}: charged {Usd(rental.Charged?.TotalUsd)} so far, Lodger reckons {Usd(rental.Reckoned?.TotalUsd)}{margin}; platforms charge late",
            Agreement.Differs => $"{rental.RentalId}: charged {Usd(rental.Charged?.TotalUsd)}, Lodger reckons {Usd(rental.Reckoned?.TotalUsd)}{margin}: {Usd(rental.DifferenceUsd)} that nothing explains",
            Agreement.NotSaid => $"{rental.RentalId}: does not say what it charged; {Usd(rental.Reckoned?.TotalUsd)} is Lodger's own reckoning{margin}",
            _ => $"{rental.RentalId}: charged {Usd(rental.Charged?.TotalUsd)}; Lodger saw too little of it to reckon itself",
        };
    }

    private static string Word(JobCost job) =>
        job.Rentals.Any(r => r.Agreement == Agreement.Differs) ? $"differs by {Figures.Usd(job.Rentals.Sum(r => r.Agreement == Agreement.Differs ? r.DifferenceUsd ?? 0 : 0))}"
        : job.Rentals.Any(r => r.Agreement == Agreement.NotSaid) ? "does not say"
        : job.Rentals.Any(r => r.Agreement == Agreement.Behind) ? "behind"
        : job.Rentals.Any(r => r.Agreement == Agreement.NotMetered) ? "not compared"
        : job.Rentals.Count == 0 ? "" : "agrees";

    private static string Usd(decimal? usd) => usd is { } amount ? Figures.Usd(amount) : "?";
}
