using System.IO.Compression;
using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Formats.Gzip;
using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>gzip files of every length, whole and damaged: RFC 1952's parts written one by one.</summary>
public sealed class GzipTests
{
    /// <summary>A member whose data is stored, not packed, with the optional parts that the flags say.</summary>
    private static byte[] Member(byte[] content, byte flags = 0, uint? crc = null, long? length = null) =>
        [
            0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 255,
            .. (flags & 4) != 0 ? (byte[])[3, 0, 7, 8, 9] : [], .. (flags & 8) != 0 ? "name\0"u8.ToArray() : [], .. (flags & 16) != 0 ? "comment\0"u8.ToArray() : [],
            1, .. U16(content.Length), .. U16(~content.Length), .. content, .. U32(crc ?? Crc(content)), .. U32(length ?? content.Length),
        ];

    private static byte[] Unpacked(byte[] packed, int bufferBytes)
    {
        using var directory = new TemporaryDirectory().With("a.gz", packed);
        using var file = new HashedFile(directory["a.gz"], _ => { }, TestContext.Current.CancellationToken);
        using var content = new GzipContent(file, TestContext.Current.CancellationToken);
        var (all, buffer) = (new List<byte>(), new byte[bufferBytes]);
        content.Read([]).ShouldBe(0);
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            all.AddRange(buffer[..read]);
        }

        content.Given.ShouldBe(all.Count);
        content.TooLarge.ShouldBeFalse();
        return [.. all];
    }

    private static string Wrong(byte[] file)
    {
        var finding = Finding("a.gz", file);
        finding.Id.ShouldBe("gzip-invalid");
        return finding.What;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(18)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(64)]
    [InlineData(5000)]
    public void What_comes_out_is_what_was_packed_however_it_is_read(int bufferBytes)
    {
        foreach (var length in (int[])[0, 1, 2, 17, 18, 19, 20, 21, 37, 38, 39, 40, 100, 3000])
        {
            Unpacked(Member(Pattern(length)), bufferBytes).ShouldBe(Pattern(length), $"{length} bytes read by {bufferBytes}");
        }
    }

    [Fact]
    public void All_members_are_unpacked_one_after_another()
    {
        var file = Join([Member("one "u8.ToArray(), 4), Member([], 8), Member("two"u8.ToArray(), 4 | 8 | 16)]);

        Unpacked(file, 64).ShouldBe("one two"u8.ToArray());
        var report = Whole("a.gz", file);
        (report.Format, report.Checked).ShouldBe(("gzip", "unpacked to 7 bytes, CRC and length"));
        Whole("a.GZ", Member([])).Checked.ShouldBe("unpacked to 0 bytes, CRC and length");
        Whole("log", Member(Pattern(9))).Format.ShouldBe("gzip");
    }

    [Fact]
    public void A_large_file_is_unpacked_to_its_end()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(new byte[3_000_000]);
        }

        Whole("a.gz", packed.ToArray()).Checked.ShouldBe("unpacked to 3000000 bytes, CRC and length");
    }

    [Fact]
    public void A_member_that_does_not_fit_its_CRC_or_length_is_damage()
    {
        Wrong(Member(Pattern(50), crc: 1)).ShouldNotBeEmpty();
        Wrong(Member(Pattern(50), length: 49)).ShouldNotBeEmpty();
        Wrong([.. Member(Pattern(5)), .. Member(Pattern(50), crc: 1)]).ShouldNotBeEmpty();
    }

    [Fact]
    public void Every_cut_is_damage()
    {
        byte[] whole = [.. Member(Pattern(30), 8), .. Member(Pattern(30))];
        foreach (var length in Enumerable.Range(10, whole.Length - 10).Where(length => length != Member(Pattern(30), 8).Length))
        {
            Wrong(whole[..length]).ShouldNotBeEmpty();
        }

        Wrong(Member([])[..^1]).ShouldNotBeEmpty();
        foreach (var length in Enumerable.Range(1, 10))
        {
            Report("a.gz", whole.AsSpan(..length)).Verdict.ShouldNotBe(Verdict.Loads);
        }
    }

    [Fact]
    public void What_follows_and_is_no_gzip_is_damage()
    {
        Wrong([.. Member(Pattern(50)), .. "and more"u8]).ShouldBe("its data stops after 31 unpacked bytes before its end mark: it was cut short, or something that is no gzip follows.");
        foreach (var length in (int[])[0, 1, 18])
        {
            Wrong([.. Member(Pattern(length)), .. "and more"u8]).ShouldBe("it holds fewer bytes than any whole gzip: it was cut short.");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_unpacks_out_of_all_proportion_is_hash_only(bool isArchive)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(new byte[64 * 1024 * 1024]);
        }

        // 4.5 GiB of zeros; four, and a hundred times the file, are the limit
        var zeros = Join(Enumerable.Repeat(packed.ToArray(), 72));
        var (name, content) = isArchive ? ("a.tar.gz", [.. Member(TarBytes.Header("a", 5_000_000_000)), .. zeros]) : ("a.gz", zeros);
        var finding = Finding(name, content, Verdict.HashOnly);

        finding.Id.ShouldBe("gzip-too-large");
        finding.What.ShouldStartWith("it unpacks to more than 4");
    }

    [Fact]
    public void Packed_data_can_only_be_read_forward()
    {
        using var directory = new TemporaryDirectory().With("a.gz", Member([1]));
        using var file = new HashedFile(directory["a.gz"], _ => { }, TestContext.Current.CancellationToken);
        using var content = new GzipContent(file, TestContext.Current.CancellationToken);

        (content.CanRead, content.CanSeek, content.CanWrite).ShouldBe((true, false, false));
    }

    [Theory]
    [InlineData("1F8B08", true)]
    [InlineData("1F8B", false)]
    [InlineData("1E8B08", false)]
    [InlineData("1F8A08", false)]
    [InlineData("1F8B07", false)]
    public void It_is_recognised_by_its_mark(string hex, bool recognised)
    {
        new GzipFormat().RecognisesContent(Convert.FromHexString(hex)).ShouldBe(recognised);
        new GzipFormat().RecognisesName("a.GZ").ShouldBeTrue();
        new GzipFormat().RecognisesName("a.gzip").ShouldBeFalse();
    }
}
