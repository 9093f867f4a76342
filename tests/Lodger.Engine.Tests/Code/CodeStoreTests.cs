using System.Formats.Tar;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Engine.Code;
using Lodger.Engine.Tests.Journal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodger.Engine.Tests.Code;

/// <summary>Where handed-over code lies, and for how long.</summary>
public sealed class CodeStoreTests : IDisposable
{
    private readonly TemporaryDirectory root = new();
    private readonly HashSet<string> inUse = new(StringComparer.Ordinal);
    private readonly LaterTime time = new();
    private readonly CodeStore store;

    public CodeStoreTests() => store = new CodeStore(Path.Combine(root.Path, "shared"), time, NullLogger.Instance) { InUse = () => inUse };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => root.Dispose();

    [Fact]
    public async Task It_is_found_by_its_id_in_its_own_project_alone()
    {
        var id = await ReceiveAsync("vision");
        store.DirectoryOf("vision", id).ShouldStartWith(Path.Combine(root.Path, "shared", "vision") + "/");
        store.DirectoryOf("speech", id).ShouldBeNull();
        foreach (var other in (string[])["", "..", "../" + id[3..], id.ToUpperInvariant(), id + "/", new string('0', 32)])
            store.DirectoryOf("vision", other).ShouldBeNull(other);
    }

    [Fact]
    public void Of_what_the_network_names_only_an_upload_itself_is_believed_to_have_the_servers_list_of_files()
    {
        const string shared = "/state/shared";
        var id = new string('a', 32);
        CodeOrigin Of(string code, bool overNetwork = true)
        {
            var submitted = (JobSubmitted)JournalStoreTests.First().Event;
            return CodeStore.OriginOf(shared, submitted with { Spec = submitted.Spec with { CodeDirectory = code }, OverNetwork = overNetwork });
        }

        Of($"{shared}/vision/.code/{id}").ShouldBe(CodeOrigin.HandedOver);
        foreach (var other in (string[])[$"{shared}/vision/.code/{id}/sub", $"{shared}/vision/.code/{id}.part", $"{shared}/vision/.code", $"{shared}/vision/results/x", $"{shared}/vision/results/.code/{id}", $"/elsewhere/vision/.code/{id}"])
            Of(other).ShouldBe(CodeOrigin.Foreign, other);
        Of("/home/anna/code", overNetwork: false).ShouldBe(CodeOrigin.Own);
    }

    [Fact]
    public async Task It_stays_while_a_job_is_of_it_and_goes_some_hours_after_nobody_named_it_any_more()
    {
        var (used, unused) = (await ReceiveAsync("vision"), await ReceiveAsync("vision"));
        inUse.Add(store.DirectoryOf("vision", used)!);
        time.Advance(TimeSpan.FromHours(5));
        store.Clean();
        store.DirectoryOf("vision", unused).ShouldNotBeNull();
        time.Advance(TimeSpan.FromHours(5));
        store.Clean();
        store.DirectoryOf("vision", unused).ShouldNotBeNull("it was asked for five hours ago");
        time.Advance(TimeSpan.FromHours(7));
        store.Clean();
        store.DirectoryOf("vision", unused).ShouldBeNull();
        store.DirectoryOf("vision", used).ShouldNotBeNull();
        inUse.Clear();
        store.Clean();
        time.Advance(TimeSpan.FromHours(7));
        store.Clean();
        store.DirectoryOf("vision", used).ShouldBeNull();
    }

    [Fact]
    public async Task What_an_open_job_needs_inside_it_keeps_it_and_what_the_store_did_not_name_it_does_not_remove()
    {
        var (code, results, unused) = (await ReceiveAsync("vision"), await ReceiveAsync("vision"), await ReceiveAsync("vision"));
        inUse.Add(Path.Combine(store.DirectoryOf("vision", code)!, "sub", "deep"));
        inUse.Add(Path.Combine(store.DirectoryOf("vision", results)!, "results"));
        // A name that begins alike is another's.
        inUse.Add(store.DirectoryOf("vision", unused)! + "0");
        var uploads = Path.Combine(root.Path, "shared", "vision", ".code");
        string[] others = ["results", "checkpoint.part", new string('A', 32), new string('a', 33), new string('a', 32) + ".part.x"];
        foreach (var other in others)
            Directory.SetLastWriteTimeUtc(Directory.CreateDirectory(Path.Combine(uploads, other)).FullName, DateTime.UnixEpoch);
        var cut = Directory.CreateDirectory(Path.Combine(uploads, new string('b', 32) + ".part")).FullName;
        Directory.SetLastWriteTimeUtc(cut, DateTime.UnixEpoch);
        time.Advance(TimeSpan.FromHours(7));
        store.Clean();
        for (var i = 0; i < 18; i++)
        {
            time.Advance(TimeSpan.FromMinutes(2));
            await ReceiveAsync("vision");
        }

        store.DirectoryOf("vision", code).ShouldNotBeNull();
        store.DirectoryOf("vision", results).ShouldNotBeNull();
        store.DirectoryOf("vision", unused).ShouldBeNull();
        Directory.Exists(cut).ShouldBeFalse();
        others.ShouldAllBe(o => Directory.Exists(Path.Combine(uploads, o)));
    }

    [Fact]
    public async Task One_that_cannot_be_removed_keeps_no_other_and_makes_none_that_came_look_lost()
    {
        var ids = new List<string>();
        for (var i = 0; i < 16; i++)
        {
            ids.Add(await ReceiveAsync("vision"));
            time.Advance(TimeSpan.FromMinutes(2));
        }

        // Asked once for each place: whatever goes wrong with the first ones is theirs.
        var failures = 0;
        IReadOnlySet<string> Fails() => failures-- > 0 ? throw new IOException("the disk is odd") : inUse;
        var odd = new CodeStore(Path.Combine(root.Path, "shared"), time, NullLogger.Instance) { InUse = Fails };
        failures = 1;
        (await odd.ReceiveAsync("anna", "vision", Archive(), Token)).IsOk.ShouldBeTrue();
        time.Advance(TimeSpan.FromHours(7));
        failures = 1;
        odd.Clean();
        Directory.EnumerateDirectories(Path.Combine(root.Path, "shared", "vision", ".code")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_project_that_uploads_and_submits_nothing_fills_no_disk()
    {
        var first = await ReceiveAsync("vision");
        inUse.Add(store.DirectoryOf("vision", first)!);
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            time.Advance(TimeSpan.FromMinutes(2));
            ids.Add(await ReceiveAsync("vision"));
        }

        store.DirectoryOf("vision", first).ShouldNotBeNull();
        ids.Count(i => store.DirectoryOf("vision", i) is not null).ShouldBe(16);
        store.DirectoryOf("vision", ids[^1]).ShouldNotBeNull();
    }

    [Fact]
    public async Task Two_come_in_at_once_and_one_of_a_project()
    {
        var (first, second) = (new Held(), new Held());
        var (vision, speech) = (store.ReceiveAsync("anna", "vision", first, Token), store.ReceiveAsync("bert", "speech", second, Token));
        await Task.WhenAll(first.IsRead, second.IsRead);
        foreach (var project in (string[])["vision", "third"])
            (await store.ReceiveAsync("carl", project, Archive(), Token)).Problem!.ShouldSatisfyAllConditions(p => p.Id.ShouldBe("code-busy"), p => p.MayRetry.ShouldBeTrue());
        first.End();
        (await vision).Problem!.Id.ShouldBe("code-archive");
        (await store.ReceiveAsync("carl", "speech", Archive(), Token)).Problem!.Id.ShouldBe("code-busy");
        await ReceiveAsync("vision");
        second.End();
        await speech;
        await ReceiveAsync("speech");
    }

    [Fact]
    public async Task Of_one_sender_one_comes_in_at_a_time_whatever_its_projects()
    {
        var first = new Held();
        var vision = store.ReceiveAsync("anna", "vision", first, Token);
        await first.IsRead;
        (await store.ReceiveAsync("anna", "speech", Archive(), Token)).Problem!.Id.ShouldBe("code-busy");
        (await store.ReceiveAsync("bert", "speech", Archive(), Token)).IsOk.ShouldBeTrue();
        first.End();
        await vision;
        (await store.ReceiveAsync("anna", "speech", Archive(), Token)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task One_that_does_not_come_in_in_its_time_is_let_go_and_nothing_of_it_stays()
    {
        var bounded = new CodeStore(Path.Combine(root.Path, "shared"), time, NullLogger.Instance) { ReceiveLimit = TimeSpan.FromMilliseconds(20) };
        var slow = (await bounded.ReceiveAsync("anna", "vision", new Held(), Token)).Problem!;
        slow.ShouldSatisfyAllConditions(p => p.Id.ShouldBe("code-slow"), p => p.Fix.ShouldContain(".lodgerignore"), p => p.MayRetry.ShouldBeFalse());
        Directory.EnumerateFileSystemEntries(Path.Combine(root.Path, "shared", "vision", ".code")).ShouldBeEmpty();
        // Its place is free again.
        (await bounded.ReceiveAsync("anna", "vision", new Held(), Token)).Problem!.Id.ShouldBe("code-slow");
        using var left = new CancellationTokenSource();
        var cut = store.ReceiveAsync("anna", "vision", new Held(), left.Token);
        await left.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cut, "whoever left is told nothing");
    }

    [Theory]
    [InlineData(1, CodeUnpack.BytesBetweenLooks + 1)]
    [InlineData(CodeUnpack.EntriesBetweenLooks / 2, 0)]
    public async Task When_the_disk_fills_while_it_comes_it_ends_and_what_was_written_is_gone(int files, long bytes)
    {
        var asked = 0;
        var full = new CodeStore(Path.Combine(root.Path, "shared"), time, NullLogger.Instance) { FreeBytes = () => asked++ == 0 ? long.MaxValue : (2L << 30) - 1 };
        var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            // Each in a directory of its own, which counts as well.
            for (var i = 0; i < files; i++)
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"d{i}/x") { DataStream = new MemoryStream(new byte[bytes]) }, Token);
        }

        archive.Position = 0;
        (await full.ReceiveAsync("anna", "vision", archive, Token)).Problem!.Id.ShouldBe("disk-full");
        asked.ShouldBe(2);
        Directory.EnumerateFileSystemEntries(Path.Combine(root.Path, "shared", "vision", ".code")).ShouldBeEmpty();
    }

    /// <summary>An upload that stands still until it is ended, or is let go.</summary>
    private sealed class Held : MemoryStream
    {
        private readonly TaskCompletionSource read = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsRead => read.Task;

        public void End() => end.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            read.TrySetResult();
            await end.Task.WaitAsync(cancellationToken);
            return 0;
        }
    }

    [Fact]
    public async Task Of_one_that_was_refused_nothing_stays()
    {
        (await store.ReceiveAsync("anna", "vision", new MemoryStream([1, 2, 3]), Token)).Problem!.Id.ShouldBe("code-archive");
        Directory.EnumerateFileSystemEntries(Path.Combine(root.Path, "shared", "vision", ".code")).ShouldBeEmpty();
    }

    private sealed class LaterTime : TimeProvider
    {
        private DateTimeOffset now = DateTimeOffset.UtcNow;

        public void Advance(TimeSpan by) => now += by;

        public override DateTimeOffset GetUtcNow() => now;
    }

    private async Task<string> ReceiveAsync(string project) => (await store.ReceiveAsync("carl", project, Archive(), Token)).Value.Id;

    private static MemoryStream Archive()
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "x") { DataStream = new MemoryStream([1]) });
        archive.Position = 0;
        return archive;
    }
}
