using Lodger.Cli.Terminal;
using Spectre.Console;

namespace Lodger.Cli.Text;

/// <summary>
/// The one look of tables: no lines, two spaces in front and between columns, numbers to the right, and a last column that continues under itself where the
/// terminal is too narrow. Cells are markup.
/// </summary>
internal sealed class Listing
{
    private const string Gap = "  ";
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
        var lead = widths[..last].Sum(w => w + Gap.Length) + Gap.Length;
        widths[last] = Math.Max(LastWidthMin, Math.Min(widths[last], screenWidth - lead));
        var lines = new List<string>();
        if (headings.Any(h => h.Length > 0))
            lines.Add($"[dim]{Line(headings, widths)}[/]");
        foreach (var row in rows)
        {
            // A cell that is broken loses its colour: a tag cannot be cut in two.
            var tail = Length(row[last]) <= widths[last] || isNumber[last]
                ? [row[last]]
                : Wrapped.Lines(Markup.Remove(row[last]), widths[last]).Select(Markup.Escape).ToArray();
            lines.Add(Line([.. row[..last], tail[0]], widths));
            lines.AddRange(tail.Skip(1).Select(t => new string(' ', lead) + t));
        }

        return lines;
    }

    private string Line(string[] cells, int[] widths) =>
        (Gap + string.Join(Gap, cells.Select((c, i) => isNumber[i] ? Pad(c, widths[i]) + c : c + Pad(c, widths[i])))).TrimEnd();

    private static string Pad(string cell, int width) => new(' ', Math.Max(0, width - Length(cell)));

    private static int Length(string markup) => Markup.Remove(markup).Length;
}
