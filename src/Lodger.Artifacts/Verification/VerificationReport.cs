using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Verification;

/// <summary>What was found in a directory, file by file. Only a verification makes one, so that a receipt can rest on it.</summary>
public sealed class VerificationReport
{
    internal VerificationReport(string directory, Manifest? manifest, IReadOnlyList<FileReport> files, IReadOnlyList<Finding> findings)
    {
        Directory = directory;
        Manifest = manifest;
        Files = files;
        Findings = findings;
        Totals = VerificationTotals.Of(files);
    }

    /// <summary>The directory, as it was given.</summary>
    public string Directory { get; }

    /// <summary>What it was compared with; null when there was none, so that missing and extra files cannot be told.</summary>
    public Manifest? Manifest { get; }

    /// <summary>One report a file, missing ones too, sorted by path.</summary>
    public IReadOnlyList<FileReport> Files { get; }

    /// <summary>What concerns the whole or things that are not files: a refused manifest, a symbolic link, a directory that cannot be read.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>The sums over all files.</summary>
    public VerificationTotals Totals { get; }

    /// <summary>True when nothing is damaged, missing, extra or unreadable. Hash-only files do not spoil it; the gate asks for them by name.</summary>
    public bool IsSound =>
        Files.All(file => file.Verdict is Verdict.Loads or Verdict.LoadsWithWarning or Verdict.HashOnly) && !Findings.Any(finding => finding.Severity == Severity.Error);

    /// <summary>The files as a tree of directories, each with its totals.</summary>
    public DirectoryNode Tree() => DirectoryNode.Of(Directory, Files);

    /// <summary>Every finding, those of the whole first.</summary>
    public IEnumerable<Finding> AllFindings => Findings.Concat(Files.SelectMany(file => file.Findings));
}

/// <summary>The sums over a report's files.</summary>
/// <param name="Files">How many files there are on disk (missing ones are not).</param>
/// <param name="Bytes">Their size in bytes.</param>
public sealed record VerificationTotals(int Files, long Bytes, int Loads, int LoadsWithWarning, int HashOnly, int Damaged, int Missing, int Extra)
{
    internal static VerificationTotals Of(IReadOnlyCollection<FileReport> files)
    {
        int Count(Verdict verdict) => files.Count(file => file.Verdict == verdict);
        var there = files.Where(file => file.Verdict != Verdict.Missing).ToList();
        return new VerificationTotals(
            there.Count, there.Sum(file => file.Bytes), Count(Verdict.Loads), Count(Verdict.LoadsWithWarning), Count(Verdict.HashOnly),
            Count(Verdict.Damaged), Count(Verdict.Missing), Count(Verdict.Extra));
    }
}
