using Lodger.Cli.Terminal;
using Lodger.Domain.Prospects;

namespace Lodger.Cli.Text;

/// <summary>What each strategy leads to, and money against time as a small chart.</summary>
internal static class ProspectsText
{
    public static void Write(Screen screen, JobProspects prospects)
    {
        screen.Line();
        screen.Hang("  ", Title(prospects));
        screen.Line();
        screen.Table(Strategies(prospects));
        if (prospects.Frontier.Count > 1)
        {
            screen.Line();
            screen.Line("  Money against time: nothing else is as soon and as cheap");
            foreach (var line in FrontierChart.Lines(prospects.Frontier, screen.Traits.Unicode))
                screen.Line(line);
            screen.Table(Points(prospects.Frontier));
        }

        screen.Line();
        foreach (var basis in prospects.Basis)
            screen.Hang("  Simulated: ", basis);
    }

    private static string Title(JobProspects p)
    {
        var due = p.DeadlineHours is { } hours ? $", deadline in {Span(hours)}" : "";
        var budget = p.BudgetUsd is { } usd ? $", budget {Figures.Usd(usd)}" : "";
        return $"To the end, {Span(p.WorkHours)} of work{due}{budget}: what 10, 50 and 90 of 100 simulated jobs stay within";
    }

    private static Listing Strategies(JobProspects prospects)
    {
        List<string> columns = ["strategy", "$ 10>", "50>", "90>", "done 10>", "50>", "90>"];
        if (prospects.DeadlineHours is not null)
            columns.Add("late>");
        if (prospects.BudgetUsd is not null)
            columns.Add("over>");
        var table = Listing.Of([.. columns, ""]);
        foreach (var p in prospects.Strategies)
        {
            List<string> cells = [Name(p.Strategy), Money(p.Usd.P10), Money(p.Usd.P50), Money(p.Usd.P90), Done(p.Finish.P10), Done(p.Finish.P50), Done(p.Finish.P90)];
            if (p.MissesDeadline is { } late)
                cells.Add(Share(late));
            if (p.PassesBudget is { } over)
                cells.Add(Share(over));
            table.AddRow([.. cells, p.IsTheJobs ? "[green]<- yours[/]" : ""]);
        }

        return table;
    }

    private static Listing Points(IReadOnlyList<FrontierPoint> frontier)
    {
        var table = Listing.Of("", "", "mean>", "done 90>");
        for (var i = 0; i < frontier.Count; i++)
        {
            var point = frontier[i];
            var what = point switch
            {
                { OfferId: { } offer } => $"{Name(point.Strategy)}, offer {offer}",
                { DeadlineHours: { } due } => $"{Name(point.Strategy)}, deadline {Span(due)}",
                { Strategy: Strategy.Auto or Strategy.Interruptible } => $"{Name(point.Strategy)}, no deadline",
                _ => Name(point.Strategy),
            };
            table.AddRow($"[bold]{FrontierChart.Letter(i)}[/]", Shown.Text(what), Figures.Usd(point.Usd), Span(point.FinishHours));
        }

        return table;
    }

    private static string Name(Strategy strategy) => strategy switch
    {
        Strategy.OnDemand => "on-demand",
        Strategy.BidAndWait => "bid, wait",
        Strategy.BidAndMove => "bid, move",
        Strategy.Interruptible => "interruptible",
        _ => "auto",
    };

    /// <summary>The column says that it is dollars.</summary>
    private static string Money(decimal usd) => Figures.Usd(usd).Replace("$", "", StringComparison.Ordinal);

    private static string Done(double? hours) => hours is { } h ? Span(h) : "open";

    /// <summary>Never a flat 0 or 100 % where there was another case.</summary>
    private static string Share(double share) => share switch
    {
        > 0 and < 0.01 => "<1 %",
        > 0.99 and < 1 => ">99 %",
        _ => Figures.Number(share * 100, "0") + " %",
    };

    private static string Span(double hours) => Figures.Span(TimeSpan.FromHours(hours));
}
