namespace Lodger.Remote.Code;

/// <summary>Which symbolic links may be part of code that is handed to another machine.</summary>
public static class CodeLinks
{
    /// <summary>
    /// Whether a link leads nowhere but into the code itself, whatever the other links are: relative, and going up at its beginning alone, by no more than it lies deep. Once it went through another link, going up would lead from where
    /// that one points.
    /// </summary>
    /// <param name="path">Of the link, relative to the code's root, forward slashes.</param>
    /// <param name="target">As it stands in the link.</param>
    public static bool StaysInside(string path, string target)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(target);
        if (target.Length == 0 || target[0] == '/' || target.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        var parts = target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").ToList();
        var up = parts.TakeWhile(p => p == "..").Count();
        return up <= path.Count(c => c == '/') && !parts.Skip(up).Contains("..");
    }
}
