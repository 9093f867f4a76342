using Lodger.Artifacts.Formats.Torch;

namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>A plain pickle (.pkl, or a .pt that was written without torch.save): interpreted to its last byte without running it.</summary>
internal sealed class PickleFormat : IFormat
{
    public string Name => "pickle";

    // PROTO 2 to 5, then an opcode that can begin a value; older protocols have no mark
    public bool RecognisesContent(ReadOnlySpan<byte> head) => head.Length > 2 && head[0] == 0x80 && head[1] is >= 2 and <= 5 && IsFirstOpcode(head[2]);

    public bool RecognisesName(string fileName) =>
        fileName.EndsWith(".pkl", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".pickle", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var reader = new PickleReader(new FileSlice(file, 0, file.Length), cancellation);
            var outcome = PickleMachine.Run(reader);
            if (!reader.IsAtEnd)
            {
                report.Damaged("pickle-size", $"its pickle ends {file.Length - reader.Position} bytes before the file does.");
                return;
            }

            Tell(outcome, report);
        }
        catch (PickleException e)
        {
            report.Damaged(e.Id, e.Message);
        }
    }

    private static void Tell(PickleOutcome outcome, FormatReport report)
    {
        var contents = TorchContents.Of(outcome.Value);
        TorchFindings.Code(outcome.Foreign, isScript: false, string.Empty, report);
        TorchFindings.Limits(outcome, contents, string.Empty, report);
        if (contents.Tensors.Count > 0)
        {
            report.Damaged("torch-storage", $"tensor \"{PrintableText.Of(contents.Tensors[0].Name, 200)}\" refers to bytes outside the pickle, which a lone pickle does not have.");
            return;
        }

        TorchSummary.Tell(report, outcome, contents, new TorchViews(contents.Tensors, report, string.Empty), measure: null, new TorchSource(_ => null, _ => null));
        report.Checked = "every opcode to the last byte, arrays and their sizes";
    }

    private static bool IsFirstOpcode(byte opcode) => opcode is 0x95 or (byte)'c' or (byte)'}' or (byte)']' or (byte)')' or (byte)'(' or (byte)'X' or (byte)'N' or (byte)'K'
        or (byte)'M' or (byte)'J' or (byte)'G' or (byte)'U' or (byte)'T' or (byte)'B' or (byte)'C' or 0x8F or 0x8A or 0x8B or 0x88 or 0x89 or 0x8C or 0x8D or 0x8E;
}
