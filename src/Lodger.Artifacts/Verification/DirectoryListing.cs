namespace Lodger.Artifacts.Verification;

/// <summary>A regular file found in a directory. <paramref name="Path"/> is relative with forward slashes.</summary>
internal sealed record ListedFile(string Path, string FullPath, long Bytes);

/// <summary>A symbolic link found in a directory. It is never followed.</summary>
internal sealed record ListedLink(string Path, string Target);

/// <summary>What a directory holds, at any depth, without following a link and without opening a file.</summary>
internal sealed class DirectoryListing
{
    private static readonly EnumerationOptions _everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    private readonly int _maxFiles;
    private readonly CancellationToken _cancellation;

    private DirectoryListing(int maxFiles, CancellationToken cancellation)
    {
        _maxFiles = maxFiles;
        _cancellation = cancellation;
    }

    internal List<ListedFile> Files { get; } = [];

    internal List<ListedLink> Links { get; } = [];

    internal List<Finding> Findings { get; } = [];

    internal static DirectoryListing Of(string directory, int maxFiles, CancellationToken cancellation)
    {
        var listing = new DirectoryListing(maxFiles, cancellation);
        listing.ReadAll(new DirectoryInfo(directory));
        return listing;
    }

    private void ReadAll(DirectoryInfo root)
    {
        var due = new Stack<(DirectoryInfo Directory, string Prefix)>([(root, string.Empty)]);
        while (due.TryPop(out var next))
        {
            _cancellation.ThrowIfCancellationRequested();
            try
            {
                foreach (var entry in next.Directory.EnumerateFileSystemInfos("*", _everything))
                {
                    if (Files.Count + Links.Count >= _maxFiles)
                    {
                        Refuse("too-many-files", string.Empty, $"it holds more than {_maxFiles} files.", "Verify its directories one by one.");
                        return;
                    }

                    Take(entry, next.Prefix + entry.Name, due);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Refuse("unreadable", next.Prefix.TrimEnd('/'), $"the directory cannot be read: {PrintableText.Of(e.Message)}", "Give yourself the right to read it.");
            }
        }
    }

    private void Take(FileSystemInfo entry, string path, Stack<(DirectoryInfo Directory, string Prefix)> due)
    {
        if (path == BundleLayout.OwnDirectory)
        {
            if (entry.LinkTarget is not null)
            {
                Refuse("own-directory-link", path, "it is a symbolic link; what Lodger writes there would land elsewhere.", "Remove the link.");
            }
        }
        else if (entry.LinkTarget is { } target)
        {
            Links.Add(new ListedLink(path, target));
        }
        else if (entry.Name.Contains('\uFFFD') && !Path.Exists(entry.FullName))
        {
            Refuse("name-not-utf8", path, "its name is not UTF-8, so it cannot be opened.", "Rename it where it was made.");
        }
        else if (entry is DirectoryInfo directory)
        {
            due.Push((directory, path + "/"));
        }
        else if (FileKind.IsSpecial(entry.FullName, ((FileInfo)entry).Length))
        {
            Refuse("not-a-file", path, "it is a pipe, a socket or a device, not a file.", "Remove it.");
        }
        else
        {
            Files.Add(new ListedFile(path, entry.FullName, ((FileInfo)entry).Length));
        }
    }

    private void Refuse(string id, string path, string what, string fix) => Findings.Add(new Finding(id, Severity.Error, PrintableText.Of(path, 1024), what, fix));
}
