using Lodger.Cli.Terminal;

namespace Lodger.Cli.Text;

/// <summary>
/// The one look of tables: no lines, two spaces in front and between columns (one where the terminal is narrow), numbers to the right, and a last column that
/// continues under itself. Where that is not enough, rows go on in a second line. Cells are markup.
/// </summary>
internal sealed class Listing
{
    private const string Gap = "  ";
    private const string NarrowGap = " ";
    private const string FoldIndent = "      ";
    private const int LastWidthMin = 12;
    private readonly string[] headings;
    private readonly bool[] isNumber;
    private readonly List<string[]> rows = [];

    private Listing(ReadOnlySpan<string> columns)
    {
        headings = [.. columns.ToArray().Select(c => c.TrimEnd('>'))];
        isNumber = [.. columns.ToArray().Select(c => c.EndsWith('>'))];
    }

    /// <param name="columns">A heading that ends in <c>&gt;</c> is aligned right: numbers.</param>
    public static Listing Of(params ReadOnlySpan<string> columns) => new(columns);

    /// <summary>Labels on the left, facts on the right, no headings.</summary>
    public static Listing Facts() => new(["", ""]);

    /// <summary>One cell a column; empty facts are left out.</summary>
    public void AddRow(params ReadOnlySpan<string> cells)
    {
        if (headings is ["", ""] && cells[1].Length == 0)
            return;
        rows.Add(cells.ToArray());
    }

    public IReadOnlyList<string> Lines(int screenWidth)
    {
        var widths = headings.Select((h, i) => rows.Select(r => Length(r[i])).Append(h.Length).Max()).ToArray();
        var last = widths.Length - 1;
        var lastMin = Math.Min(widths[last], LastWidthMin);
        var gap = screenWidth - Lead(widths, Gap) >= lastMin ? Gap : NarrowGap;
        var lead = Lead(widths, gap);
        if (screenWidth - lead < lastMin)
            return Folded(widths, screenWidth);
        widths[last] = Math.Min(widths[last], screenWidth - lead);
        var lines = new List<string>();
        if (headings.Any(h => h.Length > 0))
            lines.Add($"[dim]{Line(headings, widths, gap)}[/]");
        foreach (var row in rows)
        {
            // A cell that is broken loses its colour: a tag cannot be cut in two.
            var tail = Length(row[last]) <= widths[last] || isNumber[last]
                ? [row[last]]
                : Wrapped.Lines(Markup.Remove(row[last]), widths[last]).Select(Markup.Escape).ToArray();
            lines.Add(Line([.. row[..last], tail[0]], widths, gap));
            lines.AddRange(tail.Skip(1).Select(t => new string(' ', lead) + t));
        }

        return lines;
    }

    /// <summary>Too many columns for the screen: each row goes on in another line, all at the same column.</summary>
    private List<string> Folded(int[] widths, int screenWidth)
    {
        var lines = new List<string>();
        if (headings.Any(h => h.Length > 0))
            lines.AddRange(Fold(headings).Select(l => $"[dim]{l}[/]"));
        foreach (var row in rows)
            lines.AddRange(Fold(row));
        return lines;

        IEnumerable<string> Fold(string[] cells)
        {
            var (line, taken) = (Gap, Gap.Length);
            for (var i = 0; i < cells.Length; i++)
            {
                var isLast = i == cells.Length - 1;
                if (taken > FoldIndent.Length && taken + Math.Min(widths[i], isLast ? LastWidthMin : int.MaxValue) > screenWidth)
                {
                    if (line.Trim().Length > 0)
                        yield return line.TrimEnd();
                    (line, taken) = (FoldIndent, FoldIndent.Length);
                }

                if (isLast && !isNumber[i] && taken + Length(cells[i]) > screenWidth)
                {
                    foreach (var part in Wrapped.Lines(Markup.Remove(cells[i]), screenWidth - taken))
                    {
                        yield return line + Markup.Escape(part);
                        line = new string(' ', taken);
                    }

                    yield break;
                }

                line += Padded(i, cells[i], widths[i]) + NarrowGap;
                taken += widths[i] + NarrowGap.Length;
            }

            if (line.Trim().Length > 0)
                yield return line.TrimEnd();
        }
    }

    private static int Lead(int[] widths, string gap) => Gap.Length + widths[..^1].Sum(w => w + gap.Length);

    private string Line(string[] cells, int[] widths, string gap) => (Gap + string.Join(gap, cells.Select((c, i) => Padded(i, c, widths[i])))).TrimEnd();

    private string Padded(int column, string cell, int width) => isNumber[column] ? Pad(cell, width) + cell : cell + Pad(cell, width);

    private static string Pad(string cell, int width) => new(' ', Math.Max(0, width - Length(cell)));

    private static int Length(string markup) => Markup.Remove(markup).Length;
}
