using System.Text;
using Lodger.Artifacts.Formats.Tensorflow;

namespace Lodger.Artifacts.Tests;

/// <summary>Snappy blocks, byte by byte as google/snappy's format_description.txt has them.</summary>
public sealed class SnappyTests
{
    [Theory]
    [InlineData("00", "")]
    [InlineData("0100 61", "a")]
    [InlineData("0308 616263", "abc")]
    [InlineData("05F004 6162636465", "abcde")] // 60: the length in one byte
    [InlineData("05F40400 6162636465", "abcde")]
    [InlineData("05F8040000 6162636465", "abcde")]
    [InlineData("05FC04000000 6162636465", "abcde")]
    [InlineData("0708 616263 0103", "abcabca")] // a copy of 4, 3 back
    [InlineData("0E08 616263 1D03", "abcabcabcabcab")] // of 11
    [InlineData("0400 61 0A0100", "aaaa")] // of 3, the distance in two bytes
    [InlineData("0400 61 0B01000000", "aaaa")] // in four
    [InlineData("41 00 61 FE0100", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")] // of 64
    public void It_unpacks_to_what_was_packed(string hex, string text) => Encoding.ASCII.GetString(Snappy.Unpack(Bytes(hex))).ShouldBe(text);

    [Fact]
    public void A_copy_reaches_as_far_back_as_its_bits_say()
    {
        byte[] packed = [0xB0, 0x05, 0xF4, 0xA7, 0x02, .. FileBytes.Pattern(680), 0b1010_0001, 0x10]; // 4 bytes, 0x510 = 1296 back: too far
        Refused(packed);

        // a literal of 0x2A8 bytes, then 8 from 0x210 back
        byte[] near = [0xB0, 0x05, 0xF4, 0xA7, 0x02, .. FileBytes.Pattern(680), 0b0101_0001, 0x10];
        Snappy.Unpack(near)[680..].ShouldBe(FileBytes.Pattern(680)[(680 - 0x210)..(680 - 0x210 + 8)]);

        byte[] two = [0xAA, 0x05, 0xF4, 0xA7, 0x02, .. FileBytes.Pattern(680), 0b0000_0110, 0xA7, 0x02];
        Snappy.Unpack(two)[680..].ShouldBe(FileBytes.Pattern(680)[1..3]);
    }

    [Theory]
    [InlineData("0200 61", "a packed block unpacks to 1 bytes, and 2 were promised.")]
    [InlineData("0000 61", "does not unpack")]
    [InlineData("0204 61", "does not unpack")] // a literal of two, one there
    [InlineData("01F0", "does not unpack")]
    [InlineData("03F4 01", "does not unpack")]
    [InlineData("0500 61 0100", "does not unpack")] // a copy from 0 back
    [InlineData("0500 61 0102", "does not unpack")] // from before the start
    [InlineData("0400 61 0101", "does not unpack")] // one byte more than promised
    [InlineData("0500 61 01", "does not unpack")]
    [InlineData("0500 61 0E01", "does not unpack")]
    [InlineData("0500 61 0F010000", "does not unpack")]
    public void What_does_not_unpack_is_refused(string hex, string says) => Should.Throw<InvalidDataException>(() => Snappy.Unpack(Bytes(hex))).Message.ShouldContain(says);

    [Fact]
    public void A_block_may_promise_22_times_its_bytes_and_no_more()
    {
        // 3 bytes follow: 66 at most
        Should.Throw<InvalidDataException>(() => Snappy.Unpack(Bytes("43000000"))).Message.ShouldBe("a packed block claims to unpack to 67 bytes, more than its 3 can make.");
        Should.Throw<InvalidDataException>(() => Snappy.Unpack(Bytes("42006161"))).Message.ShouldNotContain("claims");
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", string.Empty));

    private static void Refused(byte[] packed) => Should.Throw<InvalidDataException>(() => Snappy.Unpack(packed));
}
