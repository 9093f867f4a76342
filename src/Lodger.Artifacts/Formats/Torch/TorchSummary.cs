using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>What a report says of a sound file's tensors: how many, how many parameters, which step, which parts of a training run.</summary>
internal static class TorchSummary
{
    internal static void Tell(FormatReport report, PickleOutcome outcome, TorchContents contents, TorchViews views, TorchMeasure? measure, TorchSource source)
    {
        var parts = TrainingScan.Of(outcome.Value);
        report.Tensors = report.Tensors.GetValueOrDefault() + contents.Tensors.Count + contents.Arrays.Count;
        report.Parameters = (long)Int128.Min(report.Parameters.GetValueOrDefault() + ParametersIn(contents, parts.ModelParts), long.MaxValue);
        report.Step = parts.Step ?? StepIn(contents, parts.StepTensor, source) ?? report.Step;
        report.Epoch = parts.Epoch ?? report.Epoch;
        if (parts.ModelParts.Count > 0 || parts.Optimizer)
        {
            report.Training = new TrainingState(
                parts.ModelParts.Count > 0, parts.Optimizer, parts.Scheduler, parts.Rng, parts.Scaler, report.Step is not null || report.Epoch is not null);
        }

        if (!report.MeasuresValues && contents.Tensors.Count > 0)
        {
            report.DidNotCheck("the values (--deep reads them)");
        }

        if (report.ListsTensors)
        {
            foreach (var tensor in contents.Tensors)
            {
                var entry = EntryOf(tensor, source);
                report.List(measure?.Measured(tensor, entry) ?? entry);
            }

            foreach (var (name, array) in contents.Arrays)
            {
                report.List(new TensorEntry(name, "numpy " + array.Type, array.Shape, array.Bytes) { Record = "data.pkl", Offset = array.Offset });
            }
        }
    }

    private static TensorEntry EntryOf(NamedTensor named, TorchSource source) => new(named.Name, named.Tensor.Type.Name, named.Tensor.Shape, BytesOf(named.Tensor))
    {
        Record = source.RecordOf(named.Tensor.Storage.Key),
        Offset = named.Tensor.Offset * named.Tensor.Type.Bytes / named.Tensor.Type.PerUnit,
        Strides = named.Tensor.IsRowMajor ? null : named.Tensor.Strides,
    };

    // an expanded tensor repeats its elements: it can claim more bytes than there are numbers for
    private static long BytesOf(TorchTensor tensor) =>
        (long)Int128.Min(((Int128)tensor.Elements.GetValueOrDefault() * tensor.Type.Bytes + tensor.Type.PerUnit - 1) / tensor.Type.PerUnit, long.MaxValue);

    /// <summary>Numbers in the model's tensors, or in all where no part is the model's; what two names share counts once.</summary>
    private static Int128 ParametersIn(TorchContents contents, IReadOnlySet<string> modelParts)
    {
        var isAll = modelParts.Count == 0 || modelParts.Contains(string.Empty);
        var seen = new HashSet<(string Key, long Offset, long Elements)>();
        Int128 sum = 0;
        foreach (var (_, part, tensor) in contents.Tensors)
        {
            var elements = tensor.Elements.GetValueOrDefault();
            if ((isAll || modelParts.Contains(part)) && seen.Add((tensor.Storage.Key, tensor.Offset, elements)))
            {
                sum += elements;
            }
        }

        return isAll ? contents.Arrays.Aggregate(sum, (all, array) => all + array.Array.Shape.Aggregate((Int128)1, (product, size) => product * size)) : sum;
    }

    private static long? StepIn(TorchContents contents, string? name, TorchSource source)
    {
        if (name is null || contents.Tensors.Find(tensor => tensor.Name == name)?.Tensor is not { } step || ValueGauge.Of(step.Type.Name) is not { } gauge)
        {
            return null;
        }

        Span<byte> element = stackalloc byte[16];
        element = element[..step.Type.Bytes];
        if (!source.ReadFirst(step, element))
        {
            return null;
        }

        gauge.Add(element);
        return gauge.Statistics.Min is { } value and >= 0 and < 9e15 && value == Math.Floor(value) ? (long)value : null;
    }
}
