using Lodger.Domain.Jobs;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>The command's own failure, by its last words.</summary>
internal sealed class CommandFailed : IRule
{
    /// <summary>Shells add the signal's number to it.</summary>
    private const int Signalled = 128;

    private const int Kill = 9;

    private const string Memory = "Write into job.yaml:  offers: cpu_ram>=64   or give the loader fewer processes (num_workers)";

    private static readonly string[] Words = ["Error:", "Error(", "Exception:", "not found", "No such file", "Killed", "Segmentation fault", "Traceback", "fatal:", "unbound variable", "not set"];

    public string Id => "command-failed";

    public Gotcha Own => Examination.Gotcha(
        Id, "The command failed", "An exit status other than 0.", "The command's own words, at the end of its log, say why.", "Fix the command and run again.");

    public string Sees => "The exit marker says another status than 0; the evidence is the last line of the log that names an error.";

    public string? Does => "Brings home what there is, the log with it. A failed command is never run again by itself.";

    public IReadOnlyList<Moment> Moments => [Moment.PostMortem];

    public IReadOnlyList<string> SaidBy => ["out-of-memory", "VAST10", "zombie-vram", "crlf"];

    public Sighting? Look(Facts facts)
    {
        if (facts.Attempt?.Ended is not { } ended)
            return null;
        var fix = $"lodger logs {facts.Spec.Name}";
        switch (ended)
        {
            case { Reason: EndReason.CrashLoop }:
                return new(Severity.Error, $"the container came up again and again and the command never got further: {ended.Detail}", fix) { Cause = "The command, or what it starts, takes the container down with it." };
            case { Reason: EndReason.Stalled }:
                return new(Severity.Error, $"no progress for the time that  stall:  allows; the command was ended", fix) { Cause = "It waited for something, or said nothing of its progress." };
            case { Reason: EndReason.Exited, ExitCode: not 0 and { } code }:
                var said = LogLine.Last(facts.LogTail, Words) ?? LogLine.Last(facts.LogTail);
                var of = code > Signalled ? $" (signal {code - Signalled})" : "";
                var known = said is null ? null : LastWords.Of(said, facts);
                var isKilled = known is null && code == Signalled + Kill && ended.Cause == EndCause.Command;
                return new(Severity.Error, $"exit status {code}{of}{(ended.Detail.Length > 0 ? $": {ended.Detail}" : "")}{(said is null ? "" : $"; its last words: {said}")}", known?.Fix ?? (isKilled ? Memory : fix))
                {
                    Cause = known?.Cause ?? (isKilled ? "Something killed it. On a rented machine that is mostly want of memory, which this host does not count." : null),
                };
            default:
                return null;
        }
    }
}
