using Microsoft.Win32.SafeHandles;

namespace Lodger.Artifacts.Formats;

/// <summary>A file in the same directory as one under verification, which refers to it. Read only, never through a link, and not hashed.</summary>
internal sealed class FileBeside : IDisposable
{
    private readonly SafeFileHandle _handle;

    private FileBeside(SafeFileHandle handle) => _handle = handle;

    internal long Length => RandomAccess.GetLength(_handle);

    internal DateTime ModifiedAt => File.GetLastWriteTimeUtc(_handle);

    /// <summary>
    /// Opens one by its own name; null when it is not there, is no regular file, or the name leads elsewhere.
    /// </summary>
    /// <param name="path">The file that refers to it.</param>
    /// <param name="name">A name without a directory. Hostile.</param>
    /// <exception cref="IOException">It is there and cannot be opened.</exception>
    internal static FileBeside? Open(string path, string name)
    {
        if (name.Length == 0 || name is "." or ".." || name.Contains('/') || name.Contains('\\') || name.Contains('\0'))
        {
            return null;
        }

        var file = new FileInfo(Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, name));
        return file.Exists && file.LinkTarget is null && !Verification.FileKind.IsSpecial(file.FullName, file.Length)
            ? new FileBeside(File.OpenHandle(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            : null;
    }

    /// <summary>Its content from the start, as a stream; disposing of it closes the file.</summary>
    internal Stream Content() => new FileStream(_handle, FileAccess.Read, bufferSize: 0);

    public void Dispose() => _handle.Dispose();
}
