using System.Text;
using Lodger.Artifacts.Formats.Zip;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Zip;

/// <summary>A zip of anything: every member's header, size and CRC.</summary>
public sealed class ZipFormatTests
{
    private static readonly byte[] _long = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * i >> 7))];

    private static FileReport Verify(ZipBytes zip) => Verifying.Content("a.zip", zip.Bytes());

    [Theory]
    [InlineData("a.zip", true)]
    [InlineData("a.ZIP", true)]
    [InlineData("a.keras", true)]
    [InlineData("a.Keras", true)]
    [InlineData("a.zipx", false)]
    public void It_is_told_by_its_name(string name, bool isOne) => new ZipFormat().RecognisesName(name).ShouldBe(isOne);

    [Fact]
    public void It_is_told_by_its_first_header_or_the_end_of_an_empty_one()
    {
        new ZipFormat().Name.ShouldBe("zip");
        new ZipFormat().RecognisesContent("PK\x03\x04"u8).ShouldBeTrue();
        new ZipFormat().RecognisesContent("PK\x05\x06"u8).ShouldBeTrue();
        new ZipFormat().RecognisesContent("PK\x01\x02"u8).ShouldBeFalse();
        new ZipFormat().RecognisesContent("PK"u8).ShouldBeFalse();
    }

    [Fact]
    public void One_with_stored_packed_and_empty_members_loads()
    {
        var report = Verify(new ZipBytes { Comment = "made by hand" }.With("a/stored.txt", "stored").With("a/", string.Empty).With("packed", _long, 8).With("empty", [], 8).With("long", _long));

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        (report.Format, report.Checked, report.Findings.Count).ShouldBe(("zip", "5 members, every header, size and CRC", 0));
    }

    [Fact]
    public void An_empty_one_loads() => Verify(new ZipBytes()).Checked.ShouldBe("0 members, every header, size and CRC");

    [Fact]
    public void Members_may_have_extra_fields_comments_and_descriptors_and_the_directory_any_order()
    {
        var zip = new ZipBytes { IsDirectoryBackwards = true, Comment = new string('c', 65_535) };
        zip.With("first", "1", 0, member => (member.Extra, member.Comment) = ([7, 0, 2, 0, 1, 1], "of the first"));
        zip.With("second", _long, 8, member => (member.LocalExtra, member.After) = ([9, 0, 0, 0], new byte[16]));
        var report = Verify(zip.With("größe", "3", 0, member => member.Flags = 0x800));

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
    }

    [Fact]
    public void Wide_sizes_and_a_wide_end_are_read_where_the_narrow_ones_say_so()
    {
        var zip = new ZipBytes { Wide = (null, null, null, null), Count = 0xFFFF, DirectorySize = uint.MaxValue, DirectoryOffset = uint.MaxValue };
        zip.With("a", "12345", 0, member => (member.Size, member.PackedSize, member.Extra) = (uint.MaxValue, uint.MaxValue, [7, 0, 1, 0, 9, .. ZipBytes.Zip64(5, 5)]));
        var offset = new ZipBytes { Wide = (null, null, null, null) }.With("b", "1").With("c", "2", 0, member => (member.Offset, member.Extra) = (uint.MaxValue, ZipBytes.Zip64(32)));

        Verify(zip).Verdict.ShouldBe(Verdict.Loads, string.Join('\n', Verify(zip).Findings));
        Verify(offset).Verdict.ShouldBe(Verdict.Loads, string.Join('\n', Verify(offset).Findings));
        foreach (var one in (ZipBytes[])[new() { Wide = (null, null, null, null), Count = 0xFFFF }, new() { Wide = (null, null, null, null), DirectorySize = uint.MaxValue }, new() { Wide = (null, null, null, null), DirectoryOffset = uint.MaxValue }])
        {
            Verify(one.With("a", "1")).Verdict.ShouldBe(Verdict.Loads);
        }
    }

    [Fact]
    public void A_wide_end_may_be_all_there_is_and_sizes_may_be_wide_and_nothing()
    {
        var nothing = new ZipBytes().With("a", [], 0, member => (member.Size, member.PackedSize, member.Offset, member.Extra) = (uint.MaxValue, uint.MaxValue, uint.MaxValue, ZipBytes.Zip64(0, 0, 0)));

        Verify(nothing).Verdict.ShouldBe(Verdict.Loads, string.Join('\n', Verify(nothing).Findings));
        Verify(new ZipBytes { Wide = (null, null, null, null) }).Verdict.ShouldBe(Verdict.Loads);
    }

    [Fact]
    public void A_member_may_have_no_name() => Verify(new ZipBytes().With("a", "1").With(string.Empty, "2")).Verdict.ShouldBe(Verdict.Loads);

    [Theory]
    [InlineData(0, "its directory is longer than its entries.")]
    [InlineData(1, "it claims 0 entries in a directory of 67108865 bytes, more than this check takes.")]
    public void A_directory_of_sixty_four_mebibytes_is_read_and_no_larger_one(int beyond, string what)
    {
        using var directory = new TemporaryDirectory();
        var size = (64u * 1024 * 1024) + (uint)beyond;
        using (var file = File.Create(directory["a.zip"]))
        {
            file.SetLength(size);
            file.Position = size;
            file.Write(new ZipBytes { DirectorySize = size, DirectoryOffset = 0 }.Bytes());
        }

        Verifying.File(directory["a.zip"]).Findings.ShouldHaveSingleItem().What.ShouldBe(what);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("a\\b")]
    [InlineData("C:a")]
    [InlineData("a\0b")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/..")]
    public void A_member_whose_name_leads_out_is_a_warning(string name)
    {
        var report = Verify(new ZipBytes().With(name, "1"));

        report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What).ShouldBe(("zip-path", $"member \"{PrintableText.Of(name)}\" has a name that leads out of a directory."));
    }

    [Theory]
    [InlineData("..a")]
    [InlineData("a..b")]
    [InlineData("a/.../b")]
    [InlineData("a/b/")]
    public void A_member_whose_name_stays_inside_is_none(string name) => Verify(new ZipBytes().With(name, "1")).Verdict.ShouldBe(Verdict.Loads);

    [Fact]
    public void Two_members_of_one_name_are_damage()
    {
        var finding = Verify(new ZipBytes().With("a", "1").With("b", "2").With("a", "3")).Findings.ShouldHaveSingleItem();

        (finding.Id, finding.What, finding.Severity).ShouldBe(("zip-duplicate", "two members are called \"a\".", Severity.Error));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(12, 0)]
    public void What_is_encrypted_or_packed_in_another_way_is_vouched_for_by_its_hash(ushort method, ushort flags)
    {
        var report = Verify(new ZipBytes().With("a", "1").With("b", "2", 0, member => (member.Method, member.Flags) = (method, flags)));

        report.Verdict.ShouldBe(Verdict.HashOnly);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What).ShouldBe(("zip-method", $"member \"b\" is encrypted or packed in a way (method {method}) that is not read here."));
        finding.Fix.ShouldContain("load it once yourself");
    }

    [Fact]
    public void A_pickle_where_torch_load_takes_one_is_named()
    {
        var report = Verify(new ZipBytes().With("readme", "1").With("x/Data.pkl", "N."));

        report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What).ShouldBe(("zip-pickle", "member \"x/Data.pkl\" is a pickle where torch.load takes one and runs it; it was not looked at."));
        Verify(new ZipBytes().With("readme", "1").With("x/y/data.pkl", "N.")).Findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a.zip", "a", 4, "zip-too-large")]
    [InlineData("a.npz", "a.npy", 32, "npz-too-large")]
    [InlineData("a.pt", "a/data.pkl", 32, "torch-too-large")]
    public void What_is_in_proportion_to_the_file_is_judged_and_more_is_not(string file, string member, long gibibytes, string id)
    {
        byte[] Zip(long claimed) => new ZipBytes { Wide = (null, null, null, null) }.With(member, "1", 8, of => (of.Size, of.Extra) = (uint.MaxValue, ZipBytes.Zip64(claimed))).Bytes();
        var limit = (gibibytes << 30) + (100L * Zip(0).Length);

        Verifying.Content(file, Zip(limit)).Verdict.ShouldBe(Verdict.Damaged, "its few bytes cannot hold so many, which is looked at next");
        var report = Verifying.Content(file, Zip(limit + 1));
        report.Verdict.ShouldBe(Verdict.HashOnly);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What).ShouldBe((id, $"it claims to unpack to {limit + 1} bytes, out of proportion to its size."));
    }

    [Fact]
    public void A_name_is_UTF_8_where_the_member_says_so_and_one_byte_a_character_elsewhere()
    {
        new ZipEntry(Encoding.UTF8.GetBytes("ä"), 0x800, 0, 0, 0, 0, 0).Name.ShouldBe("ä");
        new ZipEntry(Encoding.UTF8.GetBytes("ä"), 0, 0, 0, 0, 0, 0).Name.ShouldBe("Ã¤");
    }

    [Fact]
    public void A_members_content_is_forward_only_and_never_more_than_it_claims()
    {
        using var content = new CheckedStream(new MemoryStream("123456789more"u8.ToArray()), 9);
        (content.CanRead, content.CanSeek, content.CanWrite, content.Length, content.Position).ShouldBe((true, false, false, 9, 0));
        var buffer = new byte[20];
        content.Read(buffer, 1, 4).ShouldBe(4);
        content.Position.ShouldBe(4);
        buffer[..6].ShouldBe("\01234\0"u8.ToArray());
        content.ReadToEnd();

        (content.Position, content.Crc, content.HasMore()).ShouldBe((9, 0xCBF43926u, true));
        content.Read(buffer).ShouldBe(0);
        content.Flush();
        Should.Throw<NotSupportedException>(() => content.Position = 0);
        Should.Throw<NotSupportedException>(() => content.Seek(0, SeekOrigin.Begin));
        Should.Throw<NotSupportedException>(() => content.SetLength(0));
        Should.Throw<NotSupportedException>(() => content.Write(buffer, 0, 1));
        new CheckedStream(new MemoryStream([0]), 0).HasMore().ShouldBeTrue();
        new CheckedStream(new MemoryStream([]), 0).HasMore().ShouldBeFalse();
        Should.Throw<InvalidDataException>(() => new CheckedStream(new MemoryStream([1, 2]), 3).ReadToEnd()).Message.ShouldBe("it unpacks to 2 bytes, and 3 were promised.");
    }
}
