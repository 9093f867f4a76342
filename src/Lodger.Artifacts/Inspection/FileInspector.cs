using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Inspection;

/// <summary>Verifies a single file by load and tells what is in it.</summary>
public static class FileInspector
{
    /// <summary>The report on one file. Never throws for what it finds in it.</summary>
    /// <param name="path">A file; a symbolic link is not followed.</param>
    /// <param name="depth">How much of its arrays to tell.</param>
    /// <param name="progress">Told a few times a second.</param>
    /// <param name="cancellation">Stops reading.</param>
    public static Task<FileReport> InspectAsync(string path, InspectionDepth depth, IProgress<VerifyProgress>? progress = null, CancellationToken cancellation = default) => Task.Run(
        () =>
        {
            var file = new FileInfo(path);
            var meter = new ProgressMeter(progress, file.Exists ? file.Length : 0, filesTotal: 1);
            if (!file.Exists || file.LinkTarget is not null || FileKind.IsSpecial(file.FullName, file.Length))
            {
                return NoFile(file);
            }

            var report = FileVerifier.Verify(new ListedFile(file.Name, file.FullName, file.Length), promised: null, meter.HashedMore, cancellation, depth);
            meter.FileDone();
            return report;
        },
        cancellation);

    private static FileReport NoFile(FileInfo file)
    {
        var shown = PrintableText.Of(file.Name, 1024);
        return new FileReport
        {
            Path = file.Name,
            DisplayPath = shown,
            Bytes = 0,
            Checked = "nothing",
            Verdict = Verdict.Damaged,
            Findings = [new Finding("not-a-file", Severity.Error, shown, "it is not a regular file.", "Name a file, or what a link leads to.")],
        };
    }
}
