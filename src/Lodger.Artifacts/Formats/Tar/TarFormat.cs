using Lodger.Artifacts.Formats.Torch;

namespace Lodger.Artifacts.Formats.Tar;

/// <summary>tar, as GNU tar, bsdtar and Python write it: every header's checksum, every member's whole content, the end blocks. Contents have no checksum.</summary>
internal sealed class TarFormat : IFormat
{
    public string Name => "tar";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => TarHeader.HasMagic(head);

    public bool RecognisesName(string fileName) => fileName.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var walk = new TarWalk(new FileSlice(file, 0, file.Length), report, cancellation);
            walk.Walk();
            if (walk.HoldsTorchPickle || TorchNames.MayBe(Path.GetFileName(file.Path)))
            {
                SayRunsCode(report);
            }

            report.Checked = $"{walk.Members} members, every header's checksum and every size, end blocks; contents have no checksum";
        }
        catch (InvalidDataException e)
        {
            report.Damaged("tar-invalid", PrintableText.Of(e.Message, 300));
        }
    }

    /// <summary>What torch.load does with a tar: until 0.1.10 torch.save wrote such.</summary>
    internal static void SayRunsCode(FormatReport report) => report.RunsCode(
        "tar-runs-code", "torch.load opens it as a tar archive and would run the code that the pickles in it name; they were not looked at.", "Do not give it to torch.load, or with weights_only=True alone, which refuses it.");
}
