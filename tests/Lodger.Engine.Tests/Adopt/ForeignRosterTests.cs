using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Adopt;

namespace Lodger.Engine.Tests.Adopt;

/// <summary>The roster of a machine on which somebody works.</summary>
public sealed class ForeignRosterTests
{
    private static readonly BoxAddress Address = new("r1", new Endpoint("127.0.0.1", 22), IsProxy: false);

    private readonly PlayedBox box = new();
    private readonly QuickTime time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_there_is_listed_with_its_hashes_and_the_moment_is_that_before_the_last_list()
    {
        box.Write("out/a", "1");
        box.Link("out/latest", "a");
        box.At += TimeSpan.FromMinutes(5);
        box.OnSurvey = n => time.Now += TimeSpan.FromSeconds(n == 2 ? 30 : 7);
        box.OnHash = () => time.Now += TimeSpan.FromHours(1);
        var began = time.Now;
        var seen = (await new ForeignRoster(box, time, new Waits().FilesRest).LastAsync(Address, ["/out"], Token)).Value;
        seen.Manifest.Entries.Select(e => e.EscapedPath).ShouldBe(["out/a", "out/latest"]);
        seen.Manifest.Files.ShouldHaveSingleItem().Sha256.ShouldBe(PlayedBox.Hash("1"));
        seen.Moving.ShouldBeEmpty();
        seen.SeenAt.ShouldBe(began + TimeSpan.FromSeconds(7) + TimeSpan.FromHours(1), "not when the answer came, and not before an hour of hashing");
    }

    [Fact]
    public async Task What_is_written_after_it_was_hashed_is_hashed_again()
    {
        box.Write("out/a", "1");
        box.Write("out/b", "1");
        box.OnSurvey = n => { if (n == 2) box.Write("out/a", "2"); };
        var seen = (await new ForeignRoster(box, time, new Waits().FilesRest).ToSaveAsync(Address, ["/out"], Token)).Value;
        seen.Moving.ShouldBeEmpty();
        seen.Manifest.Files.First().Sha256.ShouldBe(PlayedBox.Hash("2"));
        box.Hashed.ShouldBe(["out/a", "out/b", "out/a"]);
    }

    [Theory]
    [InlineData("came", "/out/new")]
    [InlineData("went", "/out/a")]
    [InlineData("link", "/out/latest")]
    [InlineData("same content", "/out/a")]
    [InlineData("while it was listed", "find: '/out/x': No such file or directory")]
    public async Task What_changes_at_each_look_is_named_and_keeps_nothing_else_from_being_seen(string how, string named)
    {
        box.Write("out/a", "1");
        box.Link("out/latest", "a");
        box.Write("out/rests", "r");
        box.OnSurvey = n =>
        {
            switch (how)
            {
                case "came": box.Write($"out/new{n}", "x"); break;
                case "went" when n % 2 == 0: box.Remove("out/a"); break;
                case "went": box.Write("out/a", "1"); break;
                case "link": box.Link("out/latest", $"a{n}"); break;
                case "same content": box.Write("out/a", "1"); break;
                default: box.Gone = ["find: '/out/x': No such file or directory"]; break;
            }
        };
        foreach (var look in (Func<ForeignRoster, Task<Outcome<SeenRoster>>>[])[r => r.ToSaveAsync(Address, ["/out"], Token), r => r.LastAsync(Address, ["/out"], Token)])
        {
            box.At += TimeSpan.FromMinutes(5);
            var seen = (await look(new ForeignRoster(box, time, new Waits().FilesRest))).Value;
            seen.Moving.ShouldContain(m => m.StartsWith(named, StringComparison.Ordinal));
            seen.Manifest.Files.ShouldContain(f => f.EscapedPath == "out/rests");
            seen.Manifest.Entries.ShouldNotContain(e => seen.Moving.Contains("/" + e.EscapedPath));
        }

        box.Surveys.ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public async Task At_the_last_look_everything_is_hashed_and_what_was_written_within_a_minute_is_waited_for_and_then_named()
    {
        box.Write("out/old", "1");
        box.At += TimeSpan.FromMinutes(5);
        var roster = new ForeignRoster(box, time, new Waits().FilesRest);
        (await roster.ToSaveAsync(Address, ["/out"], Token)).IsOk.ShouldBeTrue();
        box.Hashed.Clear();
        // A write through memory that no time of the file shows.
        box.WriteSilently("out/old", "2");
        (await roster.LastAsync(Address, ["/out"], Token)).Value.Manifest.Files.Single().Sha256.ShouldBe(PlayedBox.Hash("2"), "nothing is taken over from an earlier look");

        box.Write("out/fresh", "2");
        (await roster.LastAsync(Address, ["/out"], Token)).Value.Moving.ShouldBe(["/out/fresh"], "its pages may not have been written back");
        box.OnSurvey = _ => box.At += TimeSpan.FromSeconds(40);
        (await roster.LastAsync(Address, ["/out"], Token)).Value.Moving.ShouldBeEmpty("it came to rest while it was waited for");
    }

    [Fact]
    public async Task Hashing_that_broke_off_goes_on_where_it_was_and_a_save_that_was_listed_takes_nothing_over_to_the_next()
    {
        foreach (var i in Enumerable.Range(0, 2500))
            box.Write($"out/{i:0000}", "1");
        var roster = new ForeignRoster(box, time, new Waits().FilesRest);
        box.OnHash = () => box.Refusal = box.Hashed.Count > 0 ? new Problem("box-unreachable", "gone", "", ExitCode.Unknown, MayRetry: true) : null;
        (await roster.ToSaveAsync(Address, ["/out"], Token)).Problem!.Id.ShouldBe("box-unreachable");
        var before = box.Hashed.Count;
        before.ShouldBeInRange(1, 2499);
        (box.OnHash, box.Refusal) = (() => { }, null);
        (await roster.ToSaveAsync(Address, ["/out"], Token)).Value.Manifest.Files.Count().ShouldBe(2500);
        box.Hashed.Count.ShouldBe(2500, "none twice");
        (await roster.ToSaveAsync(Address, ["/out"], Token)).IsOk.ShouldBeTrue();
        box.Hashed.Count.ShouldBe(5000);
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_problem_and_never_a_shorter_roster()
    {
        box.Write("out/a", "1");
        box.Refusal = new Problem("path-unreadable", "/out/closed cannot be read", "", ExitCode.NotVerified, MayRetry: true);
        (await new ForeignRoster(box, time, new Waits().FilesRest).ToSaveAsync(Address, ["/out"], Token)).Problem.ShouldBe(box.Refusal);
        (await new ForeignRoster(box, time, new Waits().FilesRest).LastAsync(Address, ["/out"], Token)).Problem.ShouldBe(box.Refusal);
    }

    [Fact]
    public async Task A_list_that_takes_longer_than_a_look_is_worth_is_no_last_look_and_good_enough_to_save_by()
    {
        box.Write("out/a", "1");
        box.At += TimeSpan.FromMinutes(5);
        box.OnSurvey = n => time.Now += TimeSpan.FromSeconds(50);
        (await new ForeignRoster(box, time, new Waits().FilesRest).LastAsync(Address, ["/out"], Token)).Problem!.Id.ShouldBe("look-too-slow");
        (await new ForeignRoster(box, time, new Waits().FilesRest).ToSaveAsync(Address, ["/out"], Token)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task Of_two_looks_only_what_both_saw_alike_is_left_and_the_rest_is_named()
    {
        box.Write("out/a", "1");
        box.Write("out/b", "1");
        var roster = new ForeignRoster(box, time, new Waits().FilesRest);
        var first = (await roster.ToSaveAsync(Address, ["/out"], Token)).Value;
        box.Write("out/b", "2");
        box.Write("out/c", "3");
        var second = (await roster.ToSaveAsync(Address, ["/out"], Token)).Value.AsIn(first.Manifest);
        second.Manifest.Entries.ShouldHaveSingleItem().EscapedPath.ShouldBe("out/a");
        second.Moving.ShouldBe(["/out/b", "/out/c"]);
    }

    /// <summary>A machine in memory, whose clock stands still.</summary>
    private sealed class PlayedBox : IForeignBox
    {
        private readonly SortedDictionary<string, (string? Content, string? Target, int Inode, DateTimeOffset At)> files = new(StringComparer.Ordinal);
        private int inodes;

        public DateTimeOffset At { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public int Surveys { get; private set; }

        public Action<int> OnSurvey { get; set; } = _ => { };

        public Action OnHash { get; set; } = () => { };

        public Problem? Refusal { get; set; }

        public List<string> Hashed { get; } = [];

        /// <summary>Said of the list itself.</summary>
        public IReadOnlyList<string> Gone { get; set; } = [];

        public static string Hash(string content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content)));

        public void Write(string path, string content) => files[path] = (content, null, ++inodes, At);

        public void WriteSilently(string path, string content) => files[path] = files[path] with { Content = content };

        public void Link(string path, string target) => files[path] = (null, target, 7, At);

        public void Remove(string path) => files.Remove(path);

        public Task<Outcome<BoxSurvey>> SurveyAsync(BoxAddress address, IReadOnlyList<string> roots, CancellationToken cancellationToken)
        {
            OnSurvey(++Surveys);
            return Task.FromResult<Outcome<BoxSurvey>>(Refusal is { } no ? no : new BoxSurvey(At, [.. files.Select(f => new SurveyedEntry(
                f.Key, f.Value.Content?.Length ?? 0, string.Create(CultureInfo.InvariantCulture, $"{f.Value.Content?.Length} {f.Value.At.Ticks} {f.Value.Inode}"), f.Value.At, f.Value.At, f.Value.Target))], Gone));
        }

        public Task<Outcome<IReadOnlyDictionary<string, string>>> HashAsync(BoxAddress address, IReadOnlyList<SurveyedEntry> asked, CancellationToken cancellationToken)
        {
            OnHash();
            if (Refusal is { } no)
                return Task.FromResult<Outcome<IReadOnlyDictionary<string, string>>>(no);
            var paths = asked.Select(f => f.EscapedPath).ToList();
            Hashed.AddRange(paths);
            return Task.FromResult(Outcome<IReadOnlyDictionary<string, string>>.Ok(paths.Where(files.ContainsKey).ToDictionary(p => p, p => Hash(files[p].Content!))));
        }

        public Task<Outcome<BoxLook>> LookAsync(BoxAddress address, IReadOnlyList<string> paths, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<Outcome<Transferred>> PullAsync(BoxAddress address, IReadOnlyList<WantedFile> files, string localDirectory, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    /// <summary>A clock that a test moves, and on which nobody waits.</summary>
    private sealed class QuickTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(56);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
