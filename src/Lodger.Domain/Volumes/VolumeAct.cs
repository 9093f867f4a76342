using Lodger.Domain.Market;

namespace Lodger.Domain.Volumes;

/// <summary>What was done about a volume. Intents are written before the call they are about.</summary>
public enum VolumeActKind
{
    RentIntended,

    /// <summary>The platform said clearly that there is none.</summary>
    RentRefused,

    Rented,
    DeleteIntended,

    /// <summary>The platform said clearly that it stays.</summary>
    DeleteRefused,

    /// <summary>The platform lists it no more.</summary>
    Deleted,
}

/// <summary>One line of an account's record of its volumes.</summary>
/// <param name="VolumeId">Null until the platform showed it.</param>
/// <param name="By">Who said so.</param>
public sealed record VolumeAct(DateTimeOffset At, VolumeActKind Kind, string? VolumeId, string? Name, string By, string Detail);

/// <summary>What follows from an account's record of its volumes.</summary>
public static class VolumeActs
{
    /// <summary>Whether something that was made, or may have been, is not known to be gone.</summary>
    /// <param name="acts">In order.</param>
    public static bool HasLeft(IReadOnlyList<VolumeAct> acts)
    {
        ArgumentNullException.ThrowIfNull(acts);
        return acts.GroupBy(a => a.Name ?? a.VolumeId, StringComparer.Ordinal).Any(g => g.Last().Kind is not (VolumeActKind.Deleted or VolumeActKind.RentRefused));
    }

    /// <summary>Intents of which no end is known: made, perhaps, and not listed; deleted, perhaps, and listed still. A crash between intent and outcome shows here.</summary>
    /// <param name="acts">In order.</param>
    /// <param name="volumes">As the platform lists them now.</param>
    public static IReadOnlyList<VolumeAct> Pending(IReadOnlyList<VolumeAct> acts, IReadOnlyList<Volume> volumes)
    {
        ArgumentNullException.ThrowIfNull(acts);
        ArgumentNullException.ThrowIfNull(volumes);
        return
        [
            .. acts.Where((act, at) => act.Kind switch
            {
                VolumeActKind.RentIntended => !acts.Skip(at + 1).Any(a => a.Name == act.Name && a.Kind is VolumeActKind.Rented or VolumeActKind.RentRefused) && volumes.All(v => v.Label != act.Name),
                VolumeActKind.DeleteIntended => !acts.Skip(at + 1).Any(a => a.VolumeId == act.VolumeId) && volumes.Any(v => v.Id == act.VolumeId),
                _ => false,
            }),
        ];
    }
}
