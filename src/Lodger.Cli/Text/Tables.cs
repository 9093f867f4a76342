using Spectre.Console;

namespace Lodger.Cli.Text;

/// <summary>The one look of tables: no lines, two spaces between columns, two in front.</summary>
internal static class Tables
{
    /// <param name="columns">A heading that ends in <c>&gt;</c> is aligned right: numbers.</param>
    public static Table Of(params ReadOnlySpan<string> columns)
    {
        var table = new Table().NoBorder();
        var first = true;
        foreach (var heading in columns)
        {
            var isNumber = heading.EndsWith('>');
            var column = new TableColumn($"[dim]{heading.TrimEnd('>')}[/]") { Padding = new Padding(first ? 2 : 0, 0, 2, 0) };
            table.AddColumn(isNumber ? column.RightAligned().NoWrap() : column);
            first = false;
        }

        return table;
    }

    /// <summary>Labels on the left, facts on the right.</summary>
    public static Table Facts()
    {
        var table = new Table().NoBorder().HideHeaders();
        table.AddColumn(new TableColumn("") { Padding = new Padding(2, 0, 2, 0), NoWrap = true });
        table.AddColumn(new TableColumn("") { Padding = new Padding(0, 0, 0, 0) });
        return table;
    }
}
