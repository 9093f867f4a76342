using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Formats.Torch;

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
            if (!ZipRules.Accept(entries, "zip", UnpackLimit.Of(file.Length), report))
            {
                return;
            }

            if (entries.FirstOrDefault(entry => TorchArchive.IsRecord(entry, "data.pkl")) is { } pickle)
            {
                report.Warn(
                    "zip-pickle", $"member \"{PrintableText.Of(pickle.Name, 100)}\" is a pickle where torch.load takes one and runs it; it was not looked at.",
                    "If it is a PyTorch file, name it .pt and verify it again.");
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
