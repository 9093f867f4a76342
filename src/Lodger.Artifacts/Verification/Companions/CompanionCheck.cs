using Lodger.Artifacts.Formats;

namespace Lodger.Artifacts.Verification.Companions;

/// <summary>
/// The look at a directory once every file in it was read: each file that needs others (an index its shards, a graph its weights) has them, they are whole, and what it
/// says of them is so. What is wrong is said of the file that needs it, and names the one that is missing or short.
/// </summary>
internal sealed class CompanionCheck(IReadOnlyList<ListedFile> listed, CancellationToken cancellation)
{
    private const string Pull = "Pull that file again; without it this one cannot be loaded.";

    private readonly Dictionary<string, ListedFile> _listed = listed.ToDictionary(file => file.Path, StringComparer.Ordinal);

    internal static string DirectoryOf(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..(slash + 1)] : string.Empty;

    /// <summary>The reports, those of files that need others, and of those others, brought up to date.</summary>
    internal List<FileReport> Run(List<FileReport> reports)
    {
        if (!reports.Exists(report => report.Companions.Count > 0))
        {
            return reports;
        }

        var byPath = reports.ToDictionary(report => report.Path, StringComparer.Ordinal);
        foreach (var needy in reports.Where(report => report is { Companions.Count: > 0, Verdict: not (Verdict.Damaged or Verdict.Missing) }))
        {
            byPath[needy.Path] = Check(byPath[needy.Path], byPath);
        }

        return [.. reports.Select(report => byPath[report.Path])];
    }

    private FileReport Check(FileReport needy, Dictionary<string, FileReport> byPath)
    {
        var findings = new List<Finding>();
        foreach (var companion in needy.Companions)
        {
            cancellation.ThrowIfCancellationRequested();
            var path = DirectoryOf(needy.Path) + companion.Name;
            if (!byPath.TryGetValue(path, out var report) || !_listed.TryGetValue(path, out var file))
            {
                findings.Add(Error(needy, "companion-missing", $"{Shown(companion)} is not here{Names(companion)}."));
            }
            else if (report.Verdict == Verdict.Damaged)
            {
                findings.Add(Error(needy, "companion-damaged", $"{Shown(companion)} is damaged{Names(companion)}."));
            }
            else if (Wrong(companion, file, report) is { } wrong)
            {
                findings.Add(Error(needy, "companion-short", $"{Shown(companion)}: {wrong}"));
            }
            else if (companion.Parts.Count > 0)
            {
                byPath[path] = Vouched(report, needy, companion);
            }
        }

        if (findings.Count == 0 && WrongTotal(needy, byPath) is { } total)
        {
            return Judged(needy, [total]);
        }

        return Judged(needy with { Tensors = needy.Tensors ?? Sum(needy, byPath, report => report.Tensors), Parameters = needy.Parameters ?? Sum(needy, byPath, report => report.Parameters) }, findings);
    }

    private string? Wrong(Companion companion, ListedFile file, FileReport report) =>
        companion.Parts.Count > 0 ? CompanionParts.Wrong(companion, file, cancellation)
        : companion.Tensors.Count > 0 ? WrongTensors(companion, report)
        : null;

    /// <summary>Every array that the index puts into a shard must be there. A shard whose arrays were not listed says why itself.</summary>
    private static string? WrongTensors(Companion companion, FileReport shard)
    {
        if (shard.Verdict == Verdict.HashOnly || shard.TensorList.Count >= FormatReport.MaxListedTensors)
        {
            return null;
        }

        var there = shard.TensorList.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var missing = companion.Tensors.Where(tensor => !there.Contains(tensor)).ToList();
        if (missing.Count > 0)
        {
            // what is made of several arrays (quantized, sparse, nested tensors) is listed by their names, which begin with its own
            var inOrder = there.Order(StringComparer.Ordinal).ToList();
            missing.RemoveAll(tensor => HasPart(inOrder, tensor + "."));
        }

        return missing.Count == 0 ? null : $"{missing.Count} of the {companion.Tensors.Count} tensors that should be in it are not, the first \"{PrintableText.Of(missing[0], 100)}\".";
    }

    private static bool HasPart(List<string> inOrder, string beginning)
    {
        var at = inOrder.BinarySearch(beginning, StringComparer.Ordinal);
        at = at < 0 ? ~at : at;
        return at < inOrder.Count && inOrder[at].StartsWith(beginning, StringComparison.Ordinal);
    }

    private static Finding? WrongTotal(FileReport needy, Dictionary<string, FileReport> byPath)
    {
        if (needy.CompanionsTotalBytes is not { } promised || Sum(needy, byPath, report => report.TensorList.Count == 0 ? null : report.TensorList.Sum(tensor => tensor.Bytes)) is not { } there)
        {
            return null;
        }

        // tied weights are counted once by some writers and as often as they are named by others: all tensors are there, so it is no damage
        return promised == there ? null : new Finding(
            "companion-total", Severity.Warning, needy.DisplayPath, $"it says that its tensors take {promised} bytes, and in the shards they take {there}.", "Every tensor it names is there; look whether it belongs to these shards.");
    }

    private static long? Sum(FileReport needy, Dictionary<string, FileReport> byPath, Func<FileReport, long?> of)
    {
        long sum = 0;
        foreach (var companion in needy.Companions)
        {
            if (!byPath.TryGetValue(DirectoryOf(needy.Path) + companion.Name, out var report) || of(report) is not { } part)
            {
                return null;
            }

            sum = Formats.Binary.Shape.Sum(sum, part);
        }

        return sum;
    }

    /// <summary>A data file has no format of its own: what the file that needs it says of it, and was found true, is what it is.</summary>
    private static FileReport Vouched(FileReport report, FileReport by, Companion companion) => report.Verdict != Verdict.HashOnly || report.Format != FileReport.Unknown ? report : report with
    {
        Verdict = Verdict.Loads,
        Format = $"{by.Format.Split(' ')[0]} data",
        Checked = $"{companion.Parts.Count} tensors of {by.DisplayPath}, {CompanionParts.Checked(companion)}",
    };

    private static FileReport Judged(FileReport report, List<Finding> findings) => findings.Count == 0 ? report : report with
    {
        Findings = [.. report.Findings, .. findings.Take(20)],
        Verdict = findings.Exists(finding => finding.Severity == Severity.Error) ? Verdict.Damaged
            : report.Verdict == Verdict.Loads ? Verdict.LoadsWithWarning : report.Verdict,
    };

    private static Finding Error(FileReport needy, string id, string what) => new(id, Severity.Error, needy.DisplayPath, what, Pull);

    private static string Shown(Companion companion) => PrintableText.Of(companion.Name, 200);

    private static string Names(Companion companion)
    {
        var count = companion.Tensors.Count + companion.Parts.Count;
        var first = companion.Tensors.FirstOrDefault() ?? companion.Parts.FirstOrDefault().Tensor;
        return first is null ? string.Empty : $", and {count} tensors should be in it, the first \"{PrintableText.Of(first, 100)}\"";
    }
}
