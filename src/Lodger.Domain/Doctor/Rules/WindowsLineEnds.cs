using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>Scripts that a Linux shell refuses.</summary>
internal sealed class WindowsLineEnds : IRule
{
    public string Id => "crlf";

    public Gotcha Own => Examination.Gotcha(
        Id, "Scripts with Windows line ends", "The command fails at once: \"not found\", \"bad interpreter: /bin/bash^M\", \"$'\\r': command not found\".",
        "A script was saved with CRLF; the carriage return becomes part of the command or of the interpreter's name.", "Send repaired copies: lodger run job.yaml --fix-crlf");

    public string Sees => "A shell script of the code ends its lines with CRLF, or the job's log says so in the shell's own words.";

    public string? Does => "Sends repaired copies when you agree; your files stay as they are.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        if (facts.Moment == Moment.Preflight)
        {
            return facts.Inputs is { CrlfScripts: { Count: > 0 } scripts }
                ? new(Severity.Error, $"CRLF in {string.Join(", ", scripts.Take(5))}{(scripts.Count > 5 ? $" and {scripts.Count - 5} more" : "")}", "lodger run job.yaml --fix-crlf   (sends repaired copies)")
                : null;
        }

        return facts.Attempt?.Ended is { ExitCode: not 0 and not null } && LogLine.Last(facts.LogTail, "^M", "\\r': command not found", "$'\\r'", "bad interpreter") is { } line
            ? new(Severity.Error, $"the log's end: {line}", "lodger run job.yaml --fix-crlf")
            : null;
    }
}
