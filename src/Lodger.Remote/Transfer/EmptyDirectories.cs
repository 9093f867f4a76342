namespace Lodger.Remote.Transfer;

/// <summary>What is left of a tree whose files went elsewhere: a file that comes may have the name of such a directory.</summary>
public static class EmptyDirectories
{
    /// <summary>Removes every directory below this one in which nothing lies. No link is followed.</summary>
    public static void RemoveBelow(string directory)
    {
        foreach (var below in new DirectoryInfo(directory).EnumerateDirectories("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }).Where(d => d.LinkTarget is null).ToList())
        {
            RemoveBelow(below.FullName);
            if (!below.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }).Any())
            {
                below.Delete();
            }
        }
    }
}
