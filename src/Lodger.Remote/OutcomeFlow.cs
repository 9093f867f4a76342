using Lodger.Domain.Problems;

namespace Lodger.Remote;

internal static class OutcomeFlow
{
    /// <summary>Goes on with the value, or hands the problem through.</summary>
    public static async Task<Outcome<TNext>> Match<T, TNext>(this Outcome<T> outcome, Func<T, Task<Outcome<TNext>>> next) =>
        outcome.TryGet(out var value, out var problem) ? await next(value) : problem;
}
