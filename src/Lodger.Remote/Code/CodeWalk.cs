namespace Lodger.Remote.Code;

/// <summary>Walks a directory and leaves out what ignore files name; what is ignored is not entered, as git does it.</summary>
internal sealed class CodeWalk(string root, IReadOnlyList<string> ignoreFileNames)
{
    private readonly List<IgnoreFile> rules = [];
    private readonly List<string> files = [];

    /// <summary>Relative paths with forward slashes.</summary>
    public IReadOnlyList<string> Run(CancellationToken cancellationToken)
    {
        Enter("", cancellationToken);
        return files;
    }

    private void Enter(string directory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var before = rules.Count;
        rules.AddRange(ignoreFileNames.Select(name => IgnoreFile.Read(root, directory, name)).OfType<IgnoreFile>());
        foreach (var entry in new DirectoryInfo(Path.Combine(root, directory)).EnumerateFileSystemInfos())
        {
            var path = directory + entry.Name;
            var isLink = entry.LinkTarget is not null;
            var isDirectory = entry is DirectoryInfo && !isLink;
            if (IsIgnored(path, isDirectory) || CodeScan.IsNeverSent(entry.Name))
            {
                continue;
            }

            if (!isDirectory)
            {
                files.Add(path);
            }
            else if (!CodeScan.IsNeverSent(root, path))
            {
                Enter(path + "/", cancellationToken);
            }
        }

        rules.RemoveRange(before, rules.Count - before);
    }

    private bool IsIgnored(string path, bool isDirectory)
    {
        for (var i = rules.Count - 1; i >= 0; i--)
        {
            if (rules[i].Decide(path, isDirectory) is { } decision)
            {
                return decision;
            }
        }

        return false;
    }
}
