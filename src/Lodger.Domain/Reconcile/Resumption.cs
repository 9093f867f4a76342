namespace Lodger.Domain.Reconcile;

/// <summary>Whether a command that was started again went on from its checkpoint.</summary>
public static class Resumption
{
    /// <summary>Below this nobody can tell a restart from a resume.</summary>
    private const long FewSteps = 10;

    /// <param name="step">The first that was seen after the restart: some may have passed unseen.</param>
    /// <param name="stepBefore">The last that was seen before it; null: unknown.</param>
    /// <param name="checkpointStep">What the newest checkpoint off the machine says; null: it does not.</param>
    public static bool IsFromZero(long step, long? stepBefore, long? checkpointStep)
    {
        if (checkpointStep is { } saved)
            return saved > FewSteps && step < saved;
        return stepBefore is { } before && before > FewSteps && step < before / 10;
    }
}
