using System.IO.Compression;
using System.Text;
using Lodger.Artifacts.Formats.Tar;
using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.FileBytes;
using static Lodger.Artifacts.Tests.TarBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Archives put together header by header, bare and packed, whole ones and ones with a single thing wrong.</summary>
public sealed class TarTests
{
    private static byte[] Packed(params byte[][] archive)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Join(archive));
        }

        return packed.ToArray();
    }

    private static string Wrong(params byte[][] archive)
    {
        var what = Finding("a.tar", Join(archive));
        what.Id.ShouldBe("tar-invalid");
        Finding("a.tar.gz", Packed(archive)).What.ShouldBe(what.What);
        return what.What;
    }

    private static void Whole(int members, params byte[][] archive)
    {
        var report = FileBytes.Whole("a.tar", Join(archive));
        (report.Format, report.Checked).ShouldBe(("tar", $"{members} members, every header's checksum and every size, end blocks; contents have no checksum"));
        var packed = FileBytes.Whole("a.tgz", Packed(archive));
        (packed.Format, packed.Checked).ShouldBe(("tar, gzip", $"{members} members, every header's checksum and every size, end blocks, gzip's CRC over all"));
    }

    [Fact]
    public void Members_of_every_kind_and_size_are_walked()
    {
        FileBytes.Whole("nothing.tar", End).Checked.ShouldStartWith("0 members");
        Whole(3, Member("empty", 0), Member("whole block", 512), Member("one more", 513), End);
        Whole(8, Header("d/", 0, '5'), Header("l", 99, '1', "d"), Header("s", 99, '2', "d"), Header("c", 99, '3'), Header("b", 99, '4'), Header("d", 99, '5'), Header("f", 99, '6'), Member("7", 99, '7'), End);
        Whole(1, Member("padded to a record", 5), End, new byte[8192]);
        Whole(1, Member("large", 700_000), End);
    }

    [Fact]
    public void Headers_before_a_member_say_more_of_it()
    {
        Whole(1, Pax(("size", "1000")), Header("a", 0), new byte[1024], End);
        Whole(2, Pax(("size", "1000")), Header("a", 0), new byte[1024], Header("its own size again", 0), End);
        Whole(1, Extended('g', Records(("comment", "global"))), Member("a", 3), End);
        Whole(1, Extended('L', Encoding.UTF8.GetBytes(new string('n', 1000) + "\0")), Extended('K', "link\0"u8.ToArray()), Member("a", 3), End);
        Whole(1, Pax(("path", "p")), Pax(("mtime", "1")), Member("a", 3), End);
    }

    [Fact]
    public void A_sparse_member_s_map_may_go_on_in_blocks_of_its_own()
    {
        static byte[] Map(byte goesOn) { var block = Enumerable.Repeat((byte)1, 512).ToArray(); block[504] = goesOn; return block; }
        var header = Header("s", 512, 'S', magic: Gnu, change: bytes => bytes[482] = 1);

        Whole(2, header, Map(1), Map(0), Padded(Pattern(512)), Member("b", 1), End);
        Wrong(header, Map(1)).ShouldBe("member \"s\": it ends inside its sparse map: it was cut short.");
        Wrong(header, Map(1)[..100]).ShouldBe("member \"s\": it ends at byte 612 in the middle of a block, where its sparse map goes on: it was cut short.");
    }

    /// <summary>torch.load opens a plain tar, and of its members it runs the pickle "storages" first.</summary>
    [Fact]
    public void An_archive_that_torch_load_would_open_runs_code()
    {
        static string[] Says(string file, params byte[][] archive)
        {
            var report = Report(file, Join(archive));
            report.Verdict.ShouldBe(report.IsUnsafe ? Verdict.LoadsWithWarning : Verdict.Loads);
            return [.. report.Findings.Select(finding => finding.Id)];
        }

        byte[] link = Header("storages", 0, '1', "a");
        foreach (var member in (byte[][])
            [
                Member("storages", 5), link, Header("storages/", 0), [.. Pax(("path", "storages")), .. Member("a", 5)], [.. Pax(("GNU.sparse.name", "storages")), .. Member("a", 5)],
                [.. Extended('g', Records(("path", "storages"))), .. Member("a", 5)], [.. Extended('L', "storages\0"u8.ToArray()), .. Member("a", 5)],
                [.. Header("storages", 5, 'S', prefix: "x"), .. Padded(Pattern(5))],
            ])
        {
            Says("a.tar", Member("first", 5), member, End).ShouldBe(["tar-runs-code"]);
            Report("a.tar.gz", Packed(Member("first", 5), member, End)).IsUnsafe.ShouldBeFalse("torch.load does not unpack gzip");
        }

        Says("a.tar", Member("pickle", 5), Member("x/storages", 5), Member("storages.txt", 5), End).ShouldBeEmpty();
        Says("a.bin", Member("a", 5), End).ShouldBe(["tar-runs-code"]);
        Says("a.pth.tar", Member("a", 5), End).ShouldBe(["tar-runs-code"]);
        Says("a.PT", Member("a", 5), End).ShouldBe(["name-misleads", "tar-runs-code"]);
        Says("a.ckpt", Member("a", 5), End).ShouldBe(["name-misleads", "tar-runs-code"]);
    }

    [Fact]
    public void A_cut_is_named_with_the_member_it_is_in()
    {
        Wrong(Member("a", 600)[..(512 + 600)], []).ShouldBe("member \"a\": 600 bytes promised, 600 there: it was cut short.");
        Wrong(Member("a", 5), Header("größe", 600), Pattern(599)).ShouldBe("member \"größe\": 600 bytes promised, 599 there: it was cut short.");
        Wrong(Pax(("path", "long"), ("size", "600")), Header("a", 5), Pattern(599)).ShouldBe("member \"long\": 600 bytes promised, 599 there: it was cut short.");
        Wrong(Extended('L', "gnu\0"u8.ToArray()), Header("a", 5)).ShouldBe("member \"gnu\": 5 bytes promised, 0 there: it was cut short.");
        Wrong(Pax(("mtime", "1")), Header("a", 0)[..9]).ShouldBe("it ends at byte 1033 in the middle of a block, where at byte 1024 a header or the two end blocks should follow: it was cut short.");
        Wrong(Extended('K', new byte[700]), Member("a", 5)).ShouldBe("it ends at byte 2560 after 1 members without its end blocks: it was cut short.");
        Wrong(Extended('L', "gnu\0"u8.ToArray()), Header("a", 0)[..9]).ShouldBe("member \"gnu\": it ends at byte 1033 in the middle of a block, where at byte 1024 a header or the two end blocks should follow: it was cut short.");
        Wrong(Member("a", 5)).ShouldBe("it ends at byte 1024 after 1 members without its end blocks: it was cut short.");
        Wrong(Member("a", 5), Header("b", 5)[..511]).ShouldBe("member \"?\": it ends at byte 1535 in the middle of a block, where at byte 1024 a header or the two end blocks should follow: it was cut short.");
        Wrong(Member("a", 5), End[..512]).ShouldBe("it has one end block of two: it was cut short.");
        Wrong(Member("a", 5), End[..900]).ShouldContain("it ends at byte 1924 in the middle of a block, where the second end block should follow");
        Wrong(Member("a", 5), End, new byte[9]).ShouldContain("it ends at byte 2057 in the middle of a block, where its padding should go on");
    }

    [Fact]
    public void A_header_that_is_none_is_named_with_its_place()
    {
        Wrong(Member("a", 5), Damage.Flip(Header("b", 5), 3), End).ShouldStartWith("after 1 members, at byte 1024: the header does not fit its checksum");
        Wrong(Member("a", 5), Pax(("size", "-1")), End).ShouldBe("an extended header's size is no count.");
        Wrong(Extended('g', "x"u8.ToArray()), Member("a", 5), End).ShouldContain("records do not have the lengths they say");
    }

    [Fact]
    public void An_extended_header_has_a_MiB_at_most_and_is_there_whole()
    {
        const int Most = 1024 * 1024;
        Whole(1, Extended('L', new byte[Most]), Member("a", 5), End);
        Wrong(Member("a", 5), Header("x", Most + 1, 'x'), new byte[Most + 512], End).ShouldBe($"after 1 members: an extended header claims {Most + 1} bytes, more than {Most}.");
        Wrong(Member("a", 5), Header("x", 600, 'x'), new byte[599]).ShouldBe("after 1 members: it ends inside an extended header: it was cut short.");
        Wrong(Header("x", 600, 'L'), new byte[700]).ShouldContain("it was cut short");
    }

    [Theory]
    [InlineData("/etc/passwd", '0', "")]
    [InlineData("a/../../b", '0', "")]
    [InlineData("..", '5', "")]
    [InlineData("a", '2', "/etc")]
    [InlineData("a", '2', "../x")]
    [InlineData("a", '1', "..")]
    public void A_name_or_link_that_leads_out_is_a_warning(string name, char type, string link)
    {
        byte[] archive = [.. Member("b", 1), .. Header(name, 0, type, link), .. Header(name, 0, type, link), .. End];
        var finding = Finding("a.tar", archive, Verdict.LoadsWithWarning);

        (finding.Id, finding.What).ShouldBe(("tar-path", $"member \"{name}\": its name or link leads out of the directory it is unpacked into."));
        Finding("a.tar.gz", Packed(archive), Verdict.LoadsWithWarning).Id.ShouldBe("tar-path");
    }

    [Fact]
    public void Names_in_headers_before_a_member_are_looked_at_too()
    {
        Finding("a.tar", [.. Pax(("path", "../p")), .. Member("a", 0), .. End], Verdict.LoadsWithWarning).What.ShouldContain("\"../p\"");
        Finding("a.tar", [.. Pax(("linkpath", "../p")), .. Header("a", 0, '2', "b"), .. End], Verdict.LoadsWithWarning).Id.ShouldBe("tar-path");
        Finding("a.tar", [.. Extended('K', "/p\0"u8.ToArray()), .. Header("a", 0, '1', "b"), .. End], Verdict.LoadsWithWarning).Id.ShouldBe("tar-path");
        Finding("a.tar", [.. Pax(("linkpath", "../p")), .. Pax(("mtime", "1")), .. Header("a", 0, '2', "b"), .. End], Verdict.LoadsWithWarning).Id.ShouldBe("tar-path");
        Whole(2, Pax(("path", "p"), ("linkpath", "p")), Header("/a", 0, '2', "/b"), Header("a..b/..c", 0, '0', "../not a link"), End);
        Finding("a.tar", [.. Pax(("path", "p")), .. Member("a", 0), .. Member("/b", 0), .. End], Verdict.LoadsWithWarning).What.ShouldContain("\"/b\"");
    }

    [Fact]
    public void Something_behind_the_end_blocks_is_a_warning()
    {
        foreach (var more in (byte[][])[Member("b", 5), [.. new byte[512], .. Member("b", 5), .. End], [.. new byte[511], 1, .. new byte[512]]])
        {
            var finding = Finding("a.tar", [.. Member("a", 5), .. End, .. more], Verdict.LoadsWithWarning);
            (finding.Id, finding.What).ShouldBe(("tar-trailing", "something follows its end blocks: archives joined one after another, perhaps."));
        }

        Finding("a.tar", [.. Member("a", 5), .. End[..512], .. Member("b", 5)], Verdict.LoadsWithWarning).Id.ShouldBe("tar-trailing");
    }

    [Fact]
    public void A_packed_archive_is_held_to_gzip_s_own_CRC()
    {
        var packed = Packed(Member("a", 5000), End);

        Finding("a.tar.gz", Damage.Flip(packed.ToArray(), -6)).Id.ShouldBe("tar-invalid");
        Finding("a.tar.gz", packed.AsSpan(..^1)).Id.ShouldBe("tar-invalid");
        Finding("a.tar.gz", [.. packed, 1, 2, 3]).What.ShouldContain("no gzip follows");
    }

    [Fact]
    public void A_packed_archive_is_recognised_by_what_is_in_it()
    {
        var format = new TarGzipFormat();
        var packed = Packed(Member("a", 5000), End);

        format.RecognisesContent(packed).ShouldBeTrue();
        format.RecognisesContent(Join([Member("a", 5), End])).ShouldBeFalse();
        format.RecognisesContent(Packed(Member("a", 5)[..511])).ShouldBeFalse();
        format.RecognisesContent(Packed(Member("a", 5)[..512])).ShouldBeTrue();
        format.RecognisesContent(Packed(new byte[2000])).ShouldBeFalse();
        format.RecognisesContent(Damage.Flip(packed[..60], 12)).ShouldBeFalse();
        ((string[])["a.TAR.GZ", "a.TGZ", "a.gz", "a.tar"]).Select(format.RecognisesName).ShouldBe([true, true, false, false]);
        FileBytes.Whole("archive", packed).Format.ShouldBe("tar, gzip");
        FileBytes.Whole("archive", Join([Member("a", 5), End])).Format.ShouldBe("tar");
        new TarFormat().RecognisesName("a.TAR").ShouldBeTrue();
    }
}
