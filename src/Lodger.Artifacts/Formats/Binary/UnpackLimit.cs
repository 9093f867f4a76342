namespace Lodger.Artifacts.Formats.Binary;

/// <summary>How much output a packed file may make before the check stops judging it, so that time stays in proportion to the file.</summary>
internal static class UnpackLimit
{
    // Real results pack 2 to 20 to 1; a log of one repeated line reaches 200. DEFLATE's own limit is 1032 (zlib.net/zlib_tech.html).
    private const long Ratio = 100;
    private const long AlwaysBytes = 4L << 30;

    // Arrays that nothing was written to yet, such as a fresh optimizer's or most of a replay buffer, reach DEFLATE's limit: half a minute's worth of them is read.
    private const long AlwaysArrayBytes = 32L << 30;

    /// <summary>Bytes that this many packed bytes may unpack to.</summary>
    internal static long Of(long packedBytes) => Of(packedBytes, AlwaysBytes);

    /// <summary>The same for a file of arrays.</summary>
    internal static long OfArrays(long packedBytes) => Of(packedBytes, AlwaysArrayBytes);

    private static long Of(long packedBytes, long always) => always + (long)Int128.Min((Int128)packedBytes * Ratio, long.MaxValue - always);
}
