using Lodger.Artifacts;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Cli.Text;

/// <summary>The outcome of <c>lodger inspect --json</c>.</summary>
internal sealed record InspectedFiles(string Path, IReadOnlyList<InspectedFile> Files);

internal sealed record InspectedFile(
    string Path, long Bytes, string? Sha256, string Format, Verdict Verdict, string Checked, IReadOnlyList<string> NotChecked, long? Tensors, long? Parameters, long? Step,
    double? Epoch, InspectedTraining? Training, IReadOnlyList<InspectedTensor> TensorList, IReadOnlyList<VerifiedFinding> Findings)
{
    public static InspectedFile Of(FileReport file) => new(
        file.DisplayPath, file.Bytes, file.Sha256, file.Format, file.Verdict, file.Checked, file.NotChecked, file.Tensors, file.Parameters, file.Step, file.Epoch,
        InspectedTraining.Of(file.Training), [.. file.TensorList.Select(InspectedTensor.Of)],
        [.. file.Findings.Select(f => new VerifiedFinding(f.Id, f.Severity.ToString(), f.Path, f.What, f.Fix))]);
}

/// <summary>Which parts of a training run a checkpoint holds.</summary>
internal sealed record InspectedTraining(bool Resumable, IReadOnlyList<string> Parts, IReadOnlyList<string> Lacks, IReadOnlyList<string> Without)
{
    public static InspectedTraining? Of(TrainingState? state) => state is null ? null : new(state.IsResumable, state.Parts, state.Lacks, state.Without);
}

internal sealed record InspectedTensor(
    string Name, string Type, IReadOnlyList<long> Shape, IReadOnlyList<long>? Strides, long Elements, long Bytes, string? Record, long? Offset, string? ValuesSha256,
    TensorStatistics? Statistics)
{
    public static InspectedTensor Of(TensorEntry tensor) => new(
        PrintableText.Of(tensor.Name), tensor.Type, tensor.Shape, tensor.Strides, tensor.Elements, tensor.Bytes, tensor.Record is { } record ? PrintableText.Of(record) : null,
        tensor.Offset, tensor.ValuesSha256, tensor.Statistics);
}

/// <summary>The outcome of <c>lodger inspect --diff --json</c>: names of arrays by how they differ.</summary>
internal sealed record InspectedDiff(
    string Before, string After, bool IsSame, bool HasSameLayout, long? StepBefore, long? StepAfter, IReadOnlyList<InspectedTensor> OnlyBefore,
    IReadOnlyList<InspectedTensor> OnlyAfter, IReadOnlyList<InspectedChange> OtherKind, IReadOnlyList<InspectedChange> OtherValues, int Same, IReadOnlyList<string> NotCompared)
{
    public static InspectedDiff Of(string before, IReadOnlyList<FileReport> old, string after, IReadOnlyList<FileReport> now, CheckpointDiff diff) => new(
        before, after, diff.IsSame, diff.HasSameLayout, StepOf(old), StepOf(now), [.. diff.OnlyBefore.Select(InspectedTensor.Of)],
        [.. diff.OnlyAfter.Select(InspectedTensor.Of)], [.. diff.OtherKind.Select(InspectedChange.Of)], [.. diff.OtherValues.Select(InspectedChange.Of)], diff.Same,
        [.. diff.NotCompared.Select(change => PrintableText.Of(change.Before.Name))]);

    public static long? StepOf(IReadOnlyList<FileReport> files) => files.Max(file => file.Step);
}

internal sealed record InspectedChange(InspectedTensor Before, InspectedTensor After)
{
    public static InspectedChange Of(TensorChange change) => new(InspectedTensor.Of(change.Before), InspectedTensor.Of(change.After));
}
