using Lodger.Domain.Prospects;

namespace Lodger.Cli.Text;

/// <summary>Money upwards, time to the right (its logarithm: the last dollars saved take very long), a letter a point. Fits into 80 columns, and into ASCII.</summary>
internal static class FrontierChart
{
    private const int Columns = 56;
    private const int Rows = 8;

    /// <summary>a to z, then the last again: a frontier has hardly half as many.</summary>
    public static char Letter(int i) => (char)('a' + Math.Min(i, 25));

    /// <returns>Markup.</returns>
    public static IReadOnlyList<string> Lines(IReadOnlyList<FrontierPoint> points, bool unicode)
    {
        var (bar, tick, corner, line) = unicode ? ('│', '┤', '└', '─') : ('|', '+', '+', '-');
        var (soonest, latest) = (points.Min(p => p.FinishHours), points.Max(p => p.FinishHours));
        var (least, most) = (points.Min(p => p.Usd), points.Max(p => p.Usd));
        var cells = new char[Rows, Columns];
        for (var i = 0; i < points.Count; i++)
        {
            var x = latest > soonest ? (int)Math.Round(Math.Log(points[i].FinishHours / soonest) / Math.Log(latest / soonest) * (Columns - 1)) : 0;
            var y = most > least ? (int)Math.Round((double)((most - points[i].Usd) / (most - least)) * (Rows - 1)) : 0;
            // Two that fall together stand side by side.
            while (cells[y, x] != 0 && x < Columns - 1)
                x++;
            cells[y, x] = Letter(i);
        }

        string[] labels = [Figures.Usd(most), Figures.Usd(least)];
        var width = labels.Max(l => l.Length);
        List<string> lines = [];
        for (var y = 0; y < Rows; y++)
        {
            var label = y == 0 ? labels[0] : y == Rows - 1 ? labels[1] : "";
            var text = string.Concat(Enumerable.Range(0, Columns).Select(x => cells[y, x] == 0 ? " " : $"[bold]{cells[y, x]}[/]")).TrimEnd();
            lines.Add($"  {label.PadLeft(width)} {(label.Length > 0 ? tick : bar)}{text}");
        }

        var from = Figures.Span(TimeSpan.FromHours(soonest));
        var to = Figures.Span(TimeSpan.FromHours(latest));
        lines.Add($"  {new string(' ', width)} {corner}{new string(line, Columns)}");
        lines.Add($"  {new string(' ', width)}  {from}{to.PadLeft(Columns - from.Length)}");
        return lines;
    }
}
