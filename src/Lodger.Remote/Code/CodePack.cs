using System.Formats.Tar;
using System.Security.Cryptography;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Code;

/// <summary>A directory's code as one tar stream, for a server that cannot see the directory: exactly the files of an inventory, sent as they are read.</summary>
public static class CodePack
{
    /// <summary>Most that the files of one job's code may have together, bytes. What is larger is data.</summary>
    public const long BytesMax = 1L << 30;

    /// <summary>Most files, links and directories.</summary>
    public const int FilesMax = 50_000;

    /// <summary>The directories that a file lies in, the innermost first, without the root.</summary>
    /// <param name="file">Relative, forward slashes.</param>
    public static IEnumerable<string> DirectoriesOf(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        for (var end = file.LastIndexOf('/'); end > 0; end = file.LastIndexOf('/', end - 1))
        {
            yield return file[..end];
        }
    }

    /// <summary>Null when it can be handed over.</summary>
    public static Problem? Refuse(string directory, CodeInventory inventory)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        var directories = inventory.Files.SelectMany(DirectoriesOf).Distinct(StringComparer.Ordinal).Count();
        if (inventory.Bytes > BytesMax || inventory.Files.Count + directories > FilesMax)
        {
            return new Problem(
                "code-too-large",
                $"The code in {directory} is {inventory.Files.Count} files of {inventory.Bytes / 1e6:0} MB in {directories} directories; a server takes {FilesMax} files and directories of {BytesMax / 1e6:0} MB.",
                "Name what the job does not need in .lodgerignore; data belongs into  data:",
                ExitCode.BadInput);
        }

        var stray = inventory.Files.FirstOrDefault(file => new FileInfo(Path.Combine(directory, file)).LinkTarget is { } target && !CodeLinks.StaysInside(file, target));
        return stray is null
            ? null
            : new Problem("code-link", $"The link {stray} in {directory} leads out of it, and what it leads to is not sent.", "Name it in .lodgerignore, or put the file itself there.", ExitCode.BadInput);
    }

    /// <summary>Writes the archive. A file that is cut short or grows meanwhile has the bytes that it had when it was opened, or ends the writing.</summary>
    /// <returns>SHA-256 of what was written, lower-case hex.</returns>
    /// <exception cref="IOException">A file cannot be read, or nobody takes what is written.</exception>
    public static async Task<string> WriteAsync(string directory, CodeInventory inventory, Stream into, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        using var hash = SHA256.Create();
        await using (var hashing = new CryptoStream(into, hash, CryptoStreamMode.Write, leaveOpen: true))
        {
            await using (var tar = new TarWriter(hashing, TarEntryFormat.Pax, leaveOpen: true))
            {
                foreach (var file in inventory.Files)
                {
                    var info = new FileInfo(Path.Combine(directory, file));
                    if (info.LinkTarget is { } target)
                    {
                        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, file) { LinkName = target }, cancellationToken);
                        continue;
                    }

                    // Nothing that seems empty is opened: a pipe would wait for somebody to write into it.
                    await using var content = info.Length > 0 ? info.OpenRead() : Stream.Null;
                    var entry = new PaxTarEntry(TarEntryType.RegularFile, file) { DataStream = content, Mode = info.UnixFileMode, ModificationTime = info.LastWriteTimeUtc };
                    await tar.WriteEntryAsync(entry, cancellationToken);
                }
            }

            await hashing.FlushFinalBlockAsync(cancellationToken);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }
}
