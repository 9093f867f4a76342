namespace Lodger.Artifacts.Formats;

/// <summary>A stretch of a file under verification that is a file of its own, such as one tensor of a distributed checkpoint's shard; mostly all of it.</summary>
internal readonly struct FilePart(HashedFile file, long offset, long length)
{
    internal long Length => length;

    /// <summary>Fills the buffer from an offset in the part; fewer bytes only at its end.</summary>
    internal int Read(long at, Span<byte> buffer) => at >= length ? 0 : file.Read(offset + at, buffer[..(int)Math.Min(buffer.Length, length - at)]);

    internal FilePart Part(long at, long bytes) => new(file, offset + at, bytes);

    public static implicit operator FilePart(HashedFile file) => new(file, 0, file.Length);
}
