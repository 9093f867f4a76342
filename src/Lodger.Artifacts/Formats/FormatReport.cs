using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Formats;

/// <summary>What a format gathers while it checks one file.</summary>
internal sealed class FormatReport(string displayPath)
{
    private const int MaxFindings = 20;
    private readonly List<Finding> _findings = [];

    internal string Checked { get; set; } = "size and SHA-256";

    internal long? Tensors { get; set; }

    internal long? Parameters { get; set; }

    internal long? Step { get; set; }

    internal double? Epoch { get; set; }

    /// <summary>Set when the file is past what the check can judge: the verdict is then hash only.</summary>
    internal bool Unjudged { get; private set; }

    internal IReadOnlyList<Finding> Findings => _findings;

    internal bool IsDamaged => _findings.Exists(finding => finding.Severity == Severity.Error);

    internal void Damaged(string id, string what, string fix = "Pull it again; if it stays so, fall back to an older copy.") => Add(id, Severity.Error, what, fix);

    internal void Warn(string id, string what, string fix) => Add(id, Severity.Warning, what, fix);

    internal void Note(string id, string what, string fix) => Add(id, Severity.Note, what, fix);

    internal void CannotJudge(string id, string what)
    {
        Unjudged = true;
        Add(id, Severity.Warning, what, "Only its hash vouches for it: load it once yourself before you rely on it.");
    }

    internal Verdict Verdict =>
        IsDamaged ? Verdict.Damaged
        : Unjudged ? Verdict.HashOnly
        : _findings.Exists(finding => finding.Severity == Severity.Warning) ? Verdict.LoadsWithWarning
        : Verdict.Loads;

    private void Add(string id, Severity severity, string what, string fix)
    {
        // An error must never be the finding that does not fit: it decides the verdict.
        if (_findings.Count < MaxFindings || (severity == Severity.Error && !IsDamaged))
        {
            _findings.Add(new Finding(id, severity, displayPath, what, fix));
        }
        else if (severity == Severity.Warning && !_findings.Exists(finding => finding.Severity >= Severity.Warning))
        {
            _findings[^1] = new Finding(id, severity, displayPath, what, fix);
        }
    }
}
