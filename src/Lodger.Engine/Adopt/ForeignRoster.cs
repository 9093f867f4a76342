using Lodger.Artifacts.Manifests;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Adopt;

/// <summary>What a machine holds.</summary>
/// <param name="Manifest">Of everything that was at rest while it was looked at.</param>
/// <param name="Moving">What was not: in words, the path first.</param>
/// <param name="SeenAt">After this moment every file of the manifest was seen unchanged.</param>
internal sealed record SeenRoster(Manifest Manifest, IReadOnlyList<string> Moving, DateTimeOffset SeenAt)
{
    /// <summary>Only what was the same the last time, too; the rest counts as moving.</summary>
    public SeenRoster AsIn(Manifest earlier)
    {
        var then = earlier.Entries.ToHashSet();
        var isSame = Manifest.Entries.ToLookup(then.Contains);
        return this with
        {
            Manifest = Manifest.Create(Manifest.MadeAt, "/", isSame[true]).Manifest!,
            Moving = [.. Moving, .. isSame[false].Select(e => "/" + e.EscapedPath)],
        };
    }
}

/// <summary>
/// The roster of a machine whose work goes on: (1) what is there, by size, times and inode, (2) its hashes, (3) what is there once more. What (1) and (3) show alike is at rest; all else is moving, and is
/// named. The moment of it is the one before (3).
/// </summary>
/// <param name="rest">How long a file must have been as it is before the last look counts it.</param>
internal sealed class ForeignRoster(IForeignBox box, TimeProvider time, TimeSpan rest)
{
    private const int Rounds = 3;

    /// <summary>One command hashes so much: what breaks off costs no more than that.</summary>
    private const int FilesAtOnce = 2000;
    private const long BytesAtOnce = 64_000_000_000;

    /// <summary>A list that takes longer is older than a look may be before the first file of it was seen.</summary>
    private static readonly TimeSpan LongestSurvey = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(2);

    /// <summary>Hashes of a roster that broke off, so that the next try goes on; of one that was made, none is kept.</summary>
    private readonly Hashes begun = new();

    /// <summary>To save it: a copy that turns out to be another one than its hash says is no harm.</summary>
    /// <param name="roots">Absolute, without symbolic links, none inside another.</param>
    public async Task<Outcome<SeenRoster>> ToSaveAsync(BoxAddress address, IReadOnlyList<string> roots, CancellationToken cancellationToken)
    {
        // 1
        if (!(await box.SurveyAsync(address, roots, cancellationToken)).TryGet(out var before, out var problem))
            return problem;
        for (var round = 1; ; round++)
        {
            // 2
            if ((await HashAsync(address, before, begun, cancellationToken)).Problem is { } unhashed)
                return unhashed;

            // 3
            var seenAt = time.GetUtcNow();
            if (!(await box.SurveyAsync(address, roots, cancellationToken)).TryGet(out var after, out problem))
                return problem;
            var moving = Moving(before, after, begun);
            if (moving.Count == 0 || round == Rounds)
            {
                var made = Made(before, moving, begun, seenAt);
                begun.Clear();
                return made;
            }

            await Task.Delay(BetweenRounds, time, cancellationToken);
            before = after;
        }
    }

    /// <summary>The last look before what cannot be undone: everything has rested, everything is hashed, and nothing is taken over from earlier.</summary>
    /// <inheritdoc cref="ToSaveAsync" path="/param"/>
    public async Task<Outcome<SeenRoster>> LastAsync(BoxAddress address, IReadOnlyList<string> roots, CancellationToken cancellationToken)
    {
        // 1
        if (!(await box.SurveyAsync(address, roots, cancellationToken)).TryGet(out var before, out var problem))
            return problem;
        if (before.Entries.Where(e => !IsSettled(e, before)).ToList() is { Count: > 0 } fresh)
        {
            var wait = rest - (before.At - fresh.Max(e => e.ChangedAt)) + BetweenRounds;
            await Task.Delay(wait < rest + BetweenRounds ? wait : rest + BetweenRounds, time, cancellationToken);
            if (!(await box.SurveyAsync(address, roots, cancellationToken)).TryGet(out before, out problem))
                return problem;
        }

        // 2
        var hashes = new Hashes();
        if ((await HashAsync(address, before, hashes, cancellationToken)).Problem is { } unhashed)
            return unhashed;

        // 3
        var seenAt = time.GetUtcNow();
        var began = time.GetTimestamp();
        if (!(await box.SurveyAsync(address, roots, cancellationToken)).TryGet(out var after, out problem))
            return problem;
        if (time.GetElapsedTime(began) > LongestSurvey)
            return TooSlow(address, before.Entries.Count);
        List<string> moving = [.. Moving(before, after, hashes), .. before.Entries.Where(e => !IsSettled(e, before)).Select(Named)];
        return Made(before, [.. moving.Distinct(StringComparer.Ordinal)], hashes, seenAt);
    }

    private bool IsSettled(SurveyedEntry entry, BoxSurvey survey) => entry.EscapedTarget is not null || survey.At - entry.ChangedAt >= rest;

    private async Task<Outcome<Done>> HashAsync(BoxAddress address, BoxSurvey survey, Hashes hashes, CancellationToken cancellationToken)
    {
        List<SurveyedEntry> part = [];
        long bytes = 0;
        foreach (var entry in survey.Entries.Where(e => e.EscapedTarget is null && hashes.Of(e) is null).Append(null))
        {
            if (part.Count > 0 && (entry is null || part.Count == FilesAtOnce || bytes + entry.Bytes > BytesAtOnce))
            {
                if (!(await box.HashAsync(address, part, cancellationToken)).TryGet(out var found, out var problem))
                    return problem;
                hashes.Add(part, found);
                (part, bytes) = ([], 0);
            }

            if (entry is not null)
            {
                part.Add(entry);
                bytes += entry.Bytes;
            }
        }

        return Done.Ok;
    }

    /// <summary>Came, went, changed, or gave no hash.</summary>
    private static List<string> Moving(BoxSurvey before, BoxSurvey after, Hashes hashes)
    {
        var then = after.Entries.ToDictionary(e => e.EscapedPath, StringComparer.Ordinal);
        List<string> moving = [];
        foreach (var entry in before.Entries)
        {
            var isSame = then.Remove(entry.EscapedPath, out var later) && later.Stamp == entry.Stamp && later.EscapedTarget == entry.EscapedTarget;
            if (!isSame || (entry.EscapedTarget is null && hashes.Of(entry) is null))
                moving.Add(Named(entry));
        }

        return [.. moving, .. then.Values.Select(Named), .. after.Gone];
    }

    private static string Named(SurveyedEntry entry) => "/" + entry.EscapedPath;

    private static Outcome<SeenRoster> Made(BoxSurvey survey, List<string> moving, Hashes hashes, DateTimeOffset seenAt)
    {
        var left = moving.ToHashSet(StringComparer.Ordinal);
        var entries = survey.Entries.Where(e => !left.Contains(Named(e)))
            .Select(e => e.EscapedTarget is { } target ? (ManifestEntry)new ManifestLink(e.EscapedPath, target) : new ManifestFile(e.EscapedPath, e.Bytes, hashes.Of(e)!));
        var reading = Manifest.Create(survey.At, "/", entries);
        return reading.Manifest is { } manifest
            ? new SeenRoster(manifest, moving, seenAt)
            : new Problem("manifest-unreadable", $"What lies there cannot be listed: {string.Join("; ", reading.Findings.Take(3))}", "Pack what is named so into an archive on the machine, and name that.", ExitCode.NotVerified, MayRetry: true);
    }

    private static Problem TooSlow(BoxAddress address, int entries) => new(
        "look-too-slow",
        $"Rental {address.RentalId} takes longer than {LongestSurvey.TotalSeconds:0} s to list {entries} files: that would be too old to destroy anything by.",
        "Pack small files into an archive on the machine, and name that; or it is only busy just now: it is tried again by itself.",
        ExitCode.NotVerified,
        MayRetry: true);

    /// <summary>By path, each good for the stamp that its file had when it was hashed.</summary>
    private sealed class Hashes
    {
        private readonly Dictionary<string, (string Stamp, string Sha256)> known = new(StringComparer.Ordinal);

        public string? Of(SurveyedEntry entry) => known.TryGetValue(entry.EscapedPath, out var had) && had.Stamp == entry.Stamp ? had.Sha256 : null;

        public void Add(IEnumerable<SurveyedEntry> asked, IReadOnlyDictionary<string, string> found)
        {
            foreach (var entry in asked)
            {
                if (found.TryGetValue(entry.EscapedPath, out var sha256))
                    known[entry.EscapedPath] = (entry.Stamp, sha256);
            }
        }

        public void Clear() => known.Clear();
    }
}
