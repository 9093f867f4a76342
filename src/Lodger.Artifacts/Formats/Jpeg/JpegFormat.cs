using System.Buffers;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Jpeg;

/// <summary>
/// JPEG (ITU T.81): every segment from the start mark to the end mark, the frame before its scans, every scan to its last byte. Pixels are not decoded and the
/// format has no checksum, so bytes altered inside a scan are not seen.
/// </summary>
internal sealed class JpegFormat : IFormat
{
    private const int MaxSegments = 1_000_000;
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    public string Name => "JPEG";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => head.Length > 3 && head[0] == 0xFF && head[1] == StartOfImage && head[2] == 0xFF;

    public bool RecognisesName(string fileName) =>
        fileName.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".jpeg", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var fields = new FieldReader(file);
            if (fields.U16BigEndian() != 0xFFD8)
            {
                throw new InvalidDataException("it does not begin with JPEG's mark.");
            }

            var (width, height, scans) = ReadSegments(file, fields, cancellation);
            if (fields.Remaining > 0)
            {
                // phones and cameras append a second picture or a depth map
                report.Note("jpeg-trailing", $"{fields.Remaining} bytes follow the image's end mark.", "Viewers ignore them.");
            }

            report.Checked = $"{width} x {height} pixels, every segment, {scans} scans to the end mark; pixels not decoded";
        }
        catch (InvalidDataException e)
        {
            report.Damaged("jpeg-invalid", PrintableText.Of(e.Message, 300));
        }
    }

    private static (int Width, int Height, int Scans) ReadSegments(HashedFile file, FieldReader fields, CancellationToken cancellation)
    {
        var (width, height, scans) = (0, 0, 0);
        for (var segments = 0; segments < MaxSegments; segments++)
        {
            cancellation.ThrowIfCancellationRequested();
            var marker = NextMarker(fields);
            if (marker == EndOfImage)
            {
                return scans > 0 ? (width, height, scans) : throw new InvalidDataException("its end mark comes before any image data.");
            }

            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue; // marks without a length
            }

            var at = fields.Position;
            var bytes = fields.U16BigEndian();
            if (bytes < 2 || bytes - 2 > fields.Remaining)
            {
                throw new InvalidDataException($"segment FF{marker:X2} at byte {at} claims {bytes} bytes, and {fields.Remaining + 2} are there: it was cut short.");
            }

            var data = fields.Take(bytes - 2);
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                (width, height) = Frame(data);
            }
            else if (marker == StartOfScan)
            {
                if (width == 0)
                {
                    throw new InvalidDataException("image data comes before its frame header.");
                }

                scans++;
                SkipScan(file, fields);
            }
        }

        throw new InvalidDataException($"it has more than {MaxSegments} segments.");
    }

    private static byte NextMarker(FieldReader fields)
    {
        if (fields.Remaining < 2)
        {
            throw new InvalidDataException($"it ends at byte {fields.End} without its end mark: it was cut short.");
        }

        if (fields.U8() != 0xFF)
        {
            throw new InvalidDataException($"at byte {fields.Position - 1} there is no segment where one should begin.");
        }

        byte marker;
        do
        {
            marker = fields.U8(); // any number of FF may stand before a mark
        }
        while (marker == 0xFF);
        return marker;
    }

    private static (int Width, int Height) Frame(ReadOnlySpan<byte> data)
    {
        if (data.Length < 6 || data.Length != 6 + (3 * data[5]))
        {
            throw new InvalidDataException("its frame header has not the length its components need.");
        }

        var (height, width) = ((data[1] << 8) | data[2], (data[3] << 8) | data[4]);
        return width > 0 ? (width, height) : throw new InvalidDataException("its frame is 0 pixels wide.");
    }

    /// <summary>Goes to the mark that ends the scan: FF followed by neither 00 (a data byte) nor a restart mark.</summary>
    private static void SkipScan(HashedFile file, FieldReader fields)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var offset = fields.Position;
            var afterMark = false;
            for (int read; (read = file.Read(offset, buffer)) > 0; offset += read)
            {
                for (var i = 0; i < read; i++)
                {
                    if (afterMark && buffer[i] is not (0x00 or 0xFF or (>= 0xD0 and <= 0xD7)))
                    {
                        fields.Seek(offset + i - 1);
                        return;
                    }

                    if (!afterMark)
                    {
                        var next = buffer.AsSpan(i, read - i).IndexOf((byte)0xFF);
                        i = next < 0 ? read - 1 : i + next;
                    }

                    afterMark = buffer[i] == 0xFF;
                }
            }

            throw new InvalidDataException($"its image data goes to the file's end at byte {file.Length} without an end mark: it was cut short.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
