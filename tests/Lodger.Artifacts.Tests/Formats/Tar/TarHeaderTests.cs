using System.Text;
using Lodger.Artifacts.Formats.Tar;
using static Lodger.Artifacts.Tests.TarBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>One tar header, and the records of a pax header.</summary>
public sealed class TarHeaderTests
{
    private static readonly string _long = new('n', 100);

    private static Action<byte[]> Size(string text) => header => Encoding.Latin1.GetBytes(text).CopyTo(header, 124);

    private static Action<byte[]> Size(params byte[] bytes) => header => bytes.CopyTo(header, 124);

    private static string Refused(byte[] header) => Should.Throw<InvalidDataException>(() => TarHeader.Of(header)).Message;

    [Fact]
    public void A_header_tells_name_size_type_and_link()
    {
        TarHeader.Of(Header("größe", 8191, '2', "to")).ShouldBe(new TarHeader("größe", 8191, '2', "to", SparseGoesOn: false));
        TarHeader.Of(Header(_long, 0, '\0', _long)).ShouldBe(new TarHeader(_long, 0, '0', _long, SparseGoesOn: false));
        TarHeader.Of(Header("old", 1, magic: "")).Name.ShouldBe("old");
    }

    [Fact]
    public void A_prefix_is_POSIX_s_only()
    {
        TarHeader.Of(Header("b", 0, prefix: "a")).Name.ShouldBe("a/b");
        TarHeader.Of(Header(_long, 0, prefix: new string('p', 155))).Name.ShouldBe($"{new string('p', 155)}/{_long}");
        TarHeader.Of(Header("b", 0, magic: Gnu, prefix: "a")).Name.ShouldBe("b");
        TarHeader.Of(Header("b", 0, magic: "", prefix: "a")).Name.ShouldBe("b");
    }

    [Theory]
    [InlineData("77777777777\0", 8589934591)]
    [InlineData("777777777777", 68719476735)]
    [InlineData(" 17\0\0\0\0\0\0\0\0\0", 15)]
    [InlineData("17 \0\0\0\0\0\0\0\0\0", 15)]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0", 0)]
    public void A_size_is_octal(string text, long bytes) => TarHeader.Of(Header("a", 0, change: Size(text))).Bytes.ShouldBe(bytes);

    [Theory]
    [InlineData("80000000000000000000012C", 300L)]
    [InlineData("800000000000000000000000", 0L)]
    [InlineData("800000007FFFFFFFFFFFFFFF", long.MaxValue)]
    [InlineData("800000008000000000000000", null)]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFF", null)]
    [InlineData("810000000000000000000001", null)]
    public void A_size_in_GNU_s_binary_form_has_63_bits(string hex, long? bytes)
    {
        var header = Header("a", 0, change: Size(Convert.FromHexString(hex)));
        if (bytes is { } expected)
        {
            TarHeader.Of(header).Bytes.ShouldBe(expected);
        }
        else
        {
            Refused(header).ShouldBe("the header's size is beyond 2^63.");
        }
    }

    [Theory]
    [InlineData("0000000008\0\0")]
    [InlineData("/0000000000\0")]
    [InlineData("-0000000001\0")]
    [InlineData("1 1\0\0\0\0\0\0\0\0\0")]
    public void A_size_that_is_no_octal_number_is_refused(string text) => Refused(Header("a", 0, change: Size(text))).ShouldBe("the header's size is no octal number.");

    [Fact]
    public void A_header_fits_its_checksum_summed_either_way()
    {
        var header = Header("größe", 5);
        var signed = header.Where((_, i) => i is < 148 or >= 156).Sum(value => (sbyte)value) + (8 * ' ');
        Encoding.ASCII.GetBytes(Convert.ToString(signed, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        TarHeader.Of(header).Name.ShouldBe("größe");

        for (var at = 0; at < 512; at++)
        {
            var altered = Header("a", 5);
            altered[at] ^= 1;
            if (at is < 148 or >= 156)
            {
                Refused(altered).ShouldContain("does not fit its checksum", customMessage: $"byte {at}");
            }
        }

        Refused(new byte[512]).ShouldBe("the header does not fit its checksum (0 promised, 256 found).");
    }

    [Fact]
    public void An_old_GNU_sparse_member_says_whether_its_map_goes_on()
    {
        static TarHeader Of(char type, byte goesOn) => TarHeader.Of(Header("a", 0, type, change: header => header[482] = goesOn));

        Of('S', 1).SparseGoesOn.ShouldBeTrue();
        Of('S', 0).SparseGoesOn.ShouldBeFalse();
        Of('0', 1).SparseGoesOn.ShouldBeFalse();
    }

    [Theory]
    [InlineData(Posix, 0, 512, true)]
    [InlineData(Gnu, 0, 512, true)]
    [InlineData(Posix, 0, 263, true)]
    [InlineData(Posix, 0, 262, false)]
    [InlineData("ustar!", 0, 512, false)]
    [InlineData("ustat\0", 0, 512, false)]
    [InlineData(Posix, 1, 512, false)]
    public void The_mark_is_behind_the_link_s_name(string magic, int shifted, int length, bool found) =>
        TarHeader.HasMagic(((byte[])[.. new byte[shifted], .. Header("a", 0, magic: magic)]).AsSpan(0, length)).ShouldBe(found);

    [Fact]
    public void Pax_records_set_path_link_and_size()
    {
        PaxRecords.Read(Records(("mtime", "1.5"), ("path", "größe=1"), ("linkpath", "to"), ("size", "9223372036854775807"), ("comment", ""))).ShouldBe(("größe=1", "to", long.MaxValue));
        PaxRecords.Read(Records(("path", "a"), ("path", new string('b', 200)))).ShouldBe((new string('b', 200), null, null));
        PaxRecords.Read([]).ShouldBe((null, null, null));
        PaxRecords.Read("000000017 path=a\n"u8).Path.ShouldBe("a");
    }

    [Theory]
    [InlineData("9 path=a", "lengths they say")]
    [InlineData("9 path=ab", "lengths they say")]
    [InlineData("11 path=a\n", "lengths they say")]
    [InlineData(" path=a\n", "lengths they say")]
    [InlineData("path=a\n", "lengths they say")]
    [InlineData("+9 path=a\n", "lengths they say")]
    [InlineData("2 \n", "lengths they say")]
    [InlineData("0 k=v\n", "lengths they say")]
    [InlineData("0000000011 k=v\n", "lengths they say")]
    [InlineData("3 \n", "without a name")]
    [InlineData("8 =path\n", "without a name")]
    [InlineData("7 path\n", "without a name")]
    [InlineData("10 size=x\n", "size is no count")]
    [InlineData("11 size=-1\n", "size is no count")]
    [InlineData("28 size=9223372036854775808\n", "size is no count")]
    public void Records_that_are_none_are_refused(string records, string says) =>
        Should.Throw<InvalidDataException>(() => PaxRecords.Read(Encoding.ASCII.GetBytes(records))).Message.ShouldContain(says);
}
