using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Plan;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A disk that is, or will be, too small, in bytes or in inodes.</summary>
internal sealed class DiskFull : IRule
{
    private const double NearlyFull = 0.05;

    public string Id => "VAST10";

    public string Sees => "What the job is expected to put there is more than  disk: ; less than a twentieth is free by df or df -i; or the command ended with no space left.";

    public string? Does => "Keeps HF_HOME on the data disk, and makes room from the profile's SCRATCH: never the newest checkpoint, never what is not copied and verified.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts) => facts.Moment switch
    {
        Moment.Preflight => Before(facts),
        Moment.Watch => Meanwhile(facts),
        _ => facts.Attempt?.Ended is { Cause: EndCause.DiskFull } ended
            ? new(Severity.Error, $"the command exited with {ended.ExitCode}: {ended.Detail}", $"Write into job.yaml:  disk: {EndDiagnosis.DiskToAsk(facts.Job!)}GB")
            : facts.Attempt?.GivenUp is { Id: "box-disk-full" } given ? new(Severity.Error, given.Message, $"Write into job.yaml:  disk: {EndDiagnosis.DiskToAsk(facts.Job!)}GB") : null,
    };

    private static Sighting? Before(Facts facts)
    {
        if (facts.Inputs is not { } inputs)
            return null;
        var need = DiskNeed.Of(facts.Spec, inputs);
        if (need.TotalGb <= facts.Spec.DiskGb)
            return null;
        var certain = (inputs.CodeBytes + (inputs.DataBytes ?? 0)) / 1e9;
        return new(
            certain > facts.Spec.DiskGb ? Severity.Error : Severity.Warning,
            $"disk: {facts.Spec.DiskGb} GB for about {need.TotalGb:0} GB ({need.Arithmetic})",
            $"Write into job.yaml:  disk: {Math.Ceiling(need.TotalGb / 5) * 5:0}GB");
    }

    private static Sighting? Meanwhile(Facts facts)
    {
        if (facts.Rental is not { Status: Market.RentalStatus.Running })
            return null;
        var disk = facts.Probe?.WorkDisk ?? (facts.Report is { } r ? new ProbedDisk(r.DiskTotalBytes, r.DiskFreeBytes, null, r.InodesFree) : null);
        if (disk is { TotalBytes: > 0 and { } total, FreeBytes: { } free } && free < total * NearlyFull)
            return Full(facts, $"{Words.Gb(free)} of {Words.Gb(total)} are free (df)", free == 0);
        if (disk is { Inodes: > 0 and { } inodes, InodesFree: { } left } && left < inodes * NearlyFull)
            return Full(facts, $"{left} of {inodes} inodes are free (df -i), though bytes are", left == 0);
        return facts.Probe?.RootDisk is { TotalBytes: > 0 and { } all, FreeBytes: { } rest } && rest < all * NearlyFull && facts.Probe.RootDisk != disk
            ? Full(facts, $"{Words.Gb(rest)} of {Words.Gb(all)} are free on / (df)", rest == 0)
            : null;
    }

    private static Sighting Full(Facts facts, string evidence, bool isOver) =>
        new(isOver ? Severity.Error : Severity.Warning, $"{facts.Rental!.Id}: {evidence}", $"lodger exec {facts.Spec.Name} -- sh -c 'df -h / /workspace; df -i /workspace; du -xh -d 2 /workspace | sort -h | tail'")
        {
            Automatic = facts.Spec.Checkpoints.Count > 0 ? "Room is made before the next checkpoint from what is copied off the machine already." : null,
        };
}
