using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>
/// One shard of a distributed checkpoint: pieces one after another, each a PyTorch zip of its own. Where they begin is told by the .metadata beside it; they
/// have to fill the shard, and each is checked like a file.
/// </summary>
internal sealed class DistcpShardFormat : IFormat
{
    // the description of a million pieces takes less
    private const long MaxMetadataBytes = 256 * 1024 * 1024;

    public string Name => "PyTorch shard";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool JudgesEmpty => true;

    public bool AgreesWithName(ReadOnlySpan<byte> head) => true;

    public bool RecognisesName(string fileName) => IsShard(fileName);

    internal static bool IsShard(string path) => path.EndsWith(".distcp", StringComparison.Ordinal);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        using var metadata = file.OpenBeside(DistcpLayout.FileName);
        if (metadata is null)
        {
            report.Damaged("distcp-no-metadata", "the file .metadata is not beside it: it is written last, so this checkpoint was not finished, or lost it.");
            return;
        }

        if (metadata.Length > MaxMetadataBytes)
        {
            report.CannotJudge("distcp-limits", $"the .metadata beside it has {metadata.Length} bytes, more than this check reads for a shard.", TorchFindings.LoadGuarded);
            return;
        }

        try
        {
            if (file.Layouts.Of(Path.GetDirectoryName(file.Path) ?? string.Empty, metadata, cancellation) is { } layout)
            {
                Check(layout, file, report, cancellation);
            }
            else
            {
                report.CannotJudge("pickle-large", "the .metadata beside it describes more pieces than this check keeps.", TorchFindings.LoadGuarded);
            }
        }
        catch (PickleException e)
        {
            report.Damaged("distcp-metadata", "the .metadata beside it cannot be read: " + e.Message);
        }
    }

    private static void Check(DistcpLayout layout, HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        var tensors = layout.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var pieces = layout.Pieces.Where(piece => file.IsNamed(piece.Shard)).OrderBy(piece => piece.Offset).ToList();
        if (pieces.Count == 0 && file.Length == 0)
        {
            report.Note("distcp-empty", "it is empty, and .metadata names no piece in it: its process had nothing to save that others did not.", "Nothing to do.");
            report.Checked = "no pieces, as .metadata says";
            return;
        }

        if (pieces.Count == 0)
        {
            // a later save into the same directory by fewer processes leaves the shards of the former one, and its own .metadata no longer names them
            report.CannotJudge("distcp-unnamed", "it is no part of the checkpoint beside it: .metadata names no piece in it, and without that nothing says what it holds.", "An older save may have left it here: loading the checkpoint does not read it.");
            return;
        }

        long at = 0, count = 0, made = 0;
        Int128 elements = 0;
        foreach (var piece in pieces)
        {
            var shown = PrintableText.Of(piece.Name, 200);
            if (piece.Offset != at || piece.Bytes < 0 || piece.Bytes > file.Length - at)
            {
                report.Damaged("distcp-layout", $"{shown} should be {piece.Bytes} bytes at byte {piece.Offset}; the one before it ends at {at}, and the file has {file.Length}.");
                return;
            }

            var check = new TorchZipCheck(file.AsPart().Part(at, piece.Bytes), report, $"{shown}: ", cancellation);
            check.Run();
            if (piece.At is not null && check.Contents is { OfNewType: null } contents && tensors.TryGetValue(piece.Name, out var tensor))
            {
                made += contents.IsMadeOfOthers ? 1 : 0;
                CompareChunk(piece, tensor, contents, report);
                count++;
                elements += contents.Tensors.Sum(held => held.Tensor.Elements.GetValueOrDefault());
            }

            at += piece.Bytes;
        }

        if (at != file.Length)
        {
            report.Damaged("distcp-layout", $"{file.Length - at} bytes follow its last piece.");
        }

        (report.Tensors, report.Parameters) = (count, (long)Int128.Min(elements, long.MaxValue));
        report.Checked = $"{pieces.Count} pieces, each with its pickle, records, sizes and CRCs, against .metadata";
        report.DidNotCheck("the values");
        if (made > 0)
        {
            report.DidNotCheck($"the shape of {made} pieces that are made of several tensors each");
        }
    }

    private static void CompareChunk(DistcpPiece piece, DistcpTensor tensor, TorchContents contents, FormatReport report)
    {
        if (contents.IsMadeOfOthers)
        {
            return;
        }

        var chunk = tensor.Chunks.FirstOrDefault(chunk => chunk.At.AsSpan().SequenceEqual(piece.At)).Shape;
        if (contents.Tensors is not [{ Tensor: var held }] || chunk is null || !held.Shape.AsSpan().SequenceEqual(chunk) || (tensor.Type is not null && held.Type.Name != tensor.Type.Name))
        {
            report.Damaged("distcp-chunk", $"{PrintableText.Of(piece.Name, 200)}: the piece at [{string.Join(", ", piece.At!)}] is not the tensor that .metadata describes.");
        }
    }
}
