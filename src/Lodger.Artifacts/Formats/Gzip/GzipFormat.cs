using System.Buffers;

namespace Lodger.Artifacts.Formats.Gzip;

/// <summary>gzip (RFC 1952): every member unpacked to its end, with its CRC and length. What it holds is not opened; archives are <see cref="Tar.TarGzipFormat"/>.</summary>
internal sealed class GzipFormat : IFormat
{
    public string Name => "gzip";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => HasMagic(head);

    public bool RecognisesName(string fileName) => fileName.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    internal static bool HasMagic(ReadOnlySpan<byte> head) => head.Length > 2 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8;

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        using var content = new GzipContent(file, cancellation);
        try
        {
            while (content.Read(buffer) > 0)
            {
            }

            report.Checked = $"unpacked to {content.Given} bytes, CRC and length";
            SayWhenTooLarge(content, report);
        }
        catch (InvalidDataException e)
        {
            report.Damaged("gzip-invalid", PrintableText.Of(e.Message, 300));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    internal static void SayWhenTooLarge(GzipContent content, FormatReport report)
    {
        if (content.TooLarge)
        {
            report.CannotJudge("gzip-too-large", $"it unpacks to more than {content.Given} bytes, out of proportion to its size; unpacking stopped there.");
        }
    }
}
