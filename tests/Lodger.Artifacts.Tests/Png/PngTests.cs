using System.Buffers.Binary;
using System.IO.Compression;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>PNG files written by the specification: how many bytes the pixels take, and what each chunk must be.</summary>
public sealed class PngTests
{
    private const string Damaged = "Damaged Error png-invalid: ";

    private static readonly byte[] _signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly byte[] _end = Damage.PngChunk("IEND", []);

    // the pass of each pixel of eight by eight (Adam7)
    private static readonly string[] _passes = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];

    public static TheoryData<int, int> ColoursAndBits => new(
        from colour in Enumerable.Range(0, 8) from bits in (int[])[0, 1, 2, 3, 4, 8, 16, 32] select (colour, bits));

    private static byte[] Header(uint width, uint height, int bits = 8, int colour = 0, int interlace = 0)
    {
        var data = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(data, width);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[12]) = ((byte)bits, (byte)colour, (byte)interlace);
        return Damage.PngChunk("IHDR", data);
    }

    private static byte[] Packed(int bytes)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            zlib.Write(new byte[bytes]);
        }

        return packed.ToArray();
    }

    private static byte[] Png(byte[] header, int dataBytes) => [.. _signature, .. header, .. Damage.PngChunk("IDAT", Packed(dataBytes)), .. _end];

    private static string Says(byte[] file) => ReportLines.Only("p.png", file);

    /// <summary>Each row of each pass has a filter byte and its pixels, filled up to a whole byte.</summary>
    private static int DataBytes(int width, int height, int bitsPerPixel, bool interlaced)
    {
        var rows = new Dictionary<(char Pass, int Row), int>();
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var row = (interlaced ? _passes[y % 8][x % 8] : '1', y);
                rows[row] = rows.GetValueOrDefault(row) + bitsPerPixel;
            }
        }

        return rows.Values.Sum(bits => 1 + ((bits + 7) / 8));
    }

    [Theory]
    [InlineData("p.png", "00", "PNG")]
    [InlineData("P.PNG", "00", "PNG")]
    [InlineData("png", "00", "hash only")]
    [InlineData("p.bin", "89504E470D0A1A0A", "PNG")]
    [InlineData("p.bin", "89504E470D0A1A0B", "hash only")]
    public void A_PNG_is_told_by_its_mark_or_its_name(string name, string hex, string format) => Verifying.Content(name, Convert.FromHexString(hex)).Format.ShouldBe(format);

    [Theory]
    [MemberData(nameof(ColoursAndBits))]
    public void A_colour_type_has_the_depths_and_samples_of_the_specification(int colour, int bits)
    {
        var samples = (colour, bits) switch
        {
            (0, 1 or 2 or 4 or 8 or 16) => 1,
            (2, 8 or 16) => 3,
            (3, 1 or 2 or 4 or 8) => 1,
            (4, 8 or 16) => 2,
            (6, 8 or 16) => 4,
            _ => 0,
        };
        var due = DataBytes(5, 3, samples * bits, interlaced: false);

        Says(Png(Header(5, 3, bits, colour), due)).ShouldBe(samples > 0 ? "Loads" : $"{Damaged}colour type {colour} with {bits} bits is not one PNG has.");
    }

    [Theory]
    [InlineData(1, 1, 1, false)]
    [InlineData(9, 5, 1, false)]
    [InlineData(8, 5, 1, false)]
    [InlineData(3, 4, 16, false)]
    [InlineData(1, 1, 1, true)]
    [InlineData(4, 4, 8, true)]
    [InlineData(5, 5, 8, true)]
    [InlineData(8, 8, 4, true)]
    [InlineData(9, 9, 1, true)]
    [InlineData(1, 9, 16, true)]
    [InlineData(17, 2, 2, true)]
    [InlineData(30, 23, 8, true)]
    public void The_data_unpacks_to_exactly_the_pixels(int width, int height, int bits, bool interlaced)
    {
        var header = Header((uint)width, (uint)height, bits, interlace: interlaced ? 1 : 0);
        var due = DataBytes(width, height, bits, interlaced);

        var report = Verifying.Content("p.png", Png(header, due));
        (report.Verdict, report.Checked).ShouldBe((Verdict.Loads, $"{width} x {height} pixels, every chunk's CRC, image data unpacked"));
        Says(Png(header, due - 1)).ShouldBe($"{Damaged}its image data unpacks to {due - 1} bytes, and {width} x {height} pixels take {due}.");
        Says(Png(header, due + 1)).ShouldBe($"{Damaged}its image data unpacks to more bytes, and {width} x {height} pixels take {due}.");
    }

    [Fact]
    public void The_data_may_lie_in_many_chunks_with_others_around_them_and_be_longer_than_what_is_read_at_once()
    {
        var packed = new MemoryStream();
        var noise = new byte[301 * 500];
        new Random(5).NextBytes(noise);
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            zlib.Write(noise);
        }

        var data = packed.ToArray();
        byte[] file =
        [
            .. _signature, .. Header(300, 500), .. Damage.PngChunk("tEXt", new byte[150_000]), .. Damage.PngChunk("IDAT", data[..10]), .. Damage.PngChunk("IDAT", []),
            .. Damage.PngChunk("IDAT", data[10..70_000]), .. Damage.PngChunk("IDAT", data[70_000..]), .. Damage.PngChunk("tIME", new byte[7]), .. _end,
        ];

        Says(file).ShouldBe("Loads");
        Says(Damage.Flip(file.ToArray(), 33 + 8 + 140_000)).ShouldBe($"{Damaged}chunk tEXt at byte 33 does not fit its CRC: bytes were altered.");
        Says(Damage.Flip(file.ToArray(), -20)).ShouldBe($"{Damaged}chunk tIME at byte {file.Length - 31} does not fit its CRC: bytes were altered.");
        Says([.. file, 1, 2]).ShouldBe("LoadsWithWarning Warning png-trailing: 2 bytes follow the image's end.");
    }

    [Theory]
    [InlineData(0u, 1u)]
    [InlineData(1u, 0u)]
    [InlineData(0x8000_0000u, 1u)]
    [InlineData(1u, 0x8000_0000u)]
    public void A_size_that_no_image_has_is_refused(uint width, uint height) => Says(Png(Header(width, height), 2)).ShouldBe($"{Damaged}it claims {width} x {height} pixels.");

    [Theory]
    [InlineData(0x7FFF_FFFFu, 1u, 8, 0)]
    [InlineData(1u, 0x7FFF_FFFFu, 8, 1)]
    [InlineData(0x7FFF_FFFFu, 0x7FFF_FFFFu, 16, 6)]
    public void The_largest_sizes_are_allowed_and_need_their_data(uint width, uint height, int bits, int interlaceOrColour) =>
        Says(Png(Header(width, height, bits, colour: interlaceOrColour == 6 ? 6 : 0, interlace: interlaceOrColour == 1 ? 1 : 0), 2))
            .ShouldBe($"{Damaged}{Packed(2).Length} bytes of image data cannot hold {width} x {height} pixels.");

    [Theory]
    [InlineData(1030, "its image data unpacks to 0 bytes, and 1030 x 1 pixels take 1031.")]
    [InlineData(1031, "0 bytes of image data cannot hold 1031 x 1 pixels.")]
    public void Data_is_refused_unread_when_no_compression_makes_so_much_of_it(uint width, string says) => Says([.. _signature, .. Header(width, 1), .. _end]).ShouldBe(Damaged + says);

    [Fact]
    public void What_is_wrong_in_the_chunks_is_named_with_its_place()
    {
        var whole = Png(Header(2, 1), 3);
        byte[] Head(int bytes) => Damage.PngChunk("IHDR", new byte[bytes]);
        byte[] Method(int at, byte value)
        {
            var data = Header(2, 1)[8..21];
            data[at] = value;
            return Png(Damage.PngChunk("IHDR", data), 3);
        }

        Says(whole).ShouldBe("Loads");
        Says([.. "404: Not Found, and more"u8]).ShouldBe(Damaged + "it does not begin with PNG's mark.");
        Says(Png(Head(12), 3)).ShouldBe(Damaged + "its header has 12 bytes and not 13.");
        Says(Png(Head(14), 3)).ShouldBe(Damaged + "its header has 14 bytes and not 13.");
        Says(Png(Head(200), 3)).ShouldStartWith(Damaged + "its header has ");
        Says([.. _signature, .. Damage.PngChunk("IDAT", Packed(3)), .. Header(2, 1), .. _end]).ShouldBe(Damaged + "its first chunk is not its header (IHDR).");
        foreach (var file in (byte[][])[Method(10, 1), Method(11, 1), Method(12, 2)])
        {
            Says(file).ShouldBe(Damaged + "its compression, filter or interlace method is not one PNG has.");
        }

        Says(whole[..^1]).ShouldBe($"{Damaged}it ends at byte {whole.Length - 1} without its end chunk (IEND): it was cut short.");
        Says(whole[..^12]).ShouldBe($"{Damaged}it ends at byte {whole.Length - 12} without its end chunk (IEND): it was cut short.");
        Says(Damage.Flip(whole.ToArray(), -1)).ShouldBe($"{Damaged}chunk IEND at byte {whole.Length - 12} does not fit its CRC: bytes were altered.");
        Says(Damage.Number(whole.ToArray(), 33, 0x80, 1)).ShouldStartWith($"{Damaged}chunk IDAT at byte 33 claims 2147483");
        var bytes = whole.Length - 45;
        Says([.. whole[..33], 0, 0, 0, (byte)(bytes + 1), .. whole[37..]]).ShouldBe($"{Damaged}chunk IDAT at byte 33 claims {bytes + 1} bytes, and {bytes} are there: it was cut short.");
        Says([.. whole[..33], 0, 0, 0, (byte)bytes, .. whole[37..]]).ShouldBe($"{Damaged}chunk IDAT at byte 33 does not fit its CRC: bytes were altered.");
        Says([.. whole[..33], .. Damage.PngChunk("\u0001bcd", [1]), .. whole[33..]]).ShouldBe("Loads");
        Says([.. whole[..33], .. Damage.Flip(Damage.PngChunk("\u0001bcd", [1]), -1), .. whole[33..]]).ShouldBe(Damaged + "chunk \\u{1}bcd at byte 33 does not fit its CRC: bytes were altered.");
    }
}
