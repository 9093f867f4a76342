using System.Security.Cryptography;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Durable;

/// <summary>A directory of this machine: another disk, a mounted share. A file appears under its name when it is whole and on the disk.</summary>
internal sealed class DirectoryStore(string directory) : IDurableStore
{
    private const string Unfinished = ".lodger-part";

    public async Task<Outcome<IReadOnlyDictionary<string, string>>> ReadBackAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        try
        {
            foreach (var path in paths)
            {
                var file = new FileInfo(Path.Combine(directory, path));
                if (!file.Exists)
                    continue;
                await using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan | FileOptions.Asynchronous);
                hashes[path] = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused("read", e);
        }

        return hashes;
    }

    public async Task<Outcome<Done>> SendAsync(string from, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var path in paths)
            {
                var to = Path.Combine(directory, path);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                await using (var source = new FileStream(Path.Combine(from, path), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan | FileOptions.Asynchronous))
                await using (var copy = new FileStream(to + Unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous))
                {
                    await source.CopyToAsync(copy, 1 << 20, cancellationToken);
                    await copy.FlushAsync(cancellationToken);
                    copy.Flush(flushToDisk: true);
                }

                // Whoever made one of that name meanwhile keeps it.
                File.Move(to + Unfinished, to, overwrite: false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused("write", e);
        }

        return Done.Ok;
    }

    private Problem Refused(string what, Exception e) =>
        new("target-refuses", $"{directory} cannot be {(what == "read" ? "read" : "written to")}: {e.Message}", "Make room there, or make it writable for you, and copy again: what is there already is not sent twice.", ExitCode.Prerequisite);
}
