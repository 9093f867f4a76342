using Lodger.Domain.Progress;

namespace Lodger.Domain.Reconcile;

/// <summary>Whether a command that was started again went on from its checkpoint.</summary>
public static class Resumption
{
    /// <summary>Below this nobody can tell a restart from a resume.</summary>
    private const long FewSteps = 10;

    /// <param name="began">What was seen of the new start.</param>
    /// <param name="stepBefore">The last that was seen before it; null: unknown.</param>
    /// <param name="checkpointStep">What the newest checkpoint off the machine says; null: it does not.</param>
    /// <returns>Null when it cannot be told.</returns>
    public static bool? IsFromZero(Beginning began, long? stepBefore, long? checkpointStep)
    {
        ArgumentNullException.ThrowIfNull(began);
        var isBehind = checkpointStep is { } saved
            ? saved > FewSteps && began.Step < saved
            : stepBefore is { } before && before > FewSteps && began.Step < before / 10;
        if (isBehind)
            return true;
        // A start from zero says its first step after no more steps than it takes to the second.
        return began is { IsFirst: true, Next: { } next } && began.Step > Math.Max(1, next - began.Step) ? false : null;
    }
}
