using System.Buffers;
using System.IO.Compression;
using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Formats.Zip;

namespace Lodger.Artifacts.Formats.Png;

/// <summary>PNG (W3C, third edition): every chunk's length and CRC, the header, and that the image data unpacks to exactly the pixels promised.</summary>
internal sealed class PngFormat : IFormat
{
    private const int MaxChunks = 1_000_000;
    private const int ChunkFrameBytes = 12; // length, type, CRC

    public string Name => "PNG";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => head.StartsWith(Signature);

    public bool RecognisesName(string fileName) => fileName.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var fields = new FieldReader(file);
            if (!fields.Take(Signature.Length).SequenceEqual(Signature))
            {
                throw new InvalidDataException("it does not begin with PNG's mark.");
            }

            var (header, parts) = ReadChunks(file, fields, report);
            VerifyPixels(file, header, parts, cancellation);
            report.Checked = $"{header.Width} x {header.Height} pixels, every chunk's CRC, image data unpacked";
        }
        catch (InvalidDataException e)
        {
            report.Damaged("png-invalid", PrintableText.Of(e.Message, 300));
        }
    }

    /// <summary>Walks the chunks to IEND, which must be the file's last.</summary>
    private static (PngHeader Header, List<(long Offset, long Bytes)> Parts) ReadChunks(HashedFile file, FieldReader fields, FormatReport report)
    {
        PngHeader? header = null;
        var parts = new List<(long Offset, long Bytes)>();
        for (var chunks = 0; ; chunks++)
        {
            var at = fields.Position;
            if (fields.Remaining < ChunkFrameBytes)
            {
                throw new InvalidDataException($"it ends at byte {file.Length} without its end chunk (IEND): it was cut short.");
            }

            var bytes = fields.U32BigEndian();
            var type = System.Text.Encoding.Latin1.GetString(fields.Take(4));
            if (bytes > int.MaxValue || bytes > fields.Remaining - 4)
            {
                throw new InvalidDataException($"chunk {PrintableText.Of(type, 8)} at byte {at} claims {bytes} bytes, and {Math.Max(0, fields.Remaining - 4)} are there: it was cut short.");
            }

            if (chunks == 0)
            {
                header = type == "IHDR" ? PngHeader.Of(fields.Take((int)Math.Min(bytes, 64))) : throw new InvalidDataException("its first chunk is not its header (IHDR).");
            }
            else if (type == "IDAT")
            {
                parts.Add((fields.Position, bytes));
            }

            fields.Seek(at + 8 + bytes);
            if (fields.U32BigEndian() is var promised && promised != CrcOf(file, at + 4, 4 + bytes))
            {
                throw new InvalidDataException($"chunk {PrintableText.Of(type, 8)} at byte {at} does not fit its CRC: bytes were altered.");
            }

            if (type == "IEND")
            {
                WarnOfMore(fields.Remaining, report);
                return (header!, parts);
            }

            if (chunks >= MaxChunks)
            {
                throw new InvalidDataException($"it has more than {MaxChunks} chunks.");
            }
        }
    }

    private static void WarnOfMore(long bytes, FormatReport report)
    {
        if (bytes > 0)
        {
            report.Warn("png-trailing", $"{bytes} bytes follow the image's end.", "Look what wrote them; viewers ignore them.");
        }
    }

    private static uint CrcOf(HashedFile file, long offset, long bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            uint crc = 0;
            while (bytes > 0)
            {
                var read = file.Read(offset, buffer.AsSpan(0, (int)Math.Min(bytes, buffer.Length)));
                if (read == 0)
                {
                    throw new InvalidDataException("the file shrank while it was read.");
                }

                crc = Crc32.Append(crc, buffer.AsSpan(0, read));
                (offset, bytes) = (offset + read, bytes - read);
            }

            return crc;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void VerifyPixels(HashedFile file, PngHeader header, List<(long Offset, long Bytes)> parts, CancellationToken cancellation)
    {
        var packed = parts.Sum(part => part.Bytes);
        if (header.DataBytes is not { } due || due / 1032 > packed)
        {
            throw new InvalidDataException($"{packed} bytes of image data cannot hold {header.Width} x {header.Height} pixels.");
        }

        using var unpacked = new ZLibStream(new SlicesStream(file, parts), CompressionMode.Decompress);
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            long there = 0;
            for (int read; there <= due && (read = unpacked.Read(buffer)) > 0; there += read)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (there != due)
            {
                throw new InvalidDataException($"its image data unpacks to {(there > due ? "more" : there)} bytes, and {header.Width} x {header.Height} pixels take {due}.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
