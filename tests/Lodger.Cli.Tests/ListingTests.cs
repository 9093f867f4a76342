using Lodger.Cli.Terminal;
using Lodger.Cli.Text;

namespace Lodger.Cli.Tests;

public sealed class ListingTests
{
    private static readonly string[] Cells = ["18124062", "NO", "RTX 3090", "0.989", "0.179", "52 s", "$0.0061", "$0.021", "08:16", "bandwidth $0.017/GB"];

    [Theory]
    [InlineData(200)]
    [InlineData(80)]
    [InlineData(79)]
    [InlineData(60)]
    [InlineData(40)]
    public void No_line_is_longer_than_the_screen_and_nothing_is_lost(int width)
    {
        var table = Offers();
        var lines = table.Lines(width).Select(Markup.Remove).ToList();

        lines.ShouldAllBe(l => l.Length <= width);
        var words = lines.SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        foreach (var cell in Cells.SelectMany(c => c.Split(' ')))
            words.ShouldContain(cell);
    }

    [Fact]
    public void On_a_narrow_screen_the_gap_between_columns_shrinks_before_anything_is_folded()
    {
        var lines = Offers().Lines(80).Select(Markup.Remove).ToList();
        lines[1].ShouldBe("  18124062 NO RTX 3090  0.989 0.179 52 s $0.0061 $0.021 08:16 <- chosen");
        lines[2].ShouldEndWith("08:16 bandwidth");
        lines[3].Trim().ShouldBe("$0.017/GB");
        Offers().Lines(200)[1].ShouldBe("  18124062  NO  RTX 3090   0.989  0.179  52 s  $0.0061  $0.021  08:16  <- chosen");
    }

    [Fact]
    public void Folded_rows_have_their_cells_under_their_headings()
    {
        var lines = Offers().Lines(60).Select(Markup.Remove).ToList();
        lines[1].IndexOf("done", StringComparison.Ordinal).ShouldBe(lines[3].IndexOf("08:16", StringComparison.Ordinal) + 1);
        lines[3].ShouldContain("<- chosen");
    }

    private static Listing Offers()
    {
        var table = Listing.Of("offer", "in", "gpu", "reliab>", "$/h>", "boot>", "moved>", "total>", "done>", "why not");
        table.AddRow([.. Cells[..^1], "<- chosen"]);
        table.AddRow(Cells);
        return table;
    }
}
