using Lodger.Domain.Problems;

namespace Lodger.Remote.Tests;

internal static class OutcomeAssertions
{
    public static T ShouldBeOk<T>(this Outcome<T> outcome)
    {
        outcome.IsOk.ShouldBeTrue($"{outcome.Problem?.Id}: {outcome.Problem}");
        return outcome.Value;
    }

    public static Problem ShouldFail<T>(this Outcome<T> outcome, string id)
    {
        var problem = outcome.Problem.ShouldNotBeNull($"expected the problem {id}, got {(outcome.IsOk ? outcome.Value : default)}");
        problem.Id.ShouldBe(id, problem.ToString());
        return problem;
    }
}
