using System.Globalization;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;

namespace Lodger.Cli.Tests;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(1, 1, "1 of 1 file loads")]
    [InlineData(0, 1, "0 of 1 file loads")]
    [InlineData(1, 2, "1 of 2 files load")]
    public void A_verb_agrees_with_what_it_counts(int loaded, int files, string said) => Figures.Loading(loaded, files).ShouldBe(said);

    [Theory]
    [InlineData("0", "$0.00")]
    [InlineData("3.1", "$3.10")]
    [InlineData("0.21", "$0.21")]
    [InlineData("0.0123", "$0.012")]
    [InlineData("0.0031", "$0.0031")]
    [InlineData("0.000002", "<$0.0001")]
    [InlineData("-1.5", "-$1.50")]
    [InlineData("1234.567", "$1234.57")]
    public void Money_has_cents_or_two_digits_that_mean_something(string amount, string expected) =>
        Figures.Usd(decimal.Parse(amount, CultureInfo.InvariantCulture)).ShouldBe(expected);

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 kB")]
    [InlineData(1_310_720, "1.3 MB")]
    [InlineData(612_000_000, "612 MB")]
    [InlineData(999_999_999, "1 GB")]
    public void Bytes_are_decimal(long bytes, string expected) => Figures.Bytes(bytes).ShouldBe(expected);

    [Theory]
    [InlineData(2, "0:02")]
    [InlineData(91, "1:31")]
    [InlineData(7540, "2:05:40")]
    [InlineData(273_600, "3 d 04:00")]
    [InlineData(-5, "0:00")]
    public void Elapsed_time_is_a_clock(int seconds, string expected) => Figures.Clock(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);

    [Fact]
    public void Progress_says_step_total_loss_percent_and_what_is_left() =>
        Markup.Remove(JobText.Progress(new Domain.Progress.JobProgress(1500, 6000, 1.92, ""), TimeSpan.FromMinutes(10)))
            .ShouldBe("step 1500/6000  loss 1.92  [=====>                ] 25 %  eta 30:00");

    [Fact]
    public void Table_columns_align_numbers_right_and_continue_the_last_column_under_itself()
    {
        var table = Listing.Of("name", "usd>", "why");
        table.AddRow("a", "1.00", "[green]short[/]");
        table.AddRow("longer", "12.50", "a reason that is longer than what is left of the line");

        table.Lines(40).ShouldBe(
        [
            "[dim]  name      usd  why[/]",
            "  a        1.00  [green]short[/]",
            "  longer  12.50  a reason that is longer",
            "                 than what is left of",
            "                 the line",
        ]);
    }

    [Theory]
    [InlineData("  ", "  one two\n  three\n")]
    [InlineData("  - ", "  - one\n    two\n    three\n")]
    public void A_paragraph_goes_on_under_its_text(string lead, string expected)
    {
        var output = new StringWriter();
        var screen = new Screen(output, output, TextReader.Null, new ScreenTraits(true, true, true, MayRedraw: false, NoColor: true, Width: 10));

        screen.Hang(lead, "one two three");

        output.ToString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("C.UTF-8", null, "C", true)]
    [InlineData("", "en_US.utf8", "C", true)]
    [InlineData("C", "en_US.UTF-8", "en_US.UTF-8", false)]
    [InlineData(null, null, "de_DE.ISO-8859-1", false)]
    [InlineData(null, null, null, false)]
    public void The_locale_says_whether_the_terminal_knows_more_than_ascii(string? all, string? characters, string? language, bool expected) =>
        ScreenTraits.IsUnicode(name => name switch { "LC_ALL" => all, "LC_CTYPE" => characters, "LANG" => language, _ => null }).ShouldBe(expected);

    [Theory]
    [InlineData("\u001b[31mred", "red")]
    [InlineData("a[bold]b", "a[[bold]]b")]
    [InlineData("one\r\ntwo", "one  two")]
    [InlineData("  kept", "  kept")]
    public void Shown_text_is_harmless(string text, string markup) => Shown.Text(text).ShouldBe(markup);
}
