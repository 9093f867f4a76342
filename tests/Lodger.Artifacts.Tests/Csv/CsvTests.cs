using System.Text;
using Lodger.Artifacts.Formats.Csv;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>Records, columns and quotes of RFC 4180: what is counted, and which line is named.</summary>
public sealed class CsvTests
{
    private static FileReport Verify(string name, string text) => Verifying.Content(name, Encoding.UTF8.GetBytes(text));

    private static string Rows(long rows, long columns) => $"{rows} rows of {columns} columns under a header, quotes, UTF-8; a cut between lines leaves no trace";

    [Theory]
    [InlineData("a.csv", "CSV")]
    [InlineData("A.CSV", "CSV")]
    [InlineData("a.tsv", "CSV")]
    [InlineData("A.TSV", "CSV")]
    [InlineData("csv", "hash only")]
    public void The_name_says_that_it_is_CSV(string name, string format) => Verify(name, "a,b\n").Format.ShouldBe(format);

    [Theory]
    [InlineData("\n\n", 0, 0)]
    [InlineData("a\n", 0, 1)]
    [InlineData("a,b\n", 0, 2)]
    [InlineData("a,b\n1,2\n", 1, 2)]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n", 2, 2)]
    [InlineData("a,b\n\n1,2\n\n\n3,4\n\n", 2, 2)]
    [InlineData("a,b\r\n\r\n1,2\r\n", 1, 2)]
    [InlineData("a,b\n,\n", 1, 2)]
    [InlineData("a\n \n\"\"\nx\n", 3, 1)]
    [InlineData("a,b\n\"x,\ny\"\"z\",2\n3,\"\"\n", 2, 2)]
    [InlineData("a,b\nx\"y,2\n3,4\"\n", 2, 2)]
    [InlineData("a,b\nx\"y,z\"\n", 1, 2)]
    [InlineData("a,b\n\"1\",\"2\"\r\n", 1, 2)]
    [InlineData("a\tb\n1,5\t2,5\n", 1, 2)]
    [InlineData("a;b\n1,5;2,5\n", 1, 2)]
    [InlineData("a,b;c\n1,2\n", 1, 2)]
    [InlineData("a,b\tc\n1,2\n", 1, 2)]
    [InlineData("a\tb;c\n1\t2\n", 1, 2)]
    [InlineData("a,b\tc;d\te;f\n1\t2\t3\n", 1, 3)]
    [InlineData("a;b\tc;d\n1;2;3\n", 1, 3)]
    [InlineData("a,b;c;d\n1;2;3\n", 1, 3)]
    [InlineData("\"a;b;c\",d\n1,2\n", 1, 2)]
    [InlineData("\"a\n;;b\",c\n1,2\n", 1, 2)]
    [InlineData("a,b\n1;2;3,4;5\n", 1, 2)]
    [InlineData("\"a\"\"b;;\",c\n1,2\n", 1, 2)]
    [InlineData("\"a\";b;c\n1;2;3\n", 1, 3)]
    public void Rows_and_columns_are_counted_whichever_mark_parts_them(string text, int rows, int columns)
    {
        var report = Verify("t.csv", text);

        report.Lines().ShouldBe(["Loads"]);
        report.Checked.ShouldBe(Rows(rows, columns));
    }

    [Theory]
    [InlineData("", "LoadsWithWarning Warning empty: it is empty.")]
    [InlineData("a,b", "LoadsWithWarning Warning csv-open-end: the last line has all its columns, but no line end follows it.")]
    [InlineData("a,b\n1,2", "LoadsWithWarning Warning csv-open-end: the last line has all its columns, but no line end follows it.")]
    [InlineData("a,b\n1", "LoadsWithWarning Warning csv-cut-line: its last line, 2, has 1 of 2 columns and no line end: it was cut.")]
    [InlineData("a,b,c\n1,2,3\n\n4,5", "LoadsWithWarning Warning csv-cut-line: its last line, 4, has 2 of 3 columns and no line end: it was cut.")]
    [InlineData("a,b,c\n1,2\n3", "LoadsWithWarning Warning csv-cut-line: its last line, 3, has 1 of 3 columns and no line end: it was cut.")]
    [InlineData("a,b\n\"x\ny\"", "LoadsWithWarning Warning csv-cut-line: its last line, 2, has 1 of 2 columns and no line end: it was cut.")]
    [InlineData("a,b\n1\n", "LoadsWithWarning Warning csv-columns: 1 of its 2 records have not the 2 columns of the first; line 2 has 1.")]
    [InlineData("a,b\n1,2,3", "LoadsWithWarning Warning csv-columns: 1 of its 2 records have not the 2 columns of the first; line 2 has 3.")]
    [InlineData("a,b\n1\n2,3", "LoadsWithWarning Warning csv-columns: 1 of its 3 records have not the 2 columns of the first; line 2 has 1.")]
    [InlineData("a,b\n1,2\n3,4,5\n6\n7,8\n", "LoadsWithWarning Warning csv-columns: 2 of its 5 records have not the 2 columns of the first; line 3 has 3.")]
    [InlineData("a,b\n\"x\n\ny\",2\n3\n", "LoadsWithWarning Warning csv-columns: 1 of its 3 records have not the 2 columns of the first; line 5 has 1.")]
    [InlineData("a,b\n\"x,,y\",2\n3\n", "LoadsWithWarning Warning csv-columns: 1 of its 3 records have not the 2 columns of the first; line 3 has 1.")]
    [InlineData("a,b\n\"x\ny\"\n", "LoadsWithWarning Warning csv-columns: 1 of its 2 records have not the 2 columns of the first; line 2 has 1.")]
    [InlineData("a,b\n\"x\"y,2\n", "LoadsWithWarning Warning csv-quote: in line 2 text follows a closing quote.")]
    [InlineData("a,b\n1,2\n\"x\" ,2\n\"z\"z,2\n", "LoadsWithWarning Warning csv-quote: in line 3 text follows a closing quote.")]
    [InlineData("a,b\n\"x\ny\"z,2\n", "LoadsWithWarning Warning csv-quote: in line 3 text follows a closing quote.")]
    [InlineData("a,b\n\"x\"y\"z,w\"\n", "LoadsWithWarning Warning csv-quote: in line 2 text follows a closing quote.")]
    [InlineData("a,b\n1,2\n3,\"x\ny\nz\n", "LoadsWithWarning Warning csv-open-quote: a quote that opens in line 3 is never closed: it was cut, or its writer does not quote.")]
    [InlineData("a\n\"x\ny\"\n\"z\n", "LoadsWithWarning Warning csv-open-quote: a quote that opens in line 4 is never closed: it was cut, or its writer does not quote.")]
    [InlineData("a\n\"x\ny\"\"z\n", "LoadsWithWarning Warning csv-open-quote: a quote that opens in line 2 is never closed: it was cut, or its writer does not quote.")]
    [InlineData("a,b\n1\n\"", "LoadsWithWarning Warning csv-open-quote: a quote that opens in line 3 is never closed: it was cut, or its writer does not quote.")]
    public void What_is_wrong_is_said_with_its_line(string text, string says) => ReportLines.Only("t.csv", text).ShouldBe(says);

    /// <summary>What "\t".join writes, and csv.writer with QUOTE_NONE; then what pandas and csv.writer quote in such files.</summary>
    [Theory]
    [InlineData("word\tcount\n\"\t12\n\"the\t7\n'\t3\n", "Loads", 3, 2)]
    [InlineData("\"word\tcount\nx\"y\t12\n\"a\"b\t7\n", "Loads", 2, 2)]
    [InlineData("a\tb\n\"x\"\t\"y\"\n", "Loads", 1, 2)]
    [InlineData("a\tb\n\"x\ty\"\t2\n", "Loads", 1, 2)]
    [InlineData("a\tb\n\"x\n\"\"y\"\t2\n\"\t\"\t3\n", "Loads", 2, 2)]
    [InlineData("a\tb\n\"x\ty\t2\n", "LoadsWithWarning Warning csv-columns: 1 of its 2 records have not the 2 columns of the first; line 2 has 3.", 1, 2)]
    [InlineData("a\tb\n\"x\ny\"z\t2\n", "LoadsWithWarning Warning csv-columns: 1 of its 3 records have not the 2 columns of the first; line 2 has 1.", 2, 2)]
    [InlineData("a\tb\n1\t\"x\ny", "LoadsWithWarning Warning csv-cut-line: its last line, 3, has 1 of 2 columns and no line end: it was cut.", 2, 2)]
    public void Quotes_in_TSV_are_characters_unless_the_table_is_even_with_them_alone(string text, string says, int rows, int columns)
    {
        ReportLines.Only("t.TSV", text).ShouldBe(says);
        Verify("t.TSV", text).Checked.ShouldBe(Rows(rows, columns));
    }

    [Fact]
    public void Rows_are_counted_up_to_a_quote_that_stays_open() => Verify("t.csv", "word,count\na,1\n\",12\nthe,7\n").Checked
        .ShouldBe("1 rows of 2 columns under a header up to the open quote, UTF-8; a cut between lines leaves no trace");

    [Fact]
    public void Odd_characters_are_said_beside_the_rest()
    {
        Verifying.Content("t.csv", [.. "a,b\n1,"u8, 0, 0xC3, (byte)'\n']).Lines().ShouldBe(
            ["LoadsWithWarning", "Warning text-nul: it has 1 NUL bytes, the first at byte 6: a machine that lost power leaves such holes.", "Warning text-not-utf8: it is not UTF-8 from byte 7 on."]);
        Verifying.Content("t.csv", "a,b\n\"x\"y\n"u8).Lines().Length.ShouldBe(3, "columns and quote");
        ReportLines.Only("t.csv", [0xFF, 0xFE, (byte)'a', 0]).ShouldBe("HashOnly Warning csv-utf16: it begins with UTF-16's mark, and only UTF-8 is read here.");
    }

    [Fact]
    public void A_table_longer_than_what_is_read_at_once_is_read_to_its_end()
    {
        var rows = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i},\"é\n{i}\"\n"));

        Verify("t.csv", "a,b\n" + rows).Checked.ShouldBe(Rows(60_000, 2));
        ReportLines.Only("t.csv", $"a,b\n{rows}1\n").ShouldBe("LoadsWithWarning Warning csv-columns: 1 of its 60002 records have not the 2 columns of the first; line 120002 has 1.");
    }

    [Fact]
    public void A_table_is_counted_alike_wherever_reading_it_stopped_and_went_on()
    {
        var text = "a,b\r\n\"x,\"\"\ny\",2\n\n3\n\"z\"z,\"\"\"\"\n4,5,\"6"u8.ToArray();
        var whole = Scanned(text, text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            Scanned(text, at).ShouldBe(whole, $"split at {at}");
        }
    }

    private static (long, long, long, (long, long), (long, long), long?, long?) Scanned(byte[] text, int split)
    {
        var scan = new CsvScan((byte)',');
        scan.Feed(text.AsSpan(0, split));
        scan.Feed(text.AsSpan(split));
        scan.Finish();
        return (scan.Records, scan.Columns, scan.Uneven, scan.FirstUneven, scan.Last, scan.StrayQuoteLine, scan.OpenQuoteLine);
    }
}
