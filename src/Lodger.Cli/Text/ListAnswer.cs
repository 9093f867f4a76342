using System.Text.Json.Serialization.Metadata;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Text;

/// <summary>What a command that lists things says: JSON, or a table, or a sentence where there is nothing.</summary>
internal static class ListAnswer
{
    /// <param name="none">A sentence, and the next command; markup.</param>
    /// <param name="columns">As <see cref="Listing.Of"/> takes them.</param>
    /// <param name="row">Markup, one cell a column.</param>
    public static ExitCode Write<T>(Screen screen, T[] items, JsonTypeInfo<T[]> json, string none, ReadOnlySpan<string> columns, Func<T, string[]> row)
    {
        if (screen.IsJson)
        {
            screen.Json(items, json);
        }
        else if (items.Length == 0)
        {
            screen.Line(none);
        }
        else
        {
            var table = Listing.Of(columns);
            foreach (var item in items)
                table.AddRow(row(item));
            screen.Table(table);
        }

        return ExitCode.Ok;
    }
}
