using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Storage;

/// <summary>What a file is to its job.</summary>
public enum FileRole
{
    Result,
    Checkpoint,

    /// <summary>Code, logs, work in between: not asked for, and not brought home.</summary>
    Other,
}

/// <summary>Where a copy lies on this machine.</summary>
public enum CopyPlace
{
    /// <summary>Copies of checkpoints, taken while the job ran.</summary>
    Mirror,

    /// <summary>The results' directory.</summary>
    Bundle,
}

/// <param name="Path">Below the workdir.</param>
public sealed record SeenFile(string Path, long Bytes, DateTimeOffset ModifiedAt, FileRole Role);

/// <param name="IsVerified">Equal to what the machine held by hash, and it loads or is known by hash: the journal says so.</param>
public sealed record OffCopy(string Path, long Bytes, DateTimeOffset ModifiedAt, CopyPlace Place, bool IsVerified);

/// <summary>What was seen of one rental's disk.</summary>
/// <param name="Status">Null: the platform does not say.</param>
/// <param name="Files">Below the workdir; null: it could not be seen.</param>
/// <param name="Problem">Why it could not; null when it could.</param>
/// <param name="VolumeId">The volume on which the workdir lies; null: on the rental's own disk.</param>
public sealed record RentalDisk(string RentalId, int Attempt, RentalStatus? Status, IReadOnlyList<SeenFile>? Files, Problem? Problem, string? VolumeId = null);

/// <summary>What an event leaves of what lies in a place.</summary>
public sealed record Survival(bool Stop, bool Destroy, bool HostLoss);

/// <summary>A file of the job's that exists nowhere but on a rental, as far as is known.</summary>
public sealed record AtRiskFile(string RentalId, SeenFile File);

/// <summary>Where each thing of a job lies at one moment, and what survives what.</summary>
public sealed record StorageMap
{
    /// <summary>Copies keep the time of their original, to the second or so.</summary>
    private static readonly TimeSpan SameTime = TimeSpan.FromSeconds(2);

    public required IReadOnlyList<RentalDisk> Disks { get; init; }

    public required IReadOnlyList<OffCopy> Copies { get; init; }

    /// <summary>Of a rental's own disk, by the platform's profile.</summary>
    public required Survival OnRental { get; init; }

    /// <summary>Of a volume, by the platform's profile.</summary>
    public Survival OnVolume { get; init; } = new(false, false, false);

    /// <summary>Results and checkpoints without a verified copy off their rental: lost with it, or, on a volume, with the machine.</summary>
    public required IReadOnlyList<AtRiskFile> OnlyOnRental { get; init; }

    /// <summary>Some rental could not be looked into: what is only there is not known.</summary>
    public bool IsPartial => Disks.Any(d => d.Files is null);

    /// <summary>What lies here survives whatever becomes of any rental.</summary>
    public static Survival Here { get; } = new(Stop: true, Destroy: true, HostLoss: true);

    public static StorageMap Of(PlatformProfile profile, IReadOnlyList<RentalDisk> disks, IReadOnlyList<OffCopy> copies)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(disks);
        ArgumentNullException.ThrowIfNull(copies);
        var safe = copies.Where(c => c.IsVerified).ToLookup(c => c.Path, StringComparer.Ordinal);
        return new()
        {
            Disks = disks,
            Copies = copies,
            OnRental = Container(profile),
            OnVolume = Volume(profile),
            OnlyOnRental =
            [
                .. disks.SelectMany(d => (d.Files ?? []).Where(f => f.Role != FileRole.Other && !safe[f.Path].Any(c => IsCopyOf(c, f))).Select(f => new AtRiskFile(d.RentalId, f))),
            ],
        };
    }

    /// <summary>Of the tiers the one that a destroy takes with it; where none is stated, the worst is assumed.</summary>
    private static Survival Container(PlatformProfile profile) =>
        profile.Storage.FirstOrDefault(t => !t.SurvivesDestroy) is { } disk ? new(disk.SurvivesStop, disk.SurvivesDestroy, disk.SurvivesHostLoss) : new(false, false, false);

    /// <summary>The tier that a destroy leaves and a lost host does not; where none is stated, the worst is assumed.</summary>
    private static Survival Volume(PlatformProfile profile) =>
        profile.Storage.FirstOrDefault(t => t is { SurvivesDestroy: true, SurvivesHostLoss: false }) is { } disk ? new(disk.SurvivesStop, disk.SurvivesDestroy, disk.SurvivesHostLoss) : new(false, false, false);

    private static bool IsCopyOf(OffCopy copy, SeenFile file) => copy.Bytes == file.Bytes && (copy.ModifiedAt - file.ModifiedAt).Duration() <= SameTime;
}
