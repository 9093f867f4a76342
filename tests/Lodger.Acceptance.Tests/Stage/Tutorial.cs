using System.Runtime.CompilerServices;
using System.Text;
using Lodger.Tests.Shared;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>
/// A page of docs/tutorials as one shell script: a block that names a file (<c>```yaml job.yaml</c>) writes it, a block marked <c>sh</c> is typed. Both happen in the order and in the directory in which a reader would.
/// </summary>
internal static class Tutorial
{
    /// <summary>An address that the pages use; here there is a free one in its place.</summary>
    private const string Port = "8765";

    public static string Directory { get; } = Path.Combine(Root(), "docs", "tutorials");

    public static string Source => Root();

    public static string ScriptOf(string page)
    {
        var script = new StringBuilder("set -euo pipefail\n");
        string? end = null;
        var kind = "";
        foreach (var line in File.ReadLines(Path.Combine(Directory, page)))
        {
            if (!line.StartsWith("```", StringComparison.Ordinal))
            {
                if (kind == "sh" && end is null && line.StartsWith("lodger ", StringComparison.Ordinal))
                    script.Append("printf '$ %s\\n' ").Append('\'').Append(line.Replace("'", "'\\''", StringComparison.Ordinal)).Append("'\n");
                if (kind.Length > 0)
                    script.Append(line).Append('\n');
                continue;
            }

            if (kind.Length > 0)
            {
                if (end is not null)
                    script.Append(end).Append('\n');
                (kind, end) = ("", null);
                continue;
            }

            var info = line[3..].Split(' ', 2);
            kind = info[0].Length > 0 ? info[0] : "text";
            if (info.Length == 2)
            {
                end = "END_OF_FILE";
                script.Append($"cat > '{info[1]}' <<'{end}'\n");
            }
            else if (kind != "sh")
            {
                // Shown, not typed.
                end = "END_OF_FILE";
                script.Append($": <<'{end}'\n");
            }
        }

        return script.ToString().Replace(Port, FreePort.Next().ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath("../../..", Path.GetDirectoryName(here)!);
}
