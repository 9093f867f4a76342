using Lodger.Domain.Problems;

namespace Lodger.Remote.Durable;

/// <summary>
/// A copy that is proven by reading it back: (1) what is there already, (2) nothing that differs is ever overwritten, (3) send what is missing, (4) read everything back and compare its hashes.
/// No exit status counts for anything.
/// </summary>
public static class DurableCopy
{
    private const int Named = 3;

    /// <param name="from">Absolute.</param>
    /// <param name="environment">What of our own environment rclone may see (<see cref="RcloneEnvironment"/>).</param>
    public static async Task<Outcome<DurableCopied>> RunAsync(
        string from, IReadOnlyList<DurableFile> files, DurableTarget target, IReadOnlyDictionary<string, string?> environment, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(target);
        if (files.FirstOrDefault(f => f.Path.AsSpan().IndexOfAny('\n', '\r') >= 0) is { } odd)
            return new Problem("name-unfit", $"The name {Text.Sanitize.Line(odd.Path, 80)} has a line break in it, and no list of files can name it.", "Pack it, or rename it.", ExitCode.BadInput);
        if (target.Remote is null && (target.Path + "/").StartsWith(from.TrimEnd('/') + "/", StringComparison.Ordinal))
            return new Problem("target-inside", $"{target} lies inside {from}, which is to be copied.", "Choose a directory elsewhere.", ExitCode.BadInput);
        IDurableStore store = target.Remote is null ? new DirectoryStore(target.Path) : new RcloneStore(target, environment, time);

        // 1
        if (!(await store.ReadBackAsync([.. files.Select(f => f.Path)], cancellationToken)).TryGet(out var before, out var problem))
            return problem;

        // 2
        if (files.FirstOrDefault(f => before.TryGetValue(f.Path, out var there) && there != f.Sha256) is { } other)
        {
            return new Problem(
                "target-holds-other", $"{target} holds another {Text.Sanitize.Line(other.Path, 120)} already, and nothing there is overwritten.",
                "Copy to another place, or remove that one if nobody needs it.", ExitCode.NotVerified);
        }

        // 3
        List<string> missing = [.. files.Where(f => !before.ContainsKey(f.Path)).Select(f => f.Path)];
        if (missing.Count > 0 && (await store.SendAsync(from, missing, cancellationToken)).Problem is { } unsent)
            return unsent;

        // 4
        if (!(await store.ReadBackAsync([.. files.Select(f => f.Path)], cancellationToken)).TryGet(out var after, out problem))
            return problem;
        var wrong = files.Where(f => !after.TryGetValue(f.Path, out var there) || there != f.Sha256).ToList();
        return wrong.Count == 0
            ? new DurableCopied(target, files.Count, files.Sum(f => f.Bytes), missing.Count)
            : new Problem(
                "copy-differs",
                $"What {target} gives back is not what was sent: {string.Join(", ", wrong.Take(Named).Select(f => $"{Text.Sanitize.Line(f.Path, 120)} {(after.ContainsKey(f.Path) ? "differs" : "is not there")}"))}{(wrong.Count > Named ? $" and {wrong.Count - Named} more" : "")}.",
                "Nothing there counts as a copy. Try again; if it stays so, do not trust that place.",
                ExitCode.NotVerified);
    }
}
