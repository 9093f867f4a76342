namespace Lodger.Artifacts.Formats.Zip;

/// <summary>Any other zip: every member's header, size and CRC. What the members are is not looked at.</summary>
internal sealed class ZipFormat : IFormat
{
    public string Name => "zip";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8);

    public bool RecognisesName(string fileName) =>
        fileName.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".keras", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        var member = string.Empty;
        try
        {
            var (entries, directoryOffset, _) = ZipDirectory.Read(file);
            if (!ZipRules.Accept(entries, "zip", report))
            {
                return;
            }

            var unpacked = entries.Aggregate(Int128.Zero, (sum, entry) => sum + entry.Bytes);
            if (unpacked > Binary.UnpackLimit.Of(file.Length))
            {
                report.CannotJudge("zip-too-large", $"it claims to unpack to {unpacked} bytes, out of proportion to its size.");
                return;
            }

            for (var i = 0; i < entries.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                member = $"member \"{PrintableText.Of(entries[i].Name, 100)}\": ";
                ZipContent.Read(file, entries[i], i + 1 < entries.Count ? entries[i + 1].HeaderOffset : directoryOffset, static _ => { });
            }

            report.Checked = $"{entries.Count} members, every header, size and CRC";
        }
        catch (InvalidDataException e)
        {
            report.Damaged("zip-invalid", member + PrintableText.Of(e.Message, 300));
        }
    }
}
