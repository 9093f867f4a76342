using Lodger.Domain.Jobs;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>The command's own failure, by its last words.</summary>
internal sealed class CommandFailed : IRule
{
    private static readonly string[] Words = ["Error:", "Error(", "Exception:", "not found", "No such file", "Killed", "Segmentation fault", "Traceback", "fatal:"];

    public string Id => "command-failed";

    public Gotcha Own => Examination.Gotcha(
        Id, "The command failed", "An exit status other than 0.", "The command's own words, at the end of its log, say why.", "Fix the command and run again.");

    public string Sees => "The exit marker says another status than 0; the evidence is the last line of the log that names an error.";

    public string? Does => "Brings home what there is, the log with it. A failed command is never run again by itself.";

    public IReadOnlyList<Moment> Moments => [Moment.PostMortem];

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
                var of = code > 128 ? $" (signal {code - 128})" : "";
                return new(Severity.Error, $"exit status {code}{of}{(ended.Detail.Length > 0 ? $": {ended.Detail}" : "")}{(said is null ? "" : $"; its last words: {said}")}", fix) { Cause = CauseOf(said) };
            default:
                return null;
        }
    }

    private static string? CauseOf(string? said) => said switch
    {
        null => null,
        _ when Has(said, "ModuleNotFoundError", "ImportError") => "The image lacks a package: name it in  setup:  (pip install ...) or take an image that has it.",
        _ when Has(said, "CUDA out of memory", "OutOfMemoryError") => "The GPU's memory is too small for this batch: a smaller batch, or  gpu: {memory: ...} .",
        _ when Has(said, "No such file", "FileNotFoundError") => "A file that the command reads was not sent: see  code: and data: , and .lodgerignore.",
        _ when Has(said, "command not found", ": not found") => "The image has no such program.",
        _ when Has(said, "401 Client Error", "403 Client Error", "GatedRepoError") => "The hub refuses access: name the token under  secrets:  and accept the model's terms.",
        _ => null,
    };

    private static bool Has(string said, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (said.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
