using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Formats;

/// <summary>What a format gathers while it checks one file.</summary>
internal sealed class FormatReport(string displayPath, InspectionDepth depth = InspectionDepth.Counts)
{
    /// <summary>More arrays than this in one file are counted and checked, not listed.</summary>
    internal const int MaxListedTensors = 200_000;

    /// <summary>What to do with a file that was not judged.</summary>
    internal const string LoadOnce = "Only its hash vouches for it: load it once yourself before you rely on it.";

    private const int MaxFindings = 20;
    private readonly List<Finding> _findings = [];
    private readonly List<TensorEntry> _tensors = [];
    private readonly List<string> _notChecked = [];
    private readonly Dictionary<string, Companion> _companions = new(StringComparer.Ordinal);

    internal string Checked { get; set; } = "size and SHA-256";

    /// <summary>Whether <see cref="List"/> keeps anything: a format may spare itself the names otherwise.</summary>
    internal bool ListsTensors => depth >= InspectionDepth.Tensors;

    /// <summary>Whether the arrays' values shall be measured (<see cref="TensorValues"/>) and listed with them.</summary>
    internal bool MeasuresValues => depth >= InspectionDepth.Values;

    /// <summary>The arrays, in the order the format meets them.</summary>
    internal IReadOnlyList<TensorEntry> ListedTensors => _tensors;

    /// <summary>What a person might take for checked and was not, a few words each.</summary>
    internal IReadOnlyList<string> NotChecked => _notChecked;

    /// <summary>The files without which this one cannot be loaded.</summary>
    internal IReadOnlyCollection<Companion> Companions => _companions.Values;

    /// <summary>What all arrays in the companions take together, as this file has it; null when it does not say.</summary>
    internal long? CompanionsTotalBytes { get; set; }

    internal long? Tensors { get; set; }

    internal long? Parameters { get; set; }

    internal long? Step { get; set; }

    internal double? Epoch { get; set; }

    /// <summary>The main metric of a metrics file; null in any other.</summary>
    internal Metric? Metric { get; set; }

    /// <summary>Which parts of a training run it holds; null when it is no checkpoint of one.</summary>
    internal TrainingState? Training { get; set; }

    /// <summary>Set when the file is past what the check can judge: the verdict is then hash only.</summary>
    internal bool Unjudged { get; private set; }

    /// <summary>Set when whoever loads the file the usual way runs code that it names.</summary>
    internal bool IsUnsafe { get; private set; }

    internal IReadOnlyList<Finding> Findings => _findings;

    internal bool IsDamaged => _findings.Exists(finding => finding.Severity == Severity.Error);

    /// <summary>Keeps an array for the listing, when one was asked for.</summary>
    internal void List(TensorEntry tensor)
    {
        if (ListsTensors && _tensors.Count < MaxListedTensors)
        {
            _tensors.Add(tensor);
        }
    }

    /// <summary>The companion of a name, to say what must be in it.</summary>
    internal Companion Needs(string name)
    {
        if (!_companions.TryGetValue(name, out var companion))
        {
            _companions[name] = companion = new Companion(name);
        }

        return companion;
    }

    /// <summary>Says that a stretch of another file must be there.</summary>
    internal void Needs(string name, CompanionPart part)
    {
        var companion = Needs(name);
        if (companion.Parts.Count < Companion.MaxParts)
        {
            companion.Parts.Add(part);
        }
    }

    /// <summary>Says what this check leaves open, such as <c>the values (--deep reads them)</c>.</summary>
    internal void DidNotCheck(string what)
    {
        // a file of many pickles would say the same of each
        if (!_notChecked.Contains(what))
        {
            _notChecked.Add(what);
        }
    }

    internal void Damaged(string id, string what, string fix = "Pull it again; if it stays so, fall back to an older copy.") => Add(id, Severity.Error, what, fix);

    internal void Warn(string id, string what, string fix) => Add(id, Severity.Warning, what, fix);

    /// <summary>Says that loading the file the usual way runs code that it names.</summary>
    internal void RunsCode(string id, string what, string fix)
    {
        Add(id, Severity.Warning, what, fix, always: !IsUnsafe);
        IsUnsafe = true;
    }

    internal void Note(string id, string what, string fix) => Add(id, Severity.Note, what, fix);

    internal void CannotJudge(string id, string what, string fix = LoadOnce)
    {
        Unjudged = true;
        Add(id, Severity.Warning, what, fix);
    }

    internal Verdict Verdict =>
        IsDamaged ? Verdict.Damaged
        : Unjudged ? Verdict.HashOnly
        : _findings.Exists(finding => finding.Severity == Severity.Warning) ? Verdict.LoadsWithWarning
        : Verdict.Loads;

    /// <param name="always">It is kept however many findings there are: what says that the file is unsafe. So is the first error, which decides the verdict.</param>
    private void Add(string id, Severity severity, string what, string fix, bool always = false)
    {
        if (always || _findings.Count < MaxFindings || (severity == Severity.Error && !IsDamaged))
        {
            _findings.Add(new Finding(id, severity, displayPath, what, fix));
        }
        else if (severity == Severity.Warning && !_findings.Exists(finding => finding.Severity >= Severity.Warning))
        {
            _findings[^1] = new Finding(id, severity, displayPath, what, fix);
        }
    }
}
