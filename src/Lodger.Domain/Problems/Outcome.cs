using System.Diagnostics.CodeAnalysis;

namespace Lodger.Domain.Problems;

/// <summary>A value, or the problem that kept it from being had. Never both, never neither.</summary>
public readonly struct Outcome<T>
{
    private readonly T? value;

    private Outcome(T? value, Problem? problem)
    {
        this.value = value;
        Problem = problem;
    }

    /// <summary>What went wrong; null when there is a value.</summary>
    public Problem? Problem { get; }

    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsOk => Problem is null;

    /// <summary>The value. Asking for it when there is a problem is a bug and throws.</summary>
    public T Value => Problem is null ? value! : throw new InvalidOperationException($"No value: {Problem}");

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Problem problem) => new(default, problem ?? throw new ArgumentNullException(nameof(problem)));

    /// <summary>For values whose type is an interface, where the implicit conversion does not apply.</summary>
    public static Outcome<T> Ok(T value) => new(value, null);

    public bool TryGet([MaybeNullWhen(false)] out T result, [NotNullWhen(false)] out Problem? problem)
    {
        result = value;
        problem = Problem;
        return problem is null;
    }

    public Outcome<TNext> Then<TNext>(Func<T, Outcome<TNext>> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return Problem is null ? next(value!) : Problem;
    }
}

/// <summary>The value of an act that has none.</summary>
public readonly record struct Done
{
    public static Outcome<Done> Ok => default(Done);
}
