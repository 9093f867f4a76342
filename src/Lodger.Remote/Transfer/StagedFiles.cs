using Lodger.Domain.Box;

namespace Lodger.Remote.Transfer;

/// <summary>How what is still missing of a file is fetched.</summary>
internal enum FetchWay
{
    /// <summary>Its beginning is here: what follows is sent, and the whole proven by rsync's checksum. When that fails, rsync compares by content.</summary>
    GoOn,

    /// <summary>Nothing of it is here, or it is here whole: what has the size and time of the file there is not sent again. rsync sets the time last.</summary>
    Anew,

    /// <summary>What is here and what is there are compared by content, piece by piece.</summary>
    Compare,

    /// <summary>A copy with its own name is here already; it is compared by content, and stays until the new one is whole.</summary>
    Replace,
}

/// <summary>
/// Where files grow until a pull is whole: in Lodger's own directory of the bundle, which no name of a machine reaches. They outlive the pull that broke off, and the process that made it.
/// </summary>
internal sealed class StagedFiles(string bundle)
{
    private static readonly EnumerationOptions All = new() { AttributesToSkip = FileAttributes.None };

    /// <summary>Relative to the bundle.</summary>
    public const string Below = SafePath.OwnDirectory + "/incoming";

    public string Directory { get; } = Path.Combine(bundle, Below);

    /// <summary>Makes the directory, and removes from it what is not wanted any more, what is no plain file, and what is empty.</summary>
    public void Open(IEnumerable<WantedFile> wanted)
    {
        System.IO.Directory.CreateDirectory(Directory);
        Clean(new DirectoryInfo(Directory), wanted.Select(file => file.Path).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>A link goes itself, and nothing behind it.</summary>
    private void Clean(DirectoryInfo below, HashSet<string> wanted)
    {
        foreach (var entry in below.EnumerateFileSystemInfos("*", All).ToList())
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory)
            {
                Clean(directory, wanted);
            }
            else if (entry is not FileInfo { LinkTarget: null, Length: > 0 } || !wanted.Contains(Path.GetRelativePath(Directory, entry.FullName)))
            {
                entry.Delete();
            }
        }

        EmptyDirectories.RemoveBelow(Directory);
    }

    /// <summary>Bytes of a file that are here; null when there is none.</summary>
    public long? LengthOf(WantedFile file) => new FileInfo(Path.Combine(Directory, file.Path)) is { Exists: true } here ? here.Length : null;

    /// <param name="isMistrusted">What came for it before is not the beginning of the file there.</param>
    public FetchWay WayOf(WantedFile file, bool isMistrusted) => (LengthOf(file), isMistrusted) switch
    {
        (null, _) => IsInBundle(file) ? FetchWay.Replace : FetchWay.Anew,
        (_, true) => FetchWay.Compare,
        ({ } length, _) when length == file.Bytes || length == 0 => FetchWay.Anew,
        ({ } length, _) when length < file.Bytes => FetchWay.GoOn,
        _ => FetchWay.Compare,
    };

    /// <summary>Gives every file that is here its own name, and leaves nothing of this directory.</summary>
    public void Close(IEnumerable<WantedFile> files)
    {
        foreach (var file in files.Where(file => LengthOf(file) is not null))
        {
            var target = Path.Combine(bundle, file.Path);
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(Path.Combine(Directory, file.Path), target, overwrite: true);
        }

        System.IO.Directory.Delete(Directory, recursive: true);
        var own = Path.GetDirectoryName(Directory)!;
        if (!System.IO.Directory.EnumerateFileSystemEntries(own).Any())
        {
            System.IO.Directory.Delete(own);
        }
    }

    private bool IsInBundle(WantedFile file) => new FileInfo(Path.Combine(bundle, file.Path)) is { Exists: true, LinkTarget: null };
}
