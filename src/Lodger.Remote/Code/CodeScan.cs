using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Code;

/// <summary>
/// Finds exactly which files of a directory are the job's code: what git would keep (asked of git in a work tree, by the same rules otherwise),
/// less what <c>.lodgerignore</c> names. Never <c>.git</c>, <c>.lodger</c>, or a directory that holds a pulled bundle.
/// </summary>
public static class CodeScan
{
    /// <summary>Same syntax as <c>.gitignore</c>, in any directory; says what belongs to the project but not to the job.</summary>
    public const string LodgerIgnore = ".lodgerignore";

    private const string OwnDirectory = ".lodger";

    /// <param name="directory">Absolute.</param>
    public static Task<Outcome<CodeInventory>> RunAsync(string directory, TimeProvider time, CancellationToken cancellationToken) => RunAsync(directory, CodeOrigin.Own, time, cancellationToken);

    /// <param name="directory">Absolute.</param>
    /// <param name="origin">Whoever else made it decides neither what git does here nor which files are read.</param>
    public static async Task<Outcome<CodeInventory>> RunAsync(string directory, CodeOrigin origin, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory))
        {
            return new Problem("code-missing", $"The code directory {directory} does not exist.", "Correct  code:  in the job's spec.", ExitCode.BadInput);
        }

        try
        {
            var files = (origin == CodeOrigin.Foreign ? null : PreparedCode.ReadRoster(directory))
                ?? (origin == CodeOrigin.Own ? await ListAsync(directory, time, cancellationToken) : new CodeWalk(directory, [".gitignore", LodgerIgnore]).Run(cancellationToken));
            return Describe(directory, files);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new Problem("code-unreadable", $"The code directory cannot be read: {error.Message}", "Make it readable, or name it in .lodgerignore.", ExitCode.BadInput);
        }
    }

    internal static bool IsNeverSent(string root, string relativeDirectory) =>
        IsNeverSent(Path.GetFileName(relativeDirectory)) || Directory.Exists(Path.Combine(root, relativeDirectory, OwnDirectory));

    /// <summary>Also as files: in another work tree of a repository <c>.git</c> is one.</summary>
    internal static bool IsNeverSent(string name) => name is ".git" or OwnDirectory;

    private static async Task<IReadOnlyList<string>> ListAsync(string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await GitFiles.FindAsync(directory, time, cancellationToken) is not { } fromGit)
        {
            return new CodeWalk(directory, [".gitignore", LodgerIgnore]).Run(cancellationToken);
        }

        // Git's list, less what .lodgerignore and our own rules leave out.
        var allowed = new CodeWalk(directory, [LodgerIgnore]).Run(cancellationToken).ToHashSet(StringComparer.Ordinal);
        var files = new List<string>();
        foreach (var name in fromGit)
        {
            var path = name.TrimEnd('/');
            var full = Path.Combine(directory, path);
            if (allowed.Contains(path))
            {
                files.Add(path);
            }
            else if (Directory.Exists(full) && new DirectoryInfo(full).LinkTarget is null && !IsNeverSent(directory, path))
            {
                // A submodule or another repository inside this one.
                var inner = await ListAsync(full, time, cancellationToken);
                files.AddRange(inner.Select(file => $"{path}/{file}").Where(allowed.Contains));
            }
        }

        return files;
    }

    private static CodeInventory Describe(string directory, IEnumerable<string> found)
    {
        var files = found.Order(StringComparer.Ordinal).ToList();
        var bytes = 0L;
        var crlf = new List<string>();
        foreach (var file in files)
        {
            var info = new FileInfo(Path.Combine(directory, file));
            if (info.LinkTarget is not null)
            {
                continue;
            }

            bytes += info.Length;
            if (CrlfScript.IsOne(info))
            {
                crlf.Add(file);
            }
        }

        return new CodeInventory(files, bytes, crlf);
    }
}
