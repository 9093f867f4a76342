using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A command that says nothing and works, or says nothing and does not.</summary>
internal sealed class LogFrozen : IRule
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    /// <summary>Of a processor, over the command's life: less is no work.</summary>
    private const double Idle = 0.02;

    public string Id => "frozen-log";

    public Gotcha Own => Examination.Gotcha(
        Id, "The log stands still while the command runs", "No new line for many minutes.",
        "Output may be buffered, a step may be long, or the command waits for something that does not come.", "Look at what it does: lodger exec JOB -- py-spy dump");

    public string Sees => "Neither log nor progress file grew for ten minutes; whether its processes use the processor or the GPU tells which it probably is.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch];

    public Sighting? Look(Facts facts)
    {
        if (!facts.IsAtWork || facts.LastReport is not { QuietTime: { } quiet, RunTime: { } ran } || quiet < Quiet)
            return null;
        var busiest = facts.Busy.Where(b => facts.Now - b.At < quiet).Select(b => b.Percent).DefaultIfEmpty(0).Max();
        var gpu = facts.Busy.Count > 0 ? $"the GPU was up to {busiest} % busy meanwhile" : "the GPU was not watched";
        var cpu = facts.Probe is { CpuTime: { } used, Processes: { } count } ? $"{count} process(es) used {Words.Span(used)} of processor time in {Words.Span(ran)}" : "its processes were not looked at";
        var works = busiest > 5 || (facts.Probe?.CpuTime is { } time && time > ran * Idle);
        return new(Severity.Note, $"nothing new for {Words.Span(quiet)}; {gpu}; {cpu}", $"lodger exec {facts.Spec.Name} -- sh -c 'ps -eo pid,stat,time,wchan:20,args | head -30'")
        {
            Cause = works
                ? "Hypothesis: it works and its output is buffered, or one step is long. Next probe: lodger doctor again, and whether the processor time has grown."
                : "Hypothesis: it waits for something that does not come (a lock, a download, a peer). Next probe: what its processes wait for (wchan).",
        };
    }
}
