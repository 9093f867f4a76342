namespace Lodger.Artifacts;

/// <summary>How much a finding weighs.</summary>
public enum Severity
{
    /// <summary>Worth knowing; changes nothing.</summary>
    Note,

    /// <summary>The file is whole, but loading it needs care.</summary>
    Warning,

    /// <summary>What was promised is not there. Nothing may be destroyed on the strength of it.</summary>
    Error,
}

/// <summary>Something seen in a file, a manifest or a directory.</summary>
/// <param name="Id">Stable name of the kind of finding, such as <c>size-differs</c>.</param>
/// <param name="Severity">Its weight.</param>
/// <param name="Path">The file it is about, safe to print; empty when it is about the whole.</param>
/// <param name="What">One sentence: what was seen, with figures. Safe to print.</param>
/// <param name="Fix">One sentence: what to do about it.</param>
public sealed record Finding(string Id, Severity Severity, string Path, string What, string Fix)
{
    /// <summary>One line for a log or a list of reasons.</summary>
    public override string ToString() => Path.Length == 0 ? $"{What} {Fix}" : $"{Path}: {What} {Fix}";
}
