using System.Buffers;
using System.Security.Cryptography;
using Lodger.Artifacts.Manifests;
using Microsoft.Win32.SafeHandles;

namespace Lodger.Artifacts.Formats;

/// <summary>
/// A file under verification. Bytes can be read anywhere; those that come by in order are hashed on the way, and <see cref="FinishHash"/> reads
/// what was not, so that a file is normally read once.
/// </summary>
internal sealed class HashedFile : IDisposable
{
    // 1 MiB: large enough that system calls do not show beside SHA-256, small enough that one a core does not either
    private const int BufferBytes = 1024 * 1024;

    // a reader that skips less than this (a zip's data descriptor, padding) has the gap hashed instead of read twice
    private const int MaxGapBytes = 64 * 1024;

    private readonly SafeFileHandle _handle;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Action<long> _hashedMore;
    private readonly CancellationToken _cancellation;
    private readonly DateTime _modifiedAt;
    private long _hashedBytes;

    internal HashedFile(string path, Action<long> hashedMore, CancellationToken cancellation, Torch.DistcpLayouts? layouts = null)
    {
        Layouts = layouts ?? new Torch.DistcpLayouts();
        Path = path;
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Length = RandomAccess.GetLength(_handle);
        _modifiedAt = File.GetLastWriteTimeUtc(_handle);
        _hashedMore = hashedMore;
        _cancellation = cancellation;
    }

    /// <summary>Where it was opened.</summary>
    internal string Path { get; }

    /// <summary>Bytes in the file when it was opened.</summary>
    internal long Length { get; }

    /// <summary>What all files of one verification share.</summary>
    internal Torch.DistcpLayouts Layouts { get; }

    /// <summary>All of it.</summary>
    internal FilePart AsPart() => this;

    /// <summary>Whether this is its own name, without its directory.</summary>
    internal bool IsNamed(string name) => System.IO.Path.GetFileName(Path) == name;

    /// <summary>A file that this one refers to; see <see cref="FileBeside.Open"/>.</summary>
    internal FileBeside? OpenBeside(string name) => FileBeside.Open(Path, name);

    /// <summary>Fills the buffer from an offset; fewer bytes only at the end of the file.</summary>
    internal int Read(long offset, Span<byte> buffer)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (offset > _hashedBytes && offset - _hashedBytes <= MaxGapBytes)
        {
            HashGap((int)(offset - _hashedBytes));
        }

        var wanted = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        var read = 0;
        while (read < wanted)
        {
            var more = RandomAccess.Read(_handle, buffer[read..wanted], offset + read);
            if (more == 0)
            {
                break;
            }

            read += more;
        }

        if (offset <= _hashedBytes && offset + read > _hashedBytes)
        {
            var fresh = buffer[(int)(_hashedBytes - offset)..read];
            _hash.AppendData(fresh);
            _hashedBytes += fresh.Length;
            _hashedMore(fresh.Length);
        }

        return read;
    }

    /// <summary>Reads the rest and gives the SHA-256 of the whole file; null when the file changed while it was read.</summary>
    internal string? FinishHash()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (_hashedBytes < Length && Read(_hashedBytes, buffer.AsSpan(0, BufferBytes)) > 0)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var same = _hashedBytes == Length && RandomAccess.GetLength(_handle) == Length && File.GetLastWriteTimeUtc(_handle) == _modifiedAt;
        return same ? Manifest.Hex(_hash.GetHashAndReset()) : null;
    }

    public void Dispose()
    {
        _hash.Dispose();
        _handle.Dispose();
    }

    private void HashGap(int bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes);
        Read(_hashedBytes, buffer.AsSpan(0, bytes));
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
