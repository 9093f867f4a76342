using Lodger.Domain.Jobs;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>The container's memory, not the GPU's.</summary>
internal sealed class MemoryRanOut : IRule
{
    private const double NearlyAll = 0.93;

    public string Id => "out-of-memory";

    public Gotcha Own => Examination.Gotcha(
        Id, "The machine's memory ran out", "The command, or one of its loader processes, is killed (137, \"Killed\") without a word of its own.",
        "The container's cgroup has a limit below the host's memory; loader processes each hold a copy of the data set.", "Fewer loader processes, smaller batches, or a machine with more memory.");

    public string Sees => "The cgroup counted kills for memory since the command began, or anonymous memory is above 93 % of its limit.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        const string fix = "Write into job.yaml:  offers: cpu_ram>=64   or give the loader fewer processes (num_workers)";
        if (facts.Moment == Moment.PostMortem)
            return facts.Attempt?.Ended is { Cause: EndCause.OutOfMemory } ended ? new(Severity.Error, $"the command exited with {ended.ExitCode}: {ended.Detail}", fix) : null;
        if (facts.LastReport is { OomKills: > 0 and var kills })
            return new(Severity.Warning, $"the kernel killed {kills} process(es) of the command for want of memory since it began", fix);
        return facts.Probe is { MemoryLimitBytes: > 0 and { } limit, MemoryUsedBytes: { } used } && used > limit * NearlyAll
            ? new(Severity.Warning, $"{Words.Gb(used)} of {Words.Gb(limit)} are in use (cgroup)", fix)
            : null;
    }
}
