using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>JPEG files written by ITU T.81, mark by mark: what each part must be, and where it is said to be wrong.</summary>
public sealed class JpegTests
{
    private static readonly byte[] _start = [0xFF, 0xD8];
    private static readonly byte[] _end = [0xFF, 0xD9];
    private static readonly byte[] _frame = Frame(0xC0, 300, 200, components: 3);
    private static readonly byte[] _whole = [.. _start, .. _frame, .. Scan(1, 2, 3), .. _end];

    private static byte[] Segment(byte marker, params byte[] data) => [0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];

    private static byte[] Frame(byte marker, int width, int height, byte components) =>
        Segment(marker, [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, components, .. new byte[3 * components]]);

    private static byte[] Scan(params byte[] data) => [.. Segment(0xDA, 1, 1, 0, 0, 63, 0), .. data];

    private static string Says(byte[] file) => ReportLines.Only("p.jpg", file);

    private static string Checked(byte[] file)
    {
        var report = Verifying.Content("p.jpg", file);
        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        return report.Checked;
    }

    [Theory]
    [InlineData("a.jpg", "FFD8", "JPEG")]
    [InlineData("A.JPG", "FFD8", "JPEG")]
    [InlineData("a.jpeg", "FFD8", "JPEG")]
    [InlineData("A.JPEG", "FFD8", "JPEG")]
    [InlineData("jpg", "FFD8FFE0", "JPEG")]
    [InlineData("a.bin", "FFD8FFDB00", "JPEG")]
    [InlineData("a.bin", "FFD8FF", "hash only")]
    [InlineData("a.bin", "FFD8FEE0", "hash only")]
    [InlineData("a.bin", "FFD7FFE0", "hash only")]
    [InlineData("a.bin", "FED8FFE0", "hash only")]
    public void A_JPEG_is_told_by_its_first_three_bytes_or_its_name(string name, string hex, string format) =>
        Verifying.Content(name, Convert.FromHexString(hex)).Format.ShouldBe(format);

    [Fact]
    public void Every_kind_of_segment_is_gone_through()
    {
        byte[] file =
        [
            .. _start, .. Segment(0xE0, [.. "JFIF"u8]), .. Segment(0xFE), 0xFF, 0xFF, .. Segment(0xE1, 1, 2, 3), 0xFF, 0x01, 0xFF, 0xD0, 0xFF, 0xD7,
            .. Segment(0xDB, new byte[65]), .. Frame(0xC2, 300, 200, components: 1), .. Segment(0xC4, 7), .. Segment(0xC8, 7), .. Segment(0xCC, 7),
            .. Scan(1, 0xFF, 0x00, 2, 0xFF, 0xD0, 0xFF, 0xD3, 0xFF, 0xD7, 3, 0xFF, 0xFF, 0x00), .. Segment(0xC4, 7), .. Scan(), 0xFF, .. Segment(0xC4, 7), .. Scan(9), .. Segment(0xE2, new byte[65533]), .. _end,
        ];

        Checked(file).ShouldBe("300 x 200 pixels, every segment, 3 scans to the end mark; pixels not decoded");
    }

    [Theory]
    [InlineData(0xC0)]
    [InlineData(0xC1)]
    [InlineData(0xC2)]
    [InlineData(0xC3)]
    [InlineData(0xC5)]
    [InlineData(0xC6)]
    [InlineData(0xC7)]
    [InlineData(0xC9)]
    [InlineData(0xCA)]
    [InlineData(0xCB)]
    [InlineData(0xCD)]
    [InlineData(0xCE)]
    [InlineData(0xCF)]
    public void Every_kind_of_frame_gives_the_size(byte marker) =>
        Checked([.. _start, .. Frame(marker, 0x1234, 0xABCD, components: 4), .. Scan(1), .. _end]).ShouldStartWith("4660 x 43981 pixels, ");

    [Theory]
    [InlineData(0xC4)]
    [InlineData(0xC8)]
    [InlineData(0xCC)]
    [InlineData(0xBF)]
    [InlineData(0xDB)]
    public void What_is_no_frame_gives_none(byte marker) =>
        Says([.. _start, .. Frame(marker, 300, 200, components: 1), .. Scan(1), .. _end]).ShouldBe("Damaged Error jpeg-invalid: image data comes before its frame header.");

    [Fact]
    public void A_height_that_only_the_scan_tells_is_allowed() => Checked([.. _start, .. Frame(0xC0, 5, 0, components: 1), .. Scan(1), .. _end]).ShouldStartWith("5 x 0 pixels, ");

    [Fact]
    public void What_is_wrong_is_named_with_its_place()
    {
        const string Damaged = "Damaged Error jpeg-invalid: ";
        Says("404: Not Found"u8.ToArray()).ShouldBe(Damaged + "it does not begin with JPEG's mark.");
        Says([0xFF]).ShouldBe(Damaged + "at byte 0 it needs 2 more bytes, and 1 are there: it was cut short, or a length in it is wrong.");
        Says([.. _start, .. _end]).ShouldBe(Damaged + "its end mark comes before any image data.");
        Says([.. _start, .. _frame, .. _end]).ShouldBe(Damaged + "its end mark comes before any image data.");
        Says([.. _start, .. Scan(1), .. _frame, .. _end]).ShouldBe(Damaged + "image data comes before its frame header.");
        Says([.. _start, .. Frame(0xC0, 0, 200, components: 1), .. Scan(1), .. _end]).ShouldBe(Damaged + "its frame is 0 pixels wide.");
        Says([.. _start, 0, .. _frame]).ShouldBe(Damaged + "at byte 2 there is no segment where one should begin.");
        Says([.. _start, .. _frame, 7, 7, .. Scan(1), .. _end]).ShouldBe(Damaged + "at byte 21 there is no segment where one should begin.");
        Says(_start).ShouldBe(Damaged + "it ends at byte 2 without its end mark: it was cut short.");
        Says([.. _start, 0xFF]).ShouldBe(Damaged + "it ends at byte 3 without its end mark: it was cut short.");
        Says([.. _start, .. _frame]).ShouldBe(Damaged + "it ends at byte 21 without its end mark: it was cut short.");
        Says([.. _start, .. _frame, .. Scan(1, 2)]).ShouldBe(Damaged + "its image data goes to the file's end at byte 33 without an end mark: it was cut short.");
        Says([.. _start, .. _frame, .. Scan(1, 0xFF)]).ShouldBe(Damaged + "its image data goes to the file's end at byte 33 without an end mark: it was cut short.");
        Says([.. _start, 0xFF, 0xE0, 0, 0, 5, 5]).ShouldBe(Damaged + "segment FFE0 at byte 4 claims 0 bytes, and 4 are there: it was cut short.");
        Says([.. _start, 0xFF, 0xE0, 0, 1, 5, 5]).ShouldBe(Damaged + "segment FFE0 at byte 4 claims 1 bytes, and 4 are there: it was cut short.");
        Says([.. _start, 0xFF, 0xE0, 0, 5, 5, 5]).ShouldBe(Damaged + "segment FFE0 at byte 4 claims 5 bytes, and 4 are there: it was cut short.");
        Says([.. _start, 0xFF, 0xE0, 0, 4, 5, 5]).ShouldBe(Damaged + "it ends at byte 8 without its end mark: it was cut short.");
        foreach (var frame in (byte[][])[Segment(0xC0, 8, 0, 1, 0, 1), Segment(0xC0, 8, 0, 1, 0, 1, 1, 0, 0), Segment(0xC0, 8, 0, 1, 0, 1, 1, 0, 0, 0, 0), Segment(0xC0, 8, 0, 1, 0, 1, 2, 0, 0, 0)])
        {
            Says([.. _start, .. frame, .. Scan(1), .. _end]).ShouldBe(Damaged + "its frame header has not the length its components need.");
        }
    }

    [Fact]
    public void What_follows_the_end_mark_is_a_note() =>
        Says([.. _whole, 1, 2, 3]).ShouldBe("Loads Note jpeg-trailing: 3 bytes follow the image's end mark.");

    [Fact]
    public void Every_cut_is_damage() => Verifying.EveryCutIsCaught("p.jpg", _whole);

    [Fact]
    public void A_scan_longer_than_what_is_read_at_once_ends_where_its_end_mark_is()
    {
        for (var bytes = 65_533; bytes <= 65_538; bytes++)
        {
            byte[] data = [.. new byte[bytes - 4], 0xFF, 0x00, 0xFF, 0xD1];
            Checked([.. _start, .. _frame, .. Scan(data), .. _end]).ShouldEndWith("1 scans to the end mark; pixels not decoded", customMessage: $"{bytes}");
            Says([.. _start, .. _frame, .. Scan(data), 0xFF]).ShouldContain("without an end mark", customMessage: $"{bytes}");
        }
    }

    [Theory]
    [InlineData(1_000_000, "Loads")]
    [InlineData(1_000_001, "Damaged Error jpeg-invalid: it has more than 1000000 segments.")]
    public void A_million_segments_are_gone_through(int segments, string says)
    {
        var marks = new byte[2 * (segments - 3)];
        for (var i = 0; i < marks.Length; i += 2)
        {
            (marks[i], marks[i + 1]) = (0xFF, 0xD4);
        }

        Says([.. _start, .. marks, .. _frame, .. Scan(1), .. _end]).ShouldBe(says);
    }
}
