using Lodger.Domain.Doctor;

namespace Lodger.Acceptance.Tests.Scenarios;

/// <summary>One gotcha as it is made to happen with real processes: what is only near it, what it is, and what ends it. A row of docs/doctor-scenarios.md.</summary>
/// <param name="Near">The rule says nothing.</param>
/// <param name="Fires">The rule speaks.</param>
/// <param name="Fix">The rule says nothing any more.</param>
/// <param name="Says">How grave the finding is.</param>
internal sealed record Scenario(string Rule, Moment Moment, string Near, string Fires, string Fix, Severity Says)
{
    /// <summary>Not in every run of the tests: only with <c>LODGER_LONG=1</c>.</summary>
    public bool IsLong { get; init; }

    /// <summary>Every run sees it fire; the near one and the fix are looked at with <c>LODGER_LONG=1</c>.</summary>
    public bool FiresAlways { get; init; }
}
