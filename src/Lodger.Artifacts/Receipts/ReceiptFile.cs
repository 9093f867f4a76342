using System.Text.Json.Serialization;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Receipts;

/// <summary>One file as a receipt vouches for it.</summary>
/// <param name="Path">Relative to the bundle, forward slashes. Hostile: pass it through <see cref="PrintableText"/> before printing.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its SHA-256, lower-case hex.</param>
/// <param name="Format">Its format's name.</param>
/// <param name="Verdict">Loads, LoadsWithWarning or HashOnly; no other verdict reaches a receipt.</param>
/// <param name="Checked">What was looked at.</param>
/// <param name="Tensors">Arrays in it, if it has any.</param>
/// <param name="Parameters">Numbers in all arrays, if it has any.</param>
/// <param name="Step">The training step it says it was written at.</param>
/// <param name="Epoch">The epoch it says it was written at.</param>
/// <param name="Warnings">The findings that did not stop it, one sentence each.</param>
/// <param name="NotChecked">What a person might take for checked and was not; null in receipts from before it was told.</param>
/// <param name="Resumable">Whether it holds model, optimizer and step; null when it is no checkpoint of a training run.</param>
/// <param name="Metric">The run's main metric, from this file or from the metrics file beside it; null where there is none.</param>
public sealed record ReceiptFile(
    string Path,
    long Bytes,
    string Sha256,
    string Format,
    Verdict Verdict,
    string Checked,
    long? Tensors,
    long? Parameters,
    long? Step,
    double? Epoch,
    IReadOnlyList<string> Warnings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? NotChecked = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Resumable = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Metric? Metric = null);
