using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Formats.Protobuf;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Onnx;

/// <summary>
/// ONNX (onnx.proto): the message's structure to the last byte, every tensor's values against its shape and type, data in other files. Operators are not looked at,
/// values have no checksum, and a cut right after a whole top-level field leaves no trace but for what is missing then (graph, operator set).
/// </summary>
internal sealed class OnnxFormat : IFormat
{
    private const int MaxDepth = 16; // graphs inside nodes of graphs
    private const int Graph = 7;
    private const int OperatorSet = 8;

    public string Name => "ONNX";

    // A protobuf has no mark of its own.
    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool RecognisesName(string fileName) => fileName.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var walk = new Walk(file, report, cancellation);
            walk.Model();
            (report.Tensors, report.Parameters) = (report.Tensors.GetValueOrDefault(), report.Parameters.GetValueOrDefault());
            report.Checked = $"graph of {walk.Nodes} nodes, {report.Tensors} tensors, every shape, type and size; operators not looked at, values have no checksum";
        }
        catch (InvalidDataException e)
        {
            report.Damaged("onnx-invalid", PrintableText.Of(e.Message, 300));
        }
    }

    private sealed class Walk(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        private readonly FieldReader _fields = new(file);

        internal long Nodes { get; private set; }

        internal void Model()
        {
            var model = new ProtoMessage(_fields, 0, file.Length);
            var (hasGraph, hasOperators) = (false, false);
            while (model.Next())
            {
                hasOperators |= model.Field == OperatorSet;
                if (model.Field == Graph)
                {
                    hasGraph = true;
                    WalkGraph(model.Message(), depth: 0);
                }
            }

            if (!hasGraph || !hasOperators)
            {
                throw new InvalidDataException($"it ends without {(hasGraph ? "its operator set" : "a graph")}: it was cut short, or is no ONNX model.");
            }
        }

        private void WalkGraph(ProtoMessage graph, int depth)
        {
            if (depth > MaxDepth)
            {
                throw new InvalidDataException($"graphs are nested deeper than {MaxDepth}.");
            }

            while (graph.Next())
            {
                cancellation.ThrowIfCancellationRequested();
                switch (graph.Field)
                {
                    case 1:
                        Nodes++;
                        WalkNode(graph.Message(), depth);
                        break;
                    case 5:
                        Take(OnnxTensor.Read(graph.Message()));
                        break;
                    case 15:
                        WalkSparse(graph.Message());
                        break;
                    default:
                        break; // names, inputs and outputs
                }
            }
        }

        private void WalkNode(ProtoMessage node, int depth)
        {
            while (node.Next())
            {
                if (node.Field != 5)
                {
                    continue;
                }

                var attribute = node.Message();
                while (attribute.Next())
                {
                    if (attribute.Field is 5 or 10 && attribute.HasLength)
                    {
                        Take(OnnxTensor.Read(attribute.Message()), isWeight: false);
                    }
                    else if (attribute.Field is 6 or 11 && attribute.HasLength)
                    {
                        WalkGraph(attribute.Message(), depth + 1);
                    }
                }
            }
        }

        private void WalkSparse(ProtoMessage sparse)
        {
            while (sparse.Next())
            {
                if (sparse.Field is 1 or 2)
                {
                    Take(OnnxTensor.Read(sparse.Message()), isWeight: sparse.Field == 1);
                }
            }
        }

        private void Take(OnnxTensor tensor, bool isWeight = true)
        {
            if (tensor.Type is not { } type)
            {
                report.CannotJudge("onnx-type", $"tensor \"{tensor.Shown}\" has the type number {tensor.TypeNumber}, which this version does not know.");
                return;
            }

            if (tensor.External is { } external)
            {
                report.Needs(external.Location, new CompanionPart(tensor.Name, external.Offset, external.Bytes, Crc32C: null));
            }

            if (isWeight)
            {
                TensorListing.Count(report, tensor.Elements);
                var entry = new TensorEntry(tensor.Name, type.Name, tensor.Shape, type.BytesOf(tensor.Elements)!.Value) { Offset = tensor.RawStart ?? tensor.External?.Offset, Record = tensor.External?.Location };
                if (tensor.RawStart is null)
                {
                    report.List(entry);
                }
                else
                {
                    TensorListing.List(report, file, entry, cancellation);
                }
            }
        }
    }
}
