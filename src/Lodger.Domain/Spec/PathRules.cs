namespace Lodger.Domain.Spec;

/// <summary>Where paths may lead. Each rule answers null when the path is good, else a sentence that ends in what to write.</summary>
public static class PathRules
{
    private const int LengthMax = 512;

    /// <summary>A pattern (<c>*</c>, <c>?</c>, <c>**</c>) or path that stays below the directory it is relative to.</summary>
    public static string? Below(string path, string directory)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Unwritable(path) is { } complaint)
            return complaint;
        if (path.StartsWith('/') || path.StartsWith('~'))
            return $"This is relative to {directory}, so it cannot begin with / or ~. Write for example:  results/*.json";
        return path.Split('/').Contains("..") ? $"This must stay below {directory}: leave out the .. in it." : null;
    }

    /// <summary>An absolute directory on the rented machine, inside the only place whose fate is known.</summary>
    public static string? Workdir(string path, string dataDirectory)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(dataDirectory);
        if (Unwritable(path) is { } complaint)
            return complaint;

        string root = dataDirectory.TrimEnd('/');
        string[] segments = path.TrimEnd('/').Split('/');
        return path.StartsWith(root + "/", StringComparison.Ordinal) && path.TrimEnd('/').Length > root.Length && !segments.Skip(1).Any(s => s is "" or "." or "..")
            ? null
            : $"The job works in a directory of its own inside {root}, the platform's data directory. Write for example:  workdir: {root}/my-job";
    }

    /// <summary>An absolute directory inside the data directory at which a volume is attached: one word of an option line there.</summary>
    public static string? Mount(string path, string dataDirectory)
    {
        ArgumentNullException.ThrowIfNull(dataDirectory);
        return Workdir(path, dataDirectory) is null && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '.' or '-')
            ? null
            : $"A volume is attached at a directory of its own inside {dataDirectory.TrimEnd('/')}, written with letters, digits and / _ . - only. Write for example:  path: {dataDirectory.TrimEnd('/')}/volume";
    }

    private static string? Unwritable(string path)
    {
        if (path.Trim().Length == 0)
            return "A path is needed here.";
        if (path.Length > LengthMax)
            return $"A path has at most {LengthMax} characters.";
        if (path.Any(char.IsControl))
            return "A path holds no control characters.";
        return path.Contains('\\', StringComparison.Ordinal) ? "Paths on the machine are written with /, not with \\." : null;
    }
}
