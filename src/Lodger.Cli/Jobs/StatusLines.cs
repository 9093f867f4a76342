using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Server.Api;

namespace Lodger.Cli.Jobs;

/// <summary>
/// The lines at the bottom that say what goes on this moment. On a terminal they are redrawn in place; elsewhere each step is one line: a transfer, a verification,
/// a tenth of the work.
/// </summary>
internal sealed class StatusLines(Surroundings around) : IDisposable
{
    private const int LeadWidth = 22;
    private readonly Screen screen = around.Screen;
    private readonly HashSet<(int Attempt, JobPhase Phase, string? Work, int Tenth)> said = [];
    private int drawn;

    /// <summary>A line that stays, above the ones that change.</summary>
    public void Keep(string markup)
    {
        Erase();
        screen.Line(markup);
    }

    public void Show(JobView job)
    {
        if (screen.IsJson)
            return;
        if (screen.IsLive)
            Redraw(job);
        else
            Repeat(job);
    }

    public void Dispose() => Erase();

    private void Redraw(JobView job)
    {
        var lines = Lines(job);
        Erase();
        foreach (var line in lines)
            screen.Line(line);
        drawn = lines.Count;
    }

    private List<string> Lines(JobView job)
    {
        var elapsed = Figures.Clock(around.Time.GetUtcNow() - job.SubmittedAt);
        var lead = new string(' ', LeadWidth);
        var room = screen.Width - 1 - LeadWidth;
        var facts = Broken(JobText.Doing(job, around.Time), "[[", room).Concat(Broken(JobText.Meter(job.Meter), "| ", room)).ToArray();
        List<string> lines = [$"[dim]{elapsed,9}[/]  [bold]{JobText.ShortPhaseWord(job.Phase),-10}[/] {facts[0]}", .. facts.Skip(1).Select(f => lead + f)];
        if (around.Next(job) is { Length: > 0 } next)
            lines.Add($"{lead}[dim]next: {Shown.Text(next)}[/]");
        // A line that would be broken could not be erased again.
        return [.. lines.Select(line => Fit(line, screen.Width - 1))];
    }

    /// <summary>In two before the bar or the sum when it does not fit as one.</summary>
    private static string[] Broken(string markup, string before, int room)
    {
        var at = markup.IndexOf(before, StringComparison.Ordinal);
        return at <= 0 || Markup.Remove(markup).Length <= room ? [markup] : [markup[..at].TrimEnd(), markup[at..]];
    }

    private static string Fit(string markup, int width)
    {
        var plain = Markup.Remove(markup);
        return plain.Length <= width ? markup : Markup.Escape(plain[..Math.Max(0, width - 3)] + "...");
    }

    /// <summary>Up over the drawn lines and clear to the end of the screen.</summary>
    private void Erase()
    {
        if (drawn == 0)
            return;
        screen.OutWriter.Write($"\u001b[{drawn}A\r\u001b[J");
        screen.OutWriter.Flush();
        drawn = 0;
    }

    private void Repeat(JobView job)
    {
        var tenth = job is { Phase: JobPhase.Running, Work: null, Progress.Fraction: { } fraction } ? (int)(fraction * 10) : 0;
        // A copy of each checkpoint stands in the journal; that the work goes on after it is no news.
        if ((job.Work is null && job.Progress is null) || !said.Add((job.Attempt, job.Phase, job.Work?.What, tenth)))
            return;
        var doing = $"           {JobText.ShortPhaseWord(job.Phase),-10} {JobText.Doing(job, around.Time)}";
        var whole = $"{doing} | {JobText.Meter(job.Meter)}";
        var room = screen.Width - 1;
        screen.Line(Markup.Remove(whole).Length <= room ? whole : Fit(doing, room));
    }
}
