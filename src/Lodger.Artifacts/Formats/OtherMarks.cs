namespace Lodger.Artifacts.Formats;

/// <summary>
/// Marks of formats that go by the names of others and are not checked here: sites deliver WebP, AVIF or GIF under .jpg and .png and programs keep what they got,
/// .hdf is older than HDF5. Such a file is whole as far as anybody knows.
/// </summary>
internal static class OtherMarks
{
    /// <summary>The kind that a file's first bytes show where it should be of another; null when they show none that may be called so.</summary>
    internal static string? Of(IFormat named, ReadOnlySpan<byte> head) => named switch
    {
        Png.PngFormat or Jpeg.JpegFormat => ImageOf(head),
        Hdf5.Hdf5Format when head.Length >= 4 && head[..4] is [0x0E, 0x03, 0x13, 0x01] => "HDF4",
        _ => null,
    };

    private static string? ImageOf(ReadOnlySpan<byte> head) =>
        head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..12].SequenceEqual("WEBP"u8) ? "WebP"
        : head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8) ? "GIF"
        : IsBitmap(head) ? "BMP"
        : head.Length >= 12 && head[4..8].SequenceEqual("ftyp"u8) ? IsoImageOf(head[8..12])
        : null;

    // two letters begin much: a bitmap's second header, at byte 14, has one of few lengths
    private static bool IsBitmap(ReadOnlySpan<byte> head) =>
        head.Length >= 18 && head.StartsWith("BM"u8) && head[14] is 12 or 16 or 40 or 52 or 56 or 64 or 108 or 124 && !head[15..18].ContainsAnyExcept((byte)0);

    private static string? IsoImageOf(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8) ? "AVIF"
        : brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8) ? "HEIF"
        : null;
}
