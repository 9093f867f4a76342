using Lodger.Artifacts.Manifests;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Adopt;

/// <summary>What a machine holds, and the moment after which every file of it was looked at.</summary>
internal sealed record SeenRoster(Manifest Manifest, DateTimeOffset SeenAt);

/// <summary>
/// The roster of a machine whose work goes on: (1) what is there, by size, times and inode, (2) the hashes of what has changed since it was hashed, (3) what is there once more. Only when
/// (1) and (3) are the same is it a roster; its moment is the one before (3), since everything was seen unchanged after that.
/// </summary>
internal sealed class ForeignRoster(IForeignBox box, TimeProvider time)
{
    private const int Rounds = 4;
    private const int MovingNamed = 5;

    /// <summary>
    /// What was hashed sooner than this after its last change is hashed again: a write through memory shows in a file's times only when its pages are written back, which Linux does within 35 s.
    /// </summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    /// <summary>A list that takes longer is older than a look may be before the first file of it was seen.</summary>
    private static readonly TimeSpan LongestSurvey = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(2);

    /// <summary>By path: the stamp that a file had when it was hashed, at rest.</summary>
    private readonly Dictionary<string, (string Stamp, string Sha256)> known = new(StringComparer.Ordinal);

    /// <param name="roots">Absolute, without symbolic links, none inside another.</param>
    public async Task<Outcome<SeenRoster>> TakeAsync(BoxAddress address, IReadOnlyList<string> roots, CancellationToken cancellationToken)
    {
        List<string> moving = [];
        for (var round = 1; round <= Rounds; round++)
        {
            if (round > 1)
                await Task.Delay(BetweenRounds, time, cancellationToken);
            // 1
            if (!(await box.SurveyAsync(address, roots, cancellationToken)).TryGet(out var before, out var problem))
                return problem;

            // 2
            List<string> due = [.. before.Entries.Where(e => e.EscapedTarget is null && !(known.TryGetValue(e.EscapedPath, out var old) && old.Stamp == e.Stamp)).Select(e => e.EscapedPath)];
            var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
            if (due.Count > 0)
            {
                if (!(await box.HashAsync(address, due, cancellationToken)).TryGet(out var hashed, out problem))
                    return problem;
                hashes = new(hashed, StringComparer.Ordinal);
            }

            // 3
            var seenAt = time.GetUtcNow();
            var began = time.GetTimestamp();
            if (!(await box.SurveyAsync(address, roots, cancellationToken)).TryGet(out var after, out problem))
                return problem;
            if (time.GetElapsedTime(began) > LongestSurvey)
                return TooSlow(address, before.Entries.Count);
            moving = Moving(before, after, hashes);
            var entries = Entries(before, hashes);
            Remember(before, hashes, moving);
            if (moving.Count == 0)
                return Made(before.At, entries, seenAt);
        }

        return new Problem(
            "files-still-changing",
            $"Files on rental {address.RentalId} are written to while they are looked at: {string.Join(", ", moving.Take(MovingNamed).Select(p => $"/{p}"))}{(moving.Count > MovingNamed ? $" and {moving.Count - MovingNamed} more" : "")}.",
            "End what writes them, or wait for it; it is tried again by itself.",
            ExitCode.Unknown,
            MayRetry: true);
    }

    /// <summary>Came, went, changed, or gave no hash; escaped.</summary>
    private List<string> Moving(BoxSurvey before, BoxSurvey after, Dictionary<string, string> hashes)
    {
        var then = after.Entries.ToDictionary(e => e.EscapedPath, StringComparer.Ordinal);
        List<string> moving = [];
        foreach (var entry in before.Entries)
        {
            var isSame = then.Remove(entry.EscapedPath, out var later) && later.Stamp == entry.Stamp && later.EscapedTarget == entry.EscapedTarget;
            if (!isSame || (entry.EscapedTarget is null && !hashes.ContainsKey(entry.EscapedPath) && !(known.TryGetValue(entry.EscapedPath, out var old) && old.Stamp == entry.Stamp)))
                moving.Add(entry.EscapedPath);
        }

        return [.. moving, .. then.Keys];
    }

    private List<ManifestEntry> Entries(BoxSurvey survey, Dictionary<string, string> hashes)
    {
        List<ManifestEntry> entries = [];
        foreach (var entry in survey.Entries)
        {
            if (entry.EscapedTarget is { } target)
                entries.Add(new ManifestLink(entry.EscapedPath, target));
            else if (hashes.TryGetValue(entry.EscapedPath, out var sha256) || (known.TryGetValue(entry.EscapedPath, out var old) && (sha256 = old.Sha256) is not null))
                entries.Add(new ManifestFile(entry.EscapedPath, entry.Bytes, sha256));
        }

        return entries;
    }

    private void Remember(BoxSurvey before, Dictionary<string, string> hashes, List<string> moving)
    {
        var moved = moving.ToHashSet(StringComparer.Ordinal);
        foreach (var entry in before.Entries)
        {
            if (hashes.TryGetValue(entry.EscapedPath, out var sha256) && !moved.Contains(entry.EscapedPath) && before.At - entry.ChangedAt >= Settled)
                known[entry.EscapedPath] = (entry.Stamp, sha256);
        }

        // What has gone is not remembered for ever.
        if (known.Count > before.Entries.Count)
        {
            var there = before.Entries.Select(e => e.EscapedPath).ToHashSet(StringComparer.Ordinal);
            foreach (var gone in known.Keys.Where(k => !there.Contains(k)).ToList())
                known.Remove(gone);
        }
    }

    private static Outcome<SeenRoster> Made(DateTimeOffset at, List<ManifestEntry> entries, DateTimeOffset seenAt)
    {
        var reading = Manifest.Create(at, "/", entries);
        return reading.Manifest is { } manifest
            ? new SeenRoster(manifest, seenAt)
            : new Problem("manifest-unreadable", $"What lies there cannot be listed: {string.Join("; ", reading.Findings.Take(3))}", "Pack what is named so into an archive on the machine, and name that.", ExitCode.NotVerified, MayRetry: true);
    }

    private static Problem TooSlow(BoxAddress address, int entries) => new(
        "look-too-slow",
        $"Rental {address.RentalId} takes longer than {LongestSurvey.TotalSeconds:0} s to list {entries} files: that would be too old to destroy anything by.",
        "Pack small files into an archive on the machine, and name that; or it is only busy just now: it is tried again by itself.",
        ExitCode.NotVerified,
        MayRetry: true);
}
