using System.Buffers.Binary;
using System.Text;

namespace Lodger.Artifacts.Formats.Binary;

/// <summary>
/// Reads numbers and short strings from a part of a file, through one window, in either direction. Every read is held to the part's end, so a length
/// field can ask for no more than the file has.
/// </summary>
internal sealed class FieldReader
{
    /// <summary>The longest single piece that <see cref="Take"/> gives.</summary>
    internal const int MaxTakeBytes = 64 * 1024;

    private const int JumpBytes = 4096;

    private readonly HashedFile _file;
    private readonly byte[] _window;
    private long _windowStart;
    private int _windowBytes;

    /// <param name="file">The file.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="end">Where the part ends; the file's end when it is not told.</param>
    internal FieldReader(HashedFile file, long start = 0, long? end = null)
    {
        _file = file;
        End = Math.Min(end ?? file.Length, file.Length);
        Position = start;
        _window = new byte[(int)Math.Clamp(End - start, 0, MaxTakeBytes)];
    }

    /// <summary>Offset in the file of the next byte.</summary>
    internal long Position { get; private set; }

    /// <summary>Where the part ends; nothing past it is read.</summary>
    internal long End { get; }

    internal long Remaining => End - Position;

    /// <summary>Goes to an offset in the file.</summary>
    /// <exception cref="InvalidDataException">It lies outside the part.</exception>
    internal void Seek(long offset)
    {
        if (offset < 0 || offset > End)
        {
            throw new InvalidDataException($"it points to byte {offset}, and the part of the file it points into ends at {End}.");
        }

        Position = offset;
    }

    /// <exception cref="InvalidDataException">There are fewer bytes.</exception>
    internal void Skip(long bytes)
    {
        if (bytes < 0 || bytes > Remaining)
        {
            throw Cut(bytes);
        }

        Position += bytes;
    }

    /// <summary>The next bytes, good until the next read.</summary>
    /// <exception cref="InvalidDataException">There are fewer bytes, or more were asked for than a field has.</exception>
    internal ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes < 0 || bytes > Remaining)
        {
            throw Cut(bytes);
        }

        if (bytes > _window.Length)
        {
            throw new InvalidDataException($"a field at byte {Position} claims {bytes} bytes, more than such a field can have.");
        }

        if (Position < _windowStart || Position + bytes > _windowStart + _windowBytes)
        {
            // going on in order is worth a whole window, a jump only what a header takes
            var ahead = Position == _windowStart + _windowBytes ? _window.Length : Math.Max(bytes, JumpBytes);
            _windowStart = Position;
            _windowBytes = _file.Read(Position, _window.AsSpan(0, (int)Math.Min(Math.Min(_window.Length, ahead), Remaining)));
            if (_windowBytes < bytes)
            {
                throw new InvalidDataException("the file shrank while it was read.");
            }
        }

        var taken = _window.AsSpan((int)(Position - _windowStart), bytes);
        Position += bytes;
        return taken;
    }

    internal byte U8() => Take(1)[0];

    internal ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    internal uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    internal ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    internal ushort U16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    internal uint U32BigEndian() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>UTF-8 text of a length that was read from the file.</summary>
    internal string Text(ulong bytes) => Encoding.UTF8.GetString(Take((int)Math.Min(bytes, int.MaxValue)));

    private InvalidDataException Cut(long bytes) =>
        new($"at byte {Position} it needs {bytes} more bytes, and {Math.Max(Remaining, 0)} are there: it was cut short, or a length in it is wrong.");
}
