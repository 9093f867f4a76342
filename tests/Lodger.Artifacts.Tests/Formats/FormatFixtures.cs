using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>The files in Fixtures/formats, and what holds of every format.</summary>
internal static class FormatFixtures
{
    internal static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", "formats", name);

    internal static byte[] Bytes(string name) => File.ReadAllBytes(Path(name));

    internal static FileReport Verify(string name, InspectionDepth depth) => FileVerifier.Verify(
        new ListedFile(System.IO.Path.GetFileName(name), Path(name), new FileInfo(Path(name)).Length), promised: null, _ => { }, TestContext.Current.CancellationToken, depth);

    /// <summary>The files whose newer structures are not walked, which is said of them as a warning.</summary>
    internal static Verdict SoundVerdictOf(string name) => name is "latest_chunked.h5" ? Verdict.LoadsWithWarning : Verdict.Loads;

    /// <summary>Every cut near the end, and some everywhere.</summary>
    internal static IEnumerable<int> Cuts(int bytes)
    {
        var step = Math.Max(1, bytes / 150);
        return Enumerable.Range(1, bytes - 1).Where(length => length > bytes - 80 || length < 40 || length % step == 0).Reverse();
    }

    /// <summary>Whether a cut was seen, as far as docs/verify.md promises it.</summary>
    internal static bool IsCaught(string format, FileReport report, byte[] whole, int length) => report.Verdict == Verdict.Damaged || format switch
    {
        // no end mark: a cut inside a line is a warning or a note, one between lines leaves no trace
        "text" or "YAML" => report.Findings.Count > 0 || whole[length - 1] == '\n',
        "CSV" => report.Findings.Count > 0 || whole[length - 1] == '\n',

        // the padding behind the last tensor
        "GGUF" => report.Findings.Any(finding => finding.Id == "gguf-padding"),

        // whole blocks of zeros behind the two that end it
        "tar" => length % 512 == 0 && whole.AsSpan(length - 1024).IndexOfAnyExcept((byte)0) < 0,

        // what is left of a table without its end has no mark
        "TF index" => report.Verdict == Verdict.HashOnly && length < 48,
        "Parquet" or "HDF5" or "PNG" or "JPEG" or "gzip" or "tar, gzip" or "zip" => length < 9 && report.Verdict != Verdict.Loads,
        _ => false,
    };
}
