using System.IO.Compression;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Gzip;

/// <summary>
/// What a gzip file (RFC 1952) unpacks to, all its members. The framework's reader checks each member's CRC and length but takes the end of the file for the end of
/// the data; so it is given one member more, whose text must come out last: it does only when the last real member was whole and nothing else follows.
/// </summary>
internal sealed class GzipContent : ForwardStream
{
    private static readonly byte[] _lastWords = [.. "<- whole until here"u8];
    private static readonly byte[] _lastMember = Pack(_lastWords);

    private readonly GZipStream _unpacked;
    private readonly byte[] _held = new byte[_lastWords.Length];
    private readonly long _limitBytes;
    private readonly CancellationToken _cancellation;
    private int _heldBytes;

    internal GzipContent(HashedFile file, CancellationToken cancellation)
    {
        _unpacked = new GZipStream(new Packed(file), CompressionMode.Decompress);
        _limitBytes = UnpackLimit.Of(file.Length);
        _cancellation = cancellation;
    }

    /// <summary>Bytes given so far.</summary>
    internal long Given { get; private set; }

    /// <summary>True when reading stopped at the limit: more may follow.</summary>
    internal bool TooLarge { get; private set; }

    /// <exception cref="InvalidDataException">A member is damaged or cut, or what follows it is no gzip.</exception>
    public override int Read(Span<byte> buffer)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (buffer.Length == 0 || (TooLarge |= Given > _limitBytes))
        {
            return 0;
        }

        if (_heldBytes < _held.Length && !FillHeld())
        {
            throw new InvalidDataException("it holds fewer bytes than any whole gzip: it was cut short.");
        }

        // what is held comes out first, and the newest bytes are held instead
        var fresh = _unpacked.Read(buffer);
        if (fresh == 0)
        {
            return _held.AsSpan().SequenceEqual(_lastWords) ? 0
                : throw new InvalidDataException($"its data stops after {Given} unpacked bytes before its end mark: it was cut short, or something that is no gzip follows.");
        }

        Rotate(buffer[..fresh]);
        Given += fresh;
        return fresh;
    }

    protected override void Dispose(bool disposing)
    {
        _unpacked.Dispose();
        base.Dispose(disposing);
    }

    private bool FillHeld()
    {
        _heldBytes = _unpacked.ReadAtLeast(_held, _held.Length, throwOnEndOfStream: false);
        return _heldBytes == _held.Length;
    }

    /// <summary>Puts the held bytes before the fresh ones, and holds the last of both.</summary>
    private void Rotate(Span<byte> fresh)
    {
        Span<byte> all = stackalloc byte[_held.Length * 2];
        if (fresh.Length >= _held.Length)
        {
            var tail = all[.._held.Length];
            fresh[^_held.Length..].CopyTo(tail);
            fresh[..^_held.Length].CopyTo(fresh[_held.Length..]);
            _held.CopyTo(fresh);
            tail.CopyTo(_held);
            return;
        }

        _held.CopyTo(all);
        fresh.CopyTo(all[_held.Length..]);
        all[..fresh.Length].CopyTo(fresh);
        all.Slice(fresh.Length, _held.Length).CopyTo(_held);
    }

    private static byte[] Pack(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(text);
        }

        return packed.ToArray();
    }

    /// <summary>The file's bytes, then those of the last member.</summary>
    private sealed class Packed(HashedFile file) : ForwardStream
    {
        private long _position;

        public override int Read(Span<byte> buffer)
        {
            var read = _position < file.Length ? file.Read(_position, buffer) : 0;
            if (read == 0)
            {
                var rest = _lastMember.AsSpan((int)Math.Clamp(_position - file.Length, 0, _lastMember.Length));
                read = Math.Min(rest.Length, buffer.Length);
                rest[..read].CopyTo(buffer);
            }

            _position += read;
            return read;
        }
    }
}
