using Lodger.Domain.Problems;

namespace Lodger.Domain.Box;

/// <summary>A file or a symbolic link as the machine shows it, its content not looked at.</summary>
/// <param name="EscapedPath">From the root on without the first slash, in the manifest's spelling (docs/formats/manifest.md).</param>
/// <param name="Bytes">Of a file; 0 for a link.</param>
/// <param name="Stamp">Size, times of the last write and of the last change, device and inode: another one for whatever was written to, or put in its place.</param>
/// <param name="WrittenAt">On the machine's clock, or as somebody set it: when its content changed last.</param>
/// <param name="ChangedAt">On the machine's clock: when anything about it changed last.</param>
/// <param name="EscapedTarget">Of a link, in the same spelling; null: a file.</param>
public sealed record SurveyedEntry(string EscapedPath, long Bytes, string Stamp, DateTimeOffset WrittenAt, DateTimeOffset ChangedAt, string? EscapedTarget);

/// <summary>Everything below some paths at one moment; a directory that could not be read makes it a problem, never an emptier survey. A path that is not there is left out.</summary>
/// <param name="At">On the machine's clock, before the first of them was looked at.</param>
/// <param name="Gone">What went while it was listed, as the machine says it, cleaned; so that what lay in it may lie elsewhere.</param>
public sealed record BoxSurvey(DateTimeOffset At, IReadOnlyList<SurveyedEntry> Entries, IReadOnlyList<string> Gone);

/// <summary>
/// A running machine that somebody else set up. Nothing is installed, written or left there: all of it is commands that read. What does not answer is unknown; its names are hostile.
/// </summary>
public interface IForeignBox
{
    /// <summary>What lies there and how much of it: bounded, for a person to choose from.</summary>
    /// <param name="paths">Absolute, at most 64: what a person may want saved.</param>
    Task<Outcome<BoxLook>> LookAsync(BoxAddress address, IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>Every file and link below these paths. A problem when anything there cannot be listed.</summary>
    /// <param name="roots">Absolute, without symbolic links.</param>
    Task<Outcome<BoxSurvey>> SurveyAsync(BoxAddress address, IReadOnlyList<string> roots, CancellationToken cancellationToken);

    /// <summary>SHA-256, lower-case hex, by escaped path. One that has gone meanwhile is left out; one that cannot be read is a problem that names it.</summary>
    /// <param name="files">As a survey gave them; so many that one command can do it.</param>
    Task<Outcome<IReadOnlyDictionary<string, string>>> HashAsync(BoxAddress address, IReadOnlyList<SurveyedEntry> files, CancellationToken cancellationToken);

    /// <summary>As <see cref="IBox.PullAsync"/>, from the machine's root on; what comes is for its user alone.</summary>
    Task<Outcome<Transferred>> PullAsync(
        BoxAddress address, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken);
}
