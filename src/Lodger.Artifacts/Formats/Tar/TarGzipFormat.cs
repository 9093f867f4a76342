using System.IO.Compression;
using Lodger.Artifacts.Formats.Gzip;

namespace Lodger.Artifacts.Formats.Tar;

/// <summary>A tar inside gzip: both are checked in one pass.</summary>
internal sealed class TarGzipFormat : IFormat
{
    public string Name => "tar, gzip";

    /// <summary>Unpacks no more than one block to see whether an archive is inside.</summary>
    public bool RecognisesContent(ReadOnlySpan<byte> head)
    {
        if (!GzipFormat.HasMagic(head))
        {
            return false;
        }

        try
        {
            using var unpacked = new GZipStream(new MemoryStream(head.ToArray()), CompressionMode.Decompress);
            var block = new byte[TarHeader.BlockBytes];
            return unpacked.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) == block.Length && TarHeader.HasMagic(block);
        }
        catch (InvalidDataException)
        {
            return false; // damaged; gzip's own check will name it
        }
    }

    public bool RecognisesName(string fileName) =>
        fileName.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        using var content = new GzipContent(file, cancellation);
        try
        {
            var walk = new TarWalk(content, report, cancellation);
            walk.Walk();
            while (content.Read(new byte[4096]) > 0)
            {
            }

            report.Checked = $"{walk.Members} members, every header's checksum and every size, end blocks, gzip's CRC over all";
        }
        catch (InvalidDataException e) when (!content.TooLarge)
        {
            report.Damaged("tar-invalid", PrintableText.Of(e.Message, 300));
        }
        catch (InvalidDataException)
        {
            // the limit, not the archive, ended it: said below
        }

        GzipFormat.SayWhenTooLarge(content, report);
    }
}
