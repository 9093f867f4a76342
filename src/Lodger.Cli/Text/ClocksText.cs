using Lodger.Cli.Terminal;
using Lodger.Domain.Clocks;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Text;

/// <summary>Clocks as a person reads them: how long is left, what it costs meanwhile, what to do.</summary>
internal static class ClocksText
{
    public static void Write(Screen screen, ClocksView view, TimeProvider time)
    {
        if (view.Accounts.Count == 0)
            screen.Line("  No account has a job. Name one:  lodger clocks --account NAME");
        foreach (var account in view.Accounts)
        {
            screen.Line($"  [bold]{Shown.Text(account.Market)}[/]{(account.BurnUsdPerHour is { } burn ? $"  {Figures.UsdPerHour(burn)} for everything on it" : "")}");
            foreach (var clock in account.Clocks)
                One(screen, clock, view.Lead, time);
            if (account.Clocks.Count == 0 && account.Missing.Count == 0)
                screen.Line("    no clock runs");
            foreach (var missing in account.Missing)
                screen.Hang("    [yellow]unknown[/]   ", missing);
        }

        screen.Line();
        if (view.NotifyProblem is { } problem)
            screen.Hang("  [yellow]!![/]  ", $"{problem.Message} {problem.Fix}");
        else
            screen.Line(view.Notifies ? $"  Each is told once, {Figures.Span(view.Lead)} before it fires." : "  Nobody is told of them: notify.json names neither a command nor a webhook.");
    }

    /// <summary>What a person should act on now, as last looked at; nothing when the server does not say.</summary>
    public static async Task<IReadOnlyList<Clock>> DueAsync(ServerClient server, string? account, CancellationToken cancellationToken) =>
        (await server.ClocksAsync(account, latest: true, due: true, cancellationToken)).TryGet(out var view, out _)
            ? [.. view.Accounts.SelectMany(a => a.Clocks).Where(c => c.IsDue(view.Lead))]
            : [];

    /// <summary>Of several of a kind the one that fires first, and how many more there are.</summary>
    public static void Warn(Screen screen, IReadOnlyList<Clock> due)
    {
        if (due.Count > 0)
            screen.Line();
        foreach (var alike in due.OrderBy(c => c.Left ?? TimeSpan.MinValue).GroupBy(c => c.Kind))
        {
            var clock = alike.First();
            screen.Hang("  [yellow]clock[/]  ", $"{(clock.Left is { } left ? $"in {Figures.Span(left)}: " : "")}{clock.Sentence} {clock.Fix}{More([.. alike.Skip(1)])}");
        }
    }

    private static string More(Clock[] alike)
    {
        string[] jobs = [.. alike.Select(c => c.Job).OfType<string>().Distinct()];
        return alike.Length == 0 ? "" : $"   And {alike.Length} more like it{(jobs.Length > 0 ? $" ({Alike.Cut(jobs)})" : "")}:  lodger clocks";
    }

    private static void One(Screen screen, Clock clock, TimeSpan lead, TimeProvider time)
    {
        var when = clock.Left is { } left ? $"in {Figures.Span(left)}" : "now";
        var color = clock.IsDue(lead) ? "yellow" : "default";
        var at = clock.Left is { } until ? $" ({Figures.Moment(time.GetUtcNow() + until, time)})" : "";
        screen.Hang($"    [{color}]{when.PadRight(10)}[/] ", $"{clock.Sentence}{at} {clock.Fix}");
    }
}
