using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Server.Tests.Stage;

/// <summary>A machine that somebody else set up, in memory: what is on it, and what happens there while it is read.</summary>
internal sealed class PlayedForeign : IForeignBox
{
    private readonly ConcurrentDictionary<string, (string Content, int Inode)> files = new(StringComparer.Ordinal);
    private int inodes;

    /// <summary>What was asked of it, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Before it answers; the word is that of <see cref="Asked"/>.</summary>
    public Action<string> Before { get; set; } = _ => { };

    /// <summary>Of what comes home: null as it is.</summary>
    public Func<string, string>? Torn { get; set; }

    /// <summary>Whatever is asked.</summary>
    public Problem? Refusal { get; set; }

    public bool IsWatched { get; set; }

    /// <summary>So large is everything when it is looked at.</summary>
    public long? LookedBytes { get; set; }

    /// <param name="path">Absolute.</param>
    public void Write(string path, string content) => files[path] = (content, Interlocked.Increment(ref inodes));

    public void Remove(string path) => files.TryRemove(path, out _);

    public Task<Outcome<BoxLook>> LookAsync(BoxAddress address, IReadOnlyList<string> paths, CancellationToken cancellationToken) => Answer("look", () => new BoxLook(
        "/root",
        [],
        IsWatched,
        [.. paths.Select(p => files.Keys.Where(f => IsIn(f, p)).ToList() is { Count: > 0 } inside ? new LookedPath(p, p, inside.Count, LookedBytes ?? inside.Sum(f => (long)files[f].Content.Length)) : new LookedPath(p, p is "/proc/1" or "/" ? p : null, 0, 0))],
        []));

    public Task<Outcome<BoxSurvey>> SurveyAsync(BoxAddress address, IReadOnlyList<string> roots, CancellationToken cancellationToken) => Answer("survey", () => new BoxSurvey(
        DateTimeOffset.UtcNow,
        [.. files.Where(f => roots.Any(r => IsIn(f.Key, r))).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => new SurveyedEntry(
            Escaped(f.Key), f.Value.Content.Length, string.Create(CultureInfo.InvariantCulture, $"{f.Value.Content.Length} {f.Value.Inode}"), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null))], []));

    public Task<Outcome<IReadOnlyDictionary<string, string>>> HashAsync(BoxAddress address, IReadOnlyList<SurveyedEntry> asked, CancellationToken cancellationToken) => Answer("hash", () => (IReadOnlyDictionary<string, string>)
        files.Where(f => asked.Any(a => a.EscapedPath == Escaped(f.Key))).ToDictionary(f => Escaped(f.Key), f => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Value.Content)))));

    public Task<Outcome<Transferred>> PullAsync(
        BoxAddress address, IReadOnlyList<WantedFile> wanted, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) => Answer("pull", () =>
    {
        foreach (var file in wanted)
        {
            var path = Path.Combine(localDirectory, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var content = files.TryGetValue("/" + file.Path, out var there) ? there.Content : "";
            File.WriteAllText(path, Torn?.Invoke(content) ?? content);
        }

        return new Transferred(wanted.Count, wanted.Sum(f => f.Bytes), TimeSpan.Zero);
    });

    private Task<Outcome<T>> Answer<T>(string what, Func<T> answer)
    {
        Before(what);
        Asked.Enqueue(what);
        return Task.FromResult(Refusal is { } no ? no : Outcome<T>.Ok(answer()));
    }

    private static bool IsIn(string file, string root) => file == root || file.StartsWith(root + "/", StringComparison.Ordinal);

    private static string Escaped(string path) => path[1..].Replace(" ", "%20", StringComparison.Ordinal);
}
