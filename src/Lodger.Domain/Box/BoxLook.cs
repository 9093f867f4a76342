namespace Lodger.Domain.Box;

/// <summary>A file that a person may want saved, as the machine names it.</summary>
/// <param name="Path">Absolute there; without control characters.</param>
/// <param name="ModifiedAt">On the machine's clock, to the second.</param>
public sealed record FoundFile(string Path, long Bytes, DateTimeOffset ModifiedAt);

/// <summary>A path that was asked about.</summary>
/// <param name="Asked">As it was asked.</param>
/// <param name="Path">Absolute, with no symbolic link in it; null: there is nothing.</param>
/// <param name="Files">Regular files in it; 1 for a file.</param>
/// <param name="Bytes">Of them.</param>
/// <param name="Unreadable">What the machine said of something in it that it could not read, so that the figures are not all of it; null: it read everything.</param>
public sealed record LookedPath(string Asked, string? Path, int Files, long Bytes, string? Unreadable = null);

/// <summary>What lies on a machine that somebody else set up.</summary>
/// <param name="Home">Of the user that is logged in there.</param>
/// <param name="Lacks">Programs that saving needs and that are not there.</param>
/// <param name="IsWatched">A lodge script of another Lodger is alive there.</param>
/// <param name="Paths">In the order in which they were asked.</param>
/// <param name="Found">Large or fresh files below the data directory and the home, the largest first; at most 40.</param>
/// <param name="IsMore">There are more such files than are shown.</param>
public sealed record BoxLook(string Home, IReadOnlyList<string> Lacks, bool IsWatched, IReadOnlyList<LookedPath> Paths, IReadOnlyList<FoundFile> Found, bool IsMore = false);
