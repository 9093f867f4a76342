using System.IO.Compression;
using System.Security.Cryptography;

namespace Lodger.Server.Site;

/// <summary>A file of the dashboard as it is handed out: in memory, whole and packed.</summary>
/// <param name="ETag">Of its content, quoted.</param>
/// <param name="IsLasting">Its name changes with its content: it may be kept for ever.</param>
internal sealed record SiteFile(string Type, byte[] Bytes, byte[] Packed, string ETag, bool IsLasting)
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>Null: a kind of file that no page needs.</summary>
    public static SiteFile? Of(string name, byte[] bytes)
    {
        if (!Types.TryGetValue(Path.GetExtension(name), out var type))
            return null;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        // app-4VIBC3AA.js: the builder writes a hash into the name.
        var isLasting = Path.GetFileNameWithoutExtension(name) is var stem && stem.Length > 9 && stem[^9] == '-';
        return new(type, bytes, packed.ToArray(), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)).AsSpan(0, 32)}\"", isLasting);
    }
}
