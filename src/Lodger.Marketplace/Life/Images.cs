using System.Text;

namespace Lodger.Marketplace.Life;

/// <summary>How long a container image takes to arrive. No image is really fetched: every sandbox is made of this machine's own files.</summary>
internal static class Images
{
    private const double UnpackBytesPerSecond = 400e6;
    private const double BitsPerByte = 8;

    private static readonly (string Prefix, long Bytes)[] Known =
    [
        ("pytorch/pytorch", 4_600_000_000), ("tensorflow/tensorflow", 3_700_000_000), ("nvidia/cuda", 2_300_000_000), ("vastai/", 5_100_000_000),
        ("ubuntu", 30_000_000), ("debian", 49_000_000), ("alpine", 4_000_000), ("python", 360_000_000), ("busybox", 2_000_000),
    ];

    /// <summary>Compressed size in bytes; for an unknown image a figure from 0.3 to 6 GB that its name decides.</summary>
    public static long Size(string image)
    {
        foreach (var (prefix, bytes) in Known)
            if (image.StartsWith(prefix, StringComparison.Ordinal))
                return image.Contains("slim", StringComparison.Ordinal) ? bytes / 8 : bytes;
        ulong hash = 14695981039346656037; // FNV-1a, so that a name means the same everywhere and always.
        foreach (var b in Encoding.UTF8.GetBytes(image)) hash = (hash ^ b) * 1099511628211;
        return 300_000_000 + (long)(hash % 5_700_000_000);
    }

    /// <summary>Download and unpacking, in market time.</summary>
    public static TimeSpan PullTime(string image, double downloadMbitPerSecond)
    {
        var bytes = (double)Size(image);
        return TimeSpan.FromSeconds((bytes * BitsPerByte / (downloadMbitPerSecond * 1e6)) + (bytes / UnpackBytesPerSecond));
    }
}
