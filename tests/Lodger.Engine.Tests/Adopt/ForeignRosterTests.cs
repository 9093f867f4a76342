using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
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
    public async Task What_is_there_is_listed_with_its_hashes_and_the_moment_is_that_before_the_last_look()
    {
        box.Write("out/a", "1");
        box.Link("out/latest", "a");
        box.OnSurvey = n => time.Now += TimeSpan.FromSeconds(n == 2 ? 30 : 7);
        box.OnHash = () => time.Now += TimeSpan.FromHours(1);
        var began = time.Now;
        var seen = (await new ForeignRoster(box, time).TakeAsync(Address, ["/out"], Token)).Value;
        seen.Manifest.Entries.Select(e => e.EscapedPath).ShouldBe(["out/a", "out/latest"]);
        seen.Manifest.Files.ShouldHaveSingleItem().Sha256.ShouldBe(PlayedBox.Hash("1"));
        seen.SeenAt.ShouldBe(began + TimeSpan.FromSeconds(7) + TimeSpan.FromHours(1), "not when the answer came, and not before an hour of hashing");
    }

    [Fact]
    public async Task What_is_written_after_it_was_hashed_is_hashed_again()
    {
        box.Write("out/a", "1");
        box.Write("out/b", "1");
        box.OnSurvey = n => { if (n == 2) box.Write("out/a", "2"); };
        var seen = (await new ForeignRoster(box, time).TakeAsync(Address, ["/out"], Token)).Value;
        seen.Manifest.Files.First().Sha256.ShouldBe(PlayedBox.Hash("2"));
        box.Surveys.ShouldBe(4);
    }

    [Theory]
    [InlineData("came")]
    [InlineData("went")]
    [InlineData("link")]
    [InlineData("same content")]
    public async Task What_changes_at_each_look_is_no_roster_and_is_named(string how)
    {
        box.Write("out/a", "1");
        box.Link("out/latest", "a");
        box.OnSurvey = n =>
        {
            switch (how)
            {
                case "came": box.Write($"out/new{n}", "x"); break;
                case "went" when n % 2 == 0: box.Remove("out/a"); break;
                case "went": box.Write("out/a", "1"); break;
                case "link": box.Link("out/latest", $"a{n}"); break;
                default: box.Write("out/a", "1"); break;
            }
        };
        var problem = (await new ForeignRoster(box, time).TakeAsync(Address, ["/out"], Token)).Problem.ShouldNotBeNull();
        problem.Id.ShouldBe("files-still-changing");
        problem.MayRetry.ShouldBeTrue();
        problem.Message.ShouldContain(how switch { "came" => "/out/new", "link" => "/out/latest", _ => "/out/a" });
        box.Surveys.ShouldBeLessThanOrEqualTo(8);
    }

    [Fact]
    public async Task What_has_rested_is_hashed_once_and_what_was_written_a_moment_before_is_hashed_again()
    {
        box.Write("out/old", "1");
        time.Now += TimeSpan.FromMinutes(5);
        box.At = time.Now;
        box.Write("out/fresh", "2");
        var roster = new ForeignRoster(box, time);
        (await roster.TakeAsync(Address, ["/out"], Token)).IsOk.ShouldBeTrue();
        box.Hashed.Clear();
        (await roster.TakeAsync(Address, ["/out"], Token)).IsOk.ShouldBeTrue();
        box.Hashed.ShouldBe(["out/fresh"], "its pages may not have been written back when it was hashed");

        // Its clock went on, and so does the file's rest.
        box.At += TimeSpan.FromMinutes(2);
        (await roster.TakeAsync(Address, ["/out"], Token)).IsOk.ShouldBeTrue();
        box.Hashed.Clear();
        var again = (await roster.TakeAsync(Address, ["/out"], Token)).Value;
        box.Hashed.ShouldBeEmpty();
        again.Manifest.Files.Select(f => f.Sha256).ShouldBe([PlayedBox.Hash("2"), PlayedBox.Hash("1")]);

        box.Write("out/old", "1");
        (await roster.TakeAsync(Address, ["/out"], Token)).IsOk.ShouldBeTrue();
        box.Hashed.ShouldBe(["out/old"], "another inode or time under the same name");
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_problem_and_never_a_shorter_roster()
    {
        box.Write("out/a", "1");
        box.Refusal = new Problem("path-unreadable", "/out/closed cannot be read", "", ExitCode.NotVerified, MayRetry: true);
        (await new ForeignRoster(box, time).TakeAsync(Address, ["/out"], Token)).Problem.ShouldBe(box.Refusal);
    }

    [Fact]
    public async Task A_list_that_takes_longer_than_a_look_is_worth_is_none()
    {
        box.Write("out/a", "1");
        box.OnSurvey = n => time.Now += TimeSpan.FromSeconds(50);
        (await new ForeignRoster(box, time).TakeAsync(Address, ["/out"], Token)).Problem!.Id.ShouldBe("look-too-slow");
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

        public static string Hash(string content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content)));

        public void Write(string path, string content) => files[path] = (content, null, ++inodes, At);

        public void Link(string path, string target) => files[path] = (null, target, 7, At);

        public void Remove(string path) => files.Remove(path);

        public Task<Outcome<BoxSurvey>> SurveyAsync(BoxAddress address, IReadOnlyList<string> roots, CancellationToken cancellationToken)
        {
            OnSurvey(++Surveys);
            return Task.FromResult<Outcome<BoxSurvey>>(Refusal is { } no ? no : new BoxSurvey(At, [.. files.Select(f => new SurveyedEntry(
                f.Key, f.Value.Content?.Length ?? 0, string.Create(CultureInfo.InvariantCulture, $"{f.Value.Content?.Length} {f.Value.At.Ticks} {f.Value.Inode}"), f.Value.At, f.Value.Target))]));
        }

        public Task<Outcome<IReadOnlyDictionary<string, string>>> HashAsync(BoxAddress address, IReadOnlyList<string> escapedPaths, CancellationToken cancellationToken)
        {
            OnHash();
            Hashed.AddRange(escapedPaths);
            return Task.FromResult(Outcome<IReadOnlyDictionary<string, string>>.Ok(escapedPaths.Where(files.ContainsKey).ToDictionary(p => p, p => Hash(files[p].Content!))));
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
