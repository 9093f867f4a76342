using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A GPU that waits for its data.</summary>
internal sealed class LoaderStarves : IRule
{
    /// <summary>One look at 0 % is not idle: so many, over so long, are.</summary>
    private const int Looks = 12;

    private static readonly TimeSpan Over = TimeSpan.FromMinutes(2);

    private const int IdlePercent = 15;

    public string Id => "loader-starved";

    public Gotcha Own => Examination.Gotcha(
        Id, "The GPU waits for its data", "Steps are slow, and the GPU is hardly busy.",
        "Hypothesis: the loader is too slow for the GPU: too few processes, small files, a slow disk, or data fetched anew each epoch.",
        "More loader processes (num_workers), fewer and larger files, data on the local disk.");

    public string Sees => "The GPU was below 15 % busy at twelve looks or more over two minutes, while the log grows and the job's processes use the processor.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch];

    public Sighting? Look(Facts facts)
    {
        if (!facts.IsAtWork || facts.LastReport is not { QuietTime: { } quiet, RunTime: { } ran } || quiet > Over)
            return null;
        var lately = facts.Busy.Where(b => facts.Now - b.At < Over * 3).ToList();
        if (lately.Count < Looks || lately[^1].At - lately[0].At < Over || lately.Any(b => b.Percent >= IdlePercent))
            return null;
        var cpu = facts.Probe is { CpuTime: { } used } && ran > TimeSpan.Zero ? $"; its processes use {used / ran:0.#} processors" : "";
        return new(Severity.Note, $"at most {lately.Max(b => b.Percent)} % busy at {lately.Count} looks over {Words.Span(lately[^1].At - lately[0].At)}{cpu}", $"lodger exec {facts.Spec.Name} -- sh -c 'nvidia-smi dmon -c 10; top -b -n 1 | head -15'")
        {
            Cause = "Hypothesis: the loader is too slow for the GPU, or the command does not use it. Next probe: processor time and GPU side by side, over ten seconds.",
        };
    }
}
