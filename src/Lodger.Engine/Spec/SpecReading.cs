using Lodger.Domain.Problems;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Spec;

/// <summary>What came of reading a <c>job.yaml</c>: the spec, or everything that is wrong with it in the file's order. Never both.</summary>
public sealed record SpecReading(JobSpec? Spec, IReadOnlyList<SpecError> Errors)
{
    /// <summary>The spec, or one problem that lists every error, a line each.</summary>
    public Outcome<JobSpec> ToOutcome() => Spec is not null
        ? Spec
        : new Problem("spec-invalid", string.Join('\n', Errors), "", ExitCode.BadInput);
}
