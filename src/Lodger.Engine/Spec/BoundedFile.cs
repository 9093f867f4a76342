namespace Lodger.Engine.Spec;

/// <summary>Reads no more of a file than anybody writes into such a one: the size of a device or a pipe says nothing, and some have no end.</summary>
public static class BoundedFile
{
    private const int ChunkBytes = 64 << 10;

    /// <returns>Null: there is more in it.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it be.</exception>
    public static byte[]? Read(string path, int bytesMax)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        using var read = new MemoryStream();
        var chunk = new byte[ChunkBytes];
        while (read.Length <= bytesMax && file.Read(chunk) is > 0 and var count)
            read.Write(chunk, 0, count);
        return read.Length <= bytesMax ? read.ToArray() : null;
    }
}
