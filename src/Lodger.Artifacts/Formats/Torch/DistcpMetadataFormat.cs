using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>
/// The .metadata of a distributed checkpoint: every tensor's chunks fill it exactly, every chunk lies in a shard, and every shard is there and long enough. The
/// shards' own content is checked with them (<see cref="DistcpShardFormat"/>).
/// </summary>
internal sealed class DistcpMetadataFormat : IFormat
{
    public string Name => "PyTorch DCP";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool AgreesWithName(ReadOnlySpan<byte> head) => head.Length > 2 && head[0] == 0x80;

    public bool RecognisesName(string fileName) => fileName == DistcpLayout.FileName;

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var reader = new PickleReader(new FileSlice(file, 0, file.Length), cancellation);
            var outcome = PickleMachine.Run(reader, DistcpLayout.Allows);
            TorchFindings.Code(outcome.Foreign, isScript: false, string.Empty, report);
            if (!reader.IsAtEnd)
            {
                report.Damaged("pickle-size", $"its pickle ends {file.Length - reader.Position} bytes before the file does.");
            }
            else if (!outcome.IsKept)
            {
                report.CannotJudge("pickle-large", "it describes more pieces than this check keeps.", TorchFindings.LoadGuarded);
            }
            else
            {
                Check(DistcpLayout.Of(outcome.Value), file, report);
            }
        }
        catch (PickleException e)
        {
            report.Damaged(e.Id, e.Message);
        }
    }

    private static void Check(DistcpLayout layout, HashedFile file, FormatReport report)
    {
        CheckShards(layout, file, report);
        var stored = layout.Pieces.Where(piece => piece.At is not null).Select(piece => (piece.Name, string.Join(',', piece.At!))).ToHashSet();
        foreach (var tensor in layout.Tensors)
        {
            CheckChunks(tensor, stored, report);
            report.List(new TensorEntry(tensor.Name, tensor.Type?.Name ?? "unknown", tensor.Shape, (long)Int128.Min(tensor.Elements * (tensor.Type?.Bytes ?? 0), long.MaxValue)) { Record = "shards" });
        }

        var bytes = layout.Pieces.Where(piece => piece.At is null).Select(piece => piece.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in layout.Bytes.Where(name => !bytes.Contains(name)))
        {
            report.Damaged("distcp-missing", $"\"{PrintableText.Of(name, 200)}\" is described, and no shard holds it.");
        }

        var isOptimizer = layout.Tensors.ToLookup(tensor => tensor.Name.StartsWith("optim", StringComparison.Ordinal) || tensor.Name.Contains(".optim", StringComparison.Ordinal));
        report.Tensors = layout.Tensors.Count;
        report.Parameters = (long)Int128.Min(isOptimizer[false].Aggregate((Int128)0, (sum, tensor) => sum + tensor.Elements), long.MaxValue);
        report.Training = new TrainingState(
            isOptimizer[false].Any(), isOptimizer[true].Any(), layout.Bytes.Exists(name => name.Contains("sched", StringComparison.Ordinal)),
            Names(layout).Any(name => name.Contains("rng", StringComparison.Ordinal)), Names(layout).Any(name => name.Contains("scaler", StringComparison.Ordinal)),
            Names(layout).Any(name => TrainingProgress.IsProgress(name[(name.LastIndexOf('.') + 1)..])));
        report.Checked = $"{layout.Tensors.Count} tensors in {layout.Pieces.Count} pieces: every chunk, every shard's presence and length";
        report.DidNotCheck("the pieces themselves (each is checked with its shard)");
    }

    private static IEnumerable<string> Names(DistcpLayout layout) => layout.Tensors.Select(tensor => tensor.Name).Concat(layout.Bytes);

    private static void CheckShards(DistcpLayout layout, HashedFile file, FormatReport report)
    {
        foreach (var shard in layout.Pieces.GroupBy(piece => piece.Shard, StringComparer.Ordinal))
        {
            var shown = PrintableText.Of(shard.Key, 100);
            using var beside = file.OpenBeside(shard.Key);
            var last = shard.MaxBy(piece => (Int128)piece.Offset + piece.Bytes)!;
            if (beside is null)
            {
                report.Damaged("distcp-missing-shard", $"the shard {shown}, which holds {PrintableText.Of(last.Name, 100)} and {shard.Count() - 1} other pieces, is not beside it.");
            }
            else if ((Int128)last.Offset + last.Bytes > beside.Length)
            {
                report.Damaged("distcp-shard-size", $"the shard {shown} has {beside.Length} bytes, and {PrintableText.Of(last.Name, 100)} should end at byte {(Int128)last.Offset + last.Bytes}.");
            }
        }
    }

    private static void CheckChunks(DistcpTensor tensor, HashSet<(string Name, string At)> stored, FormatReport report)
    {
        var shown = PrintableText.Of(tensor.Name, 200);
        Int128 filled = 0;
        foreach (var (at, shape) in tensor.Chunks)
        {
            if (at.Length != tensor.Shape.Length || shape.Length != at.Length || at.Where((offset, i) => (Int128)offset + shape[i] > tensor.Shape[i]).Any())
            {
                report.Damaged("distcp-chunk", $"\"{shown}\" of shape [{string.Join(", ", tensor.Shape)}] has a chunk at [{string.Join(", ", at)}] of [{string.Join(", ", shape)}], which is not in it.");
            }
            else if (!stored.Contains((tensor.Name, string.Join(',', at))))
            {
                report.Damaged("distcp-missing", $"the chunk of \"{shown}\" at [{string.Join(", ", at)}] is in no shard.");
            }

            filled += DistcpLayout.Product(shape);
        }

        // inside, as many elements together, and none of two: then they fill it exactly
        if (filled != tensor.Elements || DistcpOverlap.IsIn(tensor) == true)
        {
            report.Damaged("distcp-chunk", $"the chunks of \"{shown}\" have {filled} elements together, and it has {tensor.Elements}: they do not fill it once.");
        }
        else if (DistcpOverlap.IsIn(tensor) is null)
        {
            report.DidNotCheck($"whether the chunks of \"{shown}\" overlap");
        }
    }
}
