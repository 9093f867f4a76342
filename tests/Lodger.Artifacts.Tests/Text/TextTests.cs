using System.Text;
using Lodger.Artifacts.Formats.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>What can be said of plain text: its lines, holes, and the byte from which on it is no UTF-8.</summary>
public sealed class TextTests
{
    private const string OpenEnd = "Note text-open-end: its last line has no line end.";

    [Theory]
    [InlineData("a.txt", "text")]
    [InlineData("A.TXT", "text")]
    [InlineData("run.log", "text")]
    [InlineData("README.md", "text")]
    [InlineData("job.out", "text")]
    [InlineData("job.err", "text")]
    [InlineData("txt", "hash only")]
    [InlineData("a.text", "hash only")]
    public void The_name_says_that_it_is_text(string name, string format) => Verifying.Content(name, "a\n"u8).Format.ShouldBe(format);

    [Theory]
    [InlineData("", null, "LoadsWithWarning", "Warning empty: it is empty.")]
    [InlineData("\n", 1, "Loads")]
    [InlineData("a\nb\n", 2, "Loads")]
    [InlineData("a\r\n\r\nb\r\n", 3, "Loads")]
    [InlineData("a\nb", 2, "Loads", OpenEnd)]
    [InlineData("a", 1, "Loads", OpenEnd)]
    [InlineData("\0a\0\0\n", 1, "LoadsWithWarning", "Warning text-nul: it has 3 NUL bytes, the first at byte 0: a machine that lost power leaves such holes.")]
    [InlineData("a\nb\0", 2, "LoadsWithWarning", "Warning text-nul: it has 1 NUL bytes, the first at byte 3: a machine that lost power leaves such holes.", OpenEnd)]
    public void Its_lines_are_counted_and_what_is_odd_is_said(string text, int? lines, params string[] says)
    {
        var report = Verifying.Content("run.log", Encoding.UTF8.GetBytes(text));

        report.Lines().ShouldBe(says);
        report.Checked.ShouldBe(lines is null ? "size and SHA-256" : $"{lines} lines of text, UTF-8 and NUL bytes; a cut between lines leaves no trace");
    }

    [Theory]
    [InlineData("FFFE61000A00", "HashOnly Warning text-utf16: it begins with UTF-16's mark, and only UTF-8 is read here.")]
    [InlineData("FEFF0061000A", "HashOnly Warning text-utf16: it begins with UTF-16's mark, and only UTF-8 is read here.")]
    [InlineData("FFFE", "HashOnly Warning text-utf16: it begins with UTF-16's mark, and only UTF-8 is read here.")]
    [InlineData("FF0A", "LoadsWithWarning Warning text-not-utf8: it is not UTF-8 from byte 0 on.")]
    [InlineData("FEFE0A", "LoadsWithWarning Warning text-not-utf8: it is not UTF-8 from byte 0 on.")]
    [InlineData("EFBBBF610A", "Loads")]
    public void Its_first_bytes_tell_the_encoding(string hex, string says) => ReportLines.Only("run.log", Convert.FromHexString(hex)).ShouldBe(says);

    [Theory]
    [InlineData("61C3A9E282ACF09F98800A", null, false)]
    [InlineData("6180", 1, false)]
    [InlineData("C3A9C3", null, true)]
    [InlineData("C3A9E282", null, true)]
    [InlineData("F09F98", null, true)]
    [InlineData("F09F", null, true)]
    [InlineData("61F0", null, true)]
    [InlineData("C3A9E28261", 2, false)]
    [InlineData("E282ACC380E282AC80", 8, false)]
    [InlineData("6161F09F9861", 2, false)]
    [InlineData("6161F0610A", 2, false)]
    [InlineData("C0AF", 0, false)]
    [InlineData("61EDA080", 1, false)]
    [InlineData("F4908080", 0, false)]
    [InlineData("C3A9FFC3", 2, false)]
    [InlineData("FF61FF", 0, false)]
    public void The_first_byte_that_is_not_UTF8_is_found_however_the_bytes_come_by(string hex, int? wrong, bool isOpen)
    {
        var bytes = Convert.FromHexString(hex);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                var check = new Utf8Check();
                check.Feed(bytes.AsSpan(0, first));
                check.Feed(bytes.AsSpan(first, second - first));
                check.Feed(bytes.AsSpan(second));
                check.FirstWrong.ShouldBe(wrong, $"split at {first} and {second}");
                (check.IsOpen && wrong is null).ShouldBe(isOpen, $"split at {first} and {second}");
            }
        }
    }

    [Fact]
    public void Text_longer_than_what_is_read_at_once_is_looked_at_to_its_end()
    {
        // three bytes a character: wherever reading stops, it is inside of one before long
        var text = Encoding.UTF8.GetBytes("x" + string.Concat(Enumerable.Repeat("€€€\n", 90_000)));
        var report = Verifying.Content("run.log", text);
        (report.Verdict, report.Checked[..5]).ShouldBe((Verdict.Loads, "90000"));

        ReportLines.Only("run.log", [.. text, 0xE2, 0x82, (byte)'\n']).ShouldBe("LoadsWithWarning Warning text-not-utf8: it is not UTF-8 from byte 900001 on.");
        Verifying.Content("run.log", [.. text, 0, 0]).Lines()[1].ShouldBe("Warning text-nul: it has 2 NUL bytes, the first at byte 900001: a machine that lost power leaves such holes.");
        Verifying.Content("run.log", [0, .. text, 0, (byte)'\n']).Lines()[1].ShouldBe("Warning text-nul: it has 2 NUL bytes, the first at byte 0: a machine that lost power leaves such holes.");
        Verifying.Content("run.log", [.. text, 0xE2, 0x82]).Lines()[1].ShouldBe("Warning text-cut: it ends in the middle of a character: it was cut short.");
    }
}
