using System.Text;
using Lodger.Domain.Box;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Code;

/// <summary>
/// A copy of the code, made for sending, in which the shell scripts with CRLF line ends are repaired. The user's own files are
/// never changed.
/// </summary>
public static class PreparedCode
{
    // Beside the copy's files, so that scanning the copy gives the same list although it is no git work tree.
    private const string RosterFile = ".lodger/prepared";

    /// <summary>Copies the files of an inventory into an empty or new directory, repaired.</summary>
    /// <returns>The inventory of the copy: the same files, no script left to repair.</returns>
    public static CodeInventory Make(string directory, CodeInventory inventory, string destination)
    {
        var crlf = inventory.CrlfScripts.ToHashSet(StringComparer.Ordinal);
        var bytes = 0L;
        foreach (var file in inventory.Files)
        {
            var source = new FileInfo(Path.Combine(directory, file));
            var target = Path.Combine(destination, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (source.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(target, link);
                continue;
            }

            var isEmpty = source.Length == 0;
            if (isEmpty || crlf.Contains(file))
            {
                // What seems empty may be a pipe, and whoever opens one waits.
                File.WriteAllBytes(target, isEmpty ? [] : CrlfScript.Fix(File.ReadAllBytes(source.FullName)));
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(target, source.UnixFileMode);
                }
            }
            else
            {
                source.CopyTo(target, overwrite: true);
            }

            File.SetLastWriteTimeUtc(target, source.LastWriteTimeUtc);
            bytes += new FileInfo(target).Length;
        }

        WriteRoster(destination, inventory.Files);
        return inventory with { Bytes = bytes, CrlfScripts = [] };
    }

    /// <summary>Notes of which files a copy consists, so that it is scanned as what it is a copy of.</summary>
    /// <param name="files">Relative paths with forward slashes.</param>
    public static void WriteRoster(string directory, IReadOnlyList<string> files)
    {
        var roster = Path.Combine(directory, RosterFile);
        Directory.CreateDirectory(Path.GetDirectoryName(roster)!);
        File.WriteAllText(roster, string.Concat(files.Order(StringComparer.Ordinal).Select(file => file + "\0")), new UTF8Encoding(false));
    }

    /// <summary>The file list of a copy; null when the directory is not one.</summary>
    /// <exception cref="IOException">It names what lies elsewhere.</exception>
    internal static IReadOnlyList<string>? ReadRoster(string directory)
    {
        var roster = Path.Combine(directory, RosterFile);
        if (!File.Exists(roster))
        {
            return null;
        }

        var files = File.ReadAllText(roster).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return files.All(SafePath.IsConfined) ? files : throw new IOException($"{roster} names files that are not below it.");
    }
}
