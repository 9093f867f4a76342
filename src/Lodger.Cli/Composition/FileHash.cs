using System.Security.Cryptography;

namespace Lodger.Cli.Composition;

internal static class FileHash
{
    /// <summary>SHA-256 in lower case hex; null when there is no such file.</summary>
    public static string? Of(string file)
    {
        if (!File.Exists(file))
            return null;
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
