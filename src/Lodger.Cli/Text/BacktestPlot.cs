using System.Globalization;
using System.Security;
using System.Text;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Cli.Text;

/// <summary>Cost over hindsight as an SVG picture: a row a policy, a dot a trace, a tick the mean, a line its bounds.</summary>
internal static class BacktestPlot
{
    private const int Left = 170;
    private const int Right = 40;
    private const int Top = 64;
    private const int Row = 44;
    private const int Width = 760;
    private const int Bottom = 56;

    public static string Of(BacktestReport report)
    {
        var most = report.Policies.SelectMany(p => p.Zones.Append(p.OverHindsight.High ?? 0).Append(p.OverHindsight.Mean)).Append(0.01).Max() * 100;
        var step = StepOf(most);
        var scale = (Width - Left - Right) / (Math.Ceiling(most / step) * step);
        var height = Top + (Row * report.Policies.Count) + Bottom;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n");
        var terms = report.Terms;
        var title = string.Create(CultureInfo.InvariantCulture, $"{terms.WorkHours:0.##} h of work, deadline after {terms.DeadlineHours:0.##} h, {terms.RestartHours * 60:0.##} min a start");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Text(title)}</title>\n<rect width=\"{Width}\" height=\"{height}\" fill=\"white\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"24\" font-size=\"15\">{Text(title)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"44\" fill=\"#555\">cost over hindsight, %; {Text($"{report.Zones.Count} traces, {report.Terms.Starts} starts each")}</text>\n");
        for (var at = 0d; at <= (Math.Ceiling(most / step) * step) + 1e-9; at += step)
        {
            var x = Left + (at * scale);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" y1=\"{Top}\" x2=\"{x:0.#}\" y2=\"{height - Bottom}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{height - Bottom + 18}\" text-anchor=\"middle\" fill=\"#555\">{at:0.##}</text>\n");
        }

        for (var i = 0; i < report.Policies.Count; i++)
            AppendRow(svg, report.Policies[i], Top + (Row * i) + (Row / 2), scale);
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{height - 14}\" fill=\"#555\">dots: traces; mark: mean; line: 95 % bounds</text>\n</svg>\n");
        return svg.ToString();
    }

    private static void AppendRow(StringBuilder svg, PolicyFigures policy, int y, double scale)
    {
        double X(double over) => Left + (Math.Max(0, over) * 100 * scale);
        var late = policy.Missed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {policy.Missed} missed");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 12}\" y=\"{y + 4}\" text-anchor=\"end\">{Text(policy.Policy + late)}</text>\n");
        foreach (var zone in policy.Zones)
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(zone):0.#}\" cy=\"{y}\" r=\"4\" fill=\"#3572b0\" fill-opacity=\"0.35\"/>");
        if (policy.OverHindsight is { Low: { } low, High: { } high })
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(low):0.#}\" y1=\"{y}\" x2=\"{X(high):0.#}\" y2=\"{y}\" stroke=\"#222\" stroke-width=\"2\"/>");
        var mean = X(policy.OverHindsight.Mean);
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{mean:0.#}\" y1=\"{y - 9}\" x2=\"{mean:0.#}\" y2=\"{y + 9}\" stroke=\"#222\" stroke-width=\"3\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{mean:0.#}\" y=\"{y - 12}\" text-anchor=\"middle\" font-size=\"11\">{100 * policy.OverHindsight.Mean:0.0}</text>\n");
    }

    /// <summary>1, 2 or 5 times a power of ten, so that there are four to ten lines.</summary>
    private static double StepOf(double most)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(most)));
        return (most / power) switch
        {
            < 2 => power / 5,
            < 5 => power / 2,
            _ => power,
        };
    }

    private static string Text(string text) => SecurityElement.Escape(text);
}
