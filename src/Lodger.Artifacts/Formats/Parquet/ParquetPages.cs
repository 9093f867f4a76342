using System.Buffers;
using Lodger.Artifacts.Formats.Zip;

namespace Lodger.Artifacts.Formats.Parquet;

/// <summary>The pages of a column chunk: one after another they fill it exactly, and fit their CRC where the writer gave one.</summary>
internal static class ParquetPages
{
    // a page header with its statistics; writers cut statistics far below this
    private const int MaxHeaderBytes = 1024 * 1024;

    /// <summary>Checks one chunk; gives how many pages it has and how many of them have a CRC.</summary>
    /// <exception cref="InvalidDataException">The sentence says what is wrong.</exception>
    internal static (long Pages, long WithCrc) Check(HashedFile file, ParquetChunk chunk, CancellationToken cancellation)
    {
        var (at, end) = (chunk.Begin, chunk.Begin + chunk.Bytes);
        var (pages, withCrc) = (0L, 0L);
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            for (; at < end; pages++)
            {
                cancellation.ThrowIfCancellationRequested();
                var (headerBytes, bytes, crc) = ReadHeader(file, at, end, ref buffer);
                at += headerBytes;
                if (bytes < 0 || bytes > end - at)
                {
                    throw new InvalidDataException($"page {pages} claims {bytes} bytes, and {end - at} are left in its column.");
                }

                if (crc is { } promised)
                {
                    withCrc++;
                    if (CrcOf(file, at, bytes, buffer) != promised)
                    {
                        throw new InvalidDataException($"page {pages} does not fit its CRC: bytes were altered.");
                    }
                }

                at += bytes;
            }

            return (pages, withCrc);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a page header: in what is at hand first, and in more only when it goes on.</summary>
    private static (int HeaderBytes, long Bytes, uint? Crc) ReadHeader(HashedFile file, long at, long end, ref byte[] buffer)
    {
        for (var ahead = 256; ; ahead *= 16)
        {
            var there = (int)Math.Min(ahead, end - at);
            if (buffer.Length < there)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(there);
            }

            var read = file.Read(at, buffer.AsSpan(0, there));
            try
            {
                return ParseHeader(buffer.AsSpan(0, read));
            }
            catch (InvalidDataException) when (ahead < MaxHeaderBytes && there == ahead)
            {
                // the header may go on past what was read
            }
        }
    }

    private static (int HeaderBytes, long Bytes, uint? Crc) ParseHeader(ReadOnlySpan<byte> text)
    {
        var thrift = new ThriftReader(text);
        var (bytes, crc) = (-1L, (uint?)null);
        for (var id = 0; thrift.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 3:
                    bytes = thrift.ZigZag();
                    break;
                case 4:
                    crc = (uint)thrift.ZigZag();
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return (thrift.Position, bytes, crc);
    }

    private static uint CrcOf(HashedFile file, long offset, long bytes, byte[] buffer)
    {
        uint crc = 0;
        while (bytes > 0)
        {
            var read = file.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes)));
            if (read == 0)
            {
                throw new InvalidDataException("the file shrank while it was read.");
            }

            crc = Crc32.Append(crc, buffer.AsSpan(0, read));
            (offset, bytes) = (offset + read, bytes - read);
        }

        return crc;
    }
}
