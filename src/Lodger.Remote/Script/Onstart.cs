using System.IO.Compression;
using System.Text;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;

namespace Lodger.Remote.Script;

/// <summary>
/// The boot script that the platform stores and runs at every container start. It is the same for every job: everything
/// particular comes as environment or with the payload, so there is no secret in it.
/// </summary>
public static class Onstart
{
    private const int CharsPerLine = 100;

    /// <summary>The script's text, packed with gzip and base64 when it would pass the profile's limit.</summary>
    public static Outcome<string> Build(PlatformProfile profile)
    {
        var directory = ShellQuote.Word(BoxLayout.Of(profile).Root);
        var plain = $"#!/bin/sh\n# Lodger's boot script: counts the start, exports the environment, waits for the payload, hands over.\nset -u\n{EmbeddedScript.Common}\nkeep_environment\nD={directory}\n{EmbeddedScript.Boot}";
        if (plain.Length <= profile.OnstartMaxChars)
        {
            return plain;
        }

        var packed = Pack(plain, directory);
        return packed.Length <= profile.OnstartMaxChars
            ? packed
            : new Problem(
                "onstart-too-long",
                $"The boot script needs {packed.Length} characters, the platform takes {profile.OnstartMaxChars}.",
                "Use a shorter data directory in the profile, or raise its onstart limit.",
                ExitCode.BadInput);
    }

    private static string Pack(string script, string directory)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(script));
        }

        var base64 = Convert.ToBase64String(packed.ToArray());
        var text = new StringBuilder("#!/bin/sh\n# Lodger's boot script (gzip, base64); unpacked into ").Append(directory).Append("/boot.sh\n");
        text.Append("set -e\nmkdir -p ").Append(directory).Append("\nbase64 -d <<'END' | gzip -dc >").Append(directory).Append("/boot.sh\n");
        foreach (var line in base64.Chunk(CharsPerLine))
        {
            text.Append(line).Append('\n');
        }

        return text.Append("END\nexec sh ").Append(directory).Append("/boot.sh\n").ToString();
    }
}
