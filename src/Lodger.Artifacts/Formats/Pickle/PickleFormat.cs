using Lodger.Artifacts.Formats.Gzip;
using Lodger.Artifacts.Formats.Torch;

namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>Plain pickles (.pkl, .joblib, or a .pt that was written without torch.save): interpreted to the last byte without running them.</summary>
internal sealed class PickleFormat : IFormat
{
    // zlib, bzip2, xz, lzma, Zstandard, LZ4: pandas and joblib pack a pickle when they are told to, whatever its file is called
    private static readonly byte[][] _packed =
    [
        [0x78, 0x01], [0x78, 0x5E], [0x78, 0x9C], [0x78, 0xDA], [.. "BZh"u8], [0xFD, .. "7zXZ"u8, 0], [0x5D, 0, 0], [0x28, 0xB5, 0x2F, 0xFD], [0x04, 0x22, 0x4D, 0x18],
    ];

    public string Name => "pickle";

    // PROTO 2 to 5, then an opcode that can begin a value; older protocols have no mark
    public bool RecognisesContent(ReadOnlySpan<byte> head) => head.Length > 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5 && IsFirstOpcode(head[2]);

    public bool AgreesWithName(ReadOnlySpan<byte> head) => GzipFormat.HasMagic(head) || IsPacked(head);

    public bool RecognisesName(string fileName) => fileName.EndsWith(".pkl", StringComparison.OrdinalIgnoreCase)
        || fileName.EndsWith(".pickle", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".joblib", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        Span<byte> start = stackalloc byte[6];
        start = start[..file.Read(0, start)];
        if (!AgreesWithName(start))
        {
            new PickleSequence(file, report, cancellation).Check();
            return;
        }

        if (GzipFormat.HasMagic(start))
        {
            new GzipFormat().Verify(file, report, cancellation);
        }

        report.CannotJudge("pickle-packed", "it is packed, and the pickle in it was not looked at.", TorchFindings.LoadGuarded);
    }

    private static bool IsPacked(ReadOnlySpan<byte> head)
    {
        foreach (var mark in _packed)
        {
            if (head.StartsWith(mark))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsFirstOpcode(byte opcode) => opcode is 0x95 or (byte)'c' or (byte)'}' or (byte)']' or (byte)')' or (byte)'(' or (byte)'X' or (byte)'N' or (byte)'K'
        or (byte)'M' or (byte)'J' or (byte)'G' or (byte)'U' or (byte)'T' or (byte)'B' or (byte)'C' or 0x8F or 0x8A or 0x8B or 0x88 or 0x89 or 0x8C or 0x8D or 0x8E;
}
