namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>What one pickle holds.</summary>
/// <param name="Value">Its value; null also when <paramref name="IsKept"/> is false.</param>
/// <param name="IsKept">False when it was larger than the budget: then it was stepped over to its end and only that is known.</param>
/// <param name="Foreign">The globals that are not known to be harmless, by full name, in the order met: loading it would run them.</param>
/// <param name="References">Everything outside that it refers to, whatever became of it; none where its values were not kept.</param>
internal sealed record PickleOutcome(object? Value, bool IsKept, IReadOnlyList<string> Foreign, IReadOnlyList<PickleReference> References);
