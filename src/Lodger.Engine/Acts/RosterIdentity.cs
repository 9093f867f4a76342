using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts.Manifests;

namespace Lodger.Engine.Acts;

/// <summary>What a manifest says without when it was made: two manifests of unchanged files have the same identity.</summary>
internal static class RosterIdentity
{
    public static string Of(Manifest manifest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in manifest.Entries)
        {
            var line = entry switch
            {
                ManifestFile f => $"{f.Sha256} {f.Bytes} {f.EscapedPath}\n",
                ManifestLink l => $"symlink {l.EscapedTarget} {l.EscapedPath}\n",
                _ => throw new InvalidOperationException($"{entry.GetType().Name} has no identity."),
            };
            hash.AppendData(Encoding.ASCII.GetBytes(line));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
