namespace Lodger.Artifacts.Formats.Torch;

/// <summary>
/// What torch.save writes since 1.6, and TorchScript archives: a zip with a pickle of the object and one record a storage. The pickle is interpreted
/// without running it, every tensor is compared with its record, and every record with its CRC.
/// </summary>
internal sealed class TorchZipFormat : IFormat
{
    private const int LocalHeaderBytes = 30;

    public string Name => "PyTorch zip";

    /// <summary>Records are aligned with an extra field "FB" that only PyTorch's writer makes; the first is mostly the pickle.</summary>
    public bool RecognisesContent(ReadOnlySpan<byte> head)
    {
        if (!AgreesWithName(head))
        {
            return false;
        }

        var nameBytes = head[26] | (head[27] << 8);
        var extraBytes = head[28] | (head[29] << 8);
        var rest = head[LocalHeaderBytes..];
        return rest.Length >= nameBytes
            && (rest[..nameBytes].EndsWith("/data.pkl"u8) || (extraBytes >= 4 && rest[nameBytes..].StartsWith("FB"u8)));
    }

    public bool AgreesWithName(ReadOnlySpan<byte> head) => head.Length > LocalHeaderBytes && head.StartsWith("PK\x03\x04"u8);

    public bool RecognisesName(string fileName) => TorchNames.Recognises(fileName);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        Span<byte> start = stackalloc byte[4];
        start = start[..file.Read(0, start)];
        if (start.Length < 4 || !start.StartsWith("PK"u8))
        {
            // what is left of a cut zip or pickle, or of a file whose bytes never reached the disk, is nobody else's
            if (TorchNames.IsSharedWithOthers(file.Path) && !(start is [0x80, ..] or [(byte)'P'] or [(byte)'P', (byte)'K', ..]) && start.ContainsAnyExcept((byte)0))
            {
                report.CannotJudge("torch-content", "it does not begin as a PyTorch file does, and other programs use such names too.");
            }
            else
            {
                report.Damaged("torch-content", "it is named as a PyTorch file and begins as none does.");
            }

            return;
        }

        new TorchZipCheck(file, report, string.Empty, cancellation).Run();
    }
}
