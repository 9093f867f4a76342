using System.Buffers;
using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Formats.Torch;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Verification;

/// <summary>Verifies one file: its format's check and its SHA-256 in one pass.</summary>
internal static class FileVerifier
{
    private const string PullAgain = "Pull it again.";

    /// <param name="promised">The manifest's line for it; null when there is no manifest, or none for this file.</param>
    /// <param name="hashedMore">Told of bytes as they are hashed.</param>
    /// <param name="depth">How much of its arrays to tell.</param>
    /// <param name="layouts">What all files of one verification share; null for a file on its own.</param>
    internal static FileReport Verify(
        ListedFile listed, ManifestFile? promised, Action<long> hashedMore, CancellationToken cancellation, InspectionDepth depth = InspectionDepth.Counts,
        DistcpLayouts? layouts = null)
    {
        var displayPath = PrintableText.Of(listed.Path, 1024);
        var gathered = new FormatReport(displayPath, depth);
        try
        {
            HashedFile Open() => new(listed.FullPath, hashedMore, cancellation, layouts);
            if (listed.Bytes == 0)
            {
                return VerifyEmpty(listed, displayPath, Open, promised, gathered, cancellation);
            }

            using var content = Open();
            return Verify(listed, displayPath, content, promised, gathered, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            gathered.Damaged("unreadable", $"it cannot be read: {PrintableText.Of(e.Message)}", "Look at its rights and at the disk, then verify again.");
            return Report(listed.Path, displayPath, listed.Bytes, sha256: null, format: null, gathered);
        }
    }

    private static FileReport Verify(
        ListedFile listed, string displayPath, HashedFile content, ManifestFile? promised, FormatReport gathered, CancellationToken cancellation)
    {
        var format = Detect(content, listed.Path, gathered);
        format?.Verify(content, gathered, cancellation);
        var sha256 = content.FinishHash();
        if (sha256 is null)
        {
            gathered.Damaged("changing", "it changed while it was read.", "Verify again when nothing writes to it.");
        }

        Compare(content.Length, sha256, promised, gathered);
        return Report(listed.Path, displayPath, content.Length, sha256, format, gathered);
    }

    private static FileReport VerifyEmpty(
        ListedFile listed, string displayPath, Func<HashedFile> open, ManifestFile? promised, FormatReport gathered, CancellationToken cancellation)
    {
        var format = KnownFormats.Detect([], Path.GetFileName(listed.Path), gathered);
        if (format is { MayBeEmpty: true })
        {
            gathered.Warn("empty", "it is empty.", "Look whether the job should have written something.");
        }
        else if (format is { JudgesEmpty: true })
        {
            using var content = open();
            format.Verify(content, gathered, cancellation);
        }
        else if (format is not null)
        {
            gathered.Damaged("empty", $"it is empty, and no {format.Name} file is.");
        }

        var sha256 = Manifest.HashOf([]);
        Compare(bytes: 0, sha256, promised, gathered);
        return Report(listed.Path, displayPath, bytes: 0, sha256, format, gathered);
    }

    private static IFormat? Detect(HashedFile content, string path, FormatReport gathered)
    {
        var head = ArrayPool<byte>.Shared.Rent(KnownFormats.HeadBytes);
        try
        {
            var read = content.Read(0, head.AsSpan(0, KnownFormats.HeadBytes));
            return KnownFormats.Detect(head.AsSpan(0, read), Path.GetFileName(path), gathered);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    private static void Compare(long bytes, string? sha256, ManifestFile? promised, FormatReport gathered)
    {
        if (promised is null || sha256 is null)
        {
            return;
        }

        if (bytes != promised.Bytes)
        {
            gathered.Damaged("size-differs", $"it has {bytes} bytes; on the machine it had {promised.Bytes}.", PullAgain);
        }
        else if (sha256 != promised.Sha256)
        {
            gathered.Damaged("hash-differs", $"its SHA-256 is {sha256[..12]}..., on the machine it was {promised.Sha256[..12]}...: same size, other content.", PullAgain);
        }
    }

    private static FileReport Report(string path, string displayPath, long bytes, string? sha256, IFormat? format, FormatReport gathered) => new()
    {
        Path = path,
        DisplayPath = displayPath,
        Bytes = bytes,
        Sha256 = sha256,
        Format = format?.Name ?? FileReport.Unknown,
        Checked = gathered.Checked,
        Verdict = format is null && !gathered.IsDamaged ? Verdict.HashOnly : gathered.Verdict,
        Tensors = gathered.Tensors,
        Parameters = gathered.Parameters,
        Step = gathered.Step,
        Epoch = gathered.Epoch,
        Metric = gathered.Metric,
        Training = gathered.Training,
        Findings = gathered.Findings,
        IsUnsafe = gathered.IsUnsafe,
        Companions = gathered.Companions,
        CompanionsTotalBytes = gathered.CompanionsTotalBytes,
        NotChecked = gathered.NotChecked,
        TensorList = gathered.ListedTensors,
    };
}
