using Lodger.Domain.Problems;

namespace Lodger.Remote.Transfer;

/// <summary>What a job is to resume from, as it lies here.</summary>
/// <param name="Paths">Relative; regular files only.</param>
internal sealed record RestoreFiles(IReadOnlyList<string> Paths, long Bytes)
{
    private const int FilesMax = 100_000;

    /// <param name="directory">Null: nothing to resume from.</param>
    public static Outcome<RestoreFiles> Of(string? directory)
    {
        if (directory is null)
        {
            return new RestoreFiles([], 0);
        }

        if (!Directory.Exists(directory))
        {
            return Bad($"The directory {directory}, from which the job is to resume, is not there.");
        }

        // Links are no files of a checkpoint: what they point to may be anything.
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        var files = new DirectoryInfo(directory).EnumerateFiles("*", all).Take(FilesMax + 1).ToList();
        if (files.Count > FilesMax)
        {
            return Bad($"The directory {directory}, from which the job is to resume, holds more than {FilesMax} files.");
        }

        var paths = files.Select(file => Path.GetRelativePath(directory, file.FullName)).ToList();
        return paths.FirstOrDefault(path => !SafePath.IsConfined(path)) is { } own
            ? Bad($"The directory {directory}, from which the job is to resume, holds {own}, which would be written over Lodger's own files on the machine.")
            : new RestoreFiles(paths, files.Sum(file => file.Length));
    }

    private static Problem Bad(string message) => new("restore-invalid", message, "Name a directory that holds the files of a checkpoint and nothing else.", ExitCode.BadInput);
}
