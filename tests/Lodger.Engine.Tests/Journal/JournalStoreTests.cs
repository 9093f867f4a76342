using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Domain.Volumes;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;

namespace Lodger.Engine.Tests.Journal;

/// <summary>The same for every database.</summary>
public abstract class JournalStoreTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Another process on the same database; it is empty before the first of a test.</summary>
    protected abstract JournalStore Open();

    [Fact]
    public void What_was_appended_is_there_for_the_next_process_in_order()
    {
        using (var store = Open())
        {
            store.LastAt().ShouldBeNull();
            store.Create("a.1", "a", First());
            store.Append("a.1", new JournalEntry(2, Now.AddSeconds(1), new RentIntended(1, "o1", "lodger/a.1/1")));
            store.Append("a.1", new JournalEntry(3, Now.AddSeconds(2), new Rented(1, "r1", Adopted: false)));
        }

        using var again = Open();
        again.Jobs().ShouldBe([new JobKey("a.1", "a")]);
        var read = again.Read("a.1");
        read.Select(e => e.Sequence).ShouldBe([1, 2, 3]);
        read[2].Event.ShouldBe(new Rented(1, "r1", Adopted: false));
        read[2].At.ShouldBe(Now.AddSeconds(2));
        again.LastAt().ShouldBe(Now.AddSeconds(2));
        again.Read("a.1", after: 2).Single().Sequence.ShouldBe(3);
        JobState.Replay("a.1", read).Current!.RentalId.ShouldBe("r1");
    }

    [Fact]
    public void Two_writers_cannot_both_take_the_same_sequence()
    {
        using var one = Open();
        using var two = Open();
        one.Create("a.1", "a", First());
        one.Append("a.1", new JournalEntry(2, Now, new Noted("one")));
        Should.Throw<SequenceTakenException>(() => two.Append("a.1", new JournalEntry(2, Now, new Noted("two"))));
        one.Read("a.1").Select(e => e.Event).Skip(1).ShouldBe([new Noted("one")]);
    }

    [Fact]
    public async Task Of_many_writers_at_once_exactly_one_takes_each_sequence()
    {
        using (var store = Open())
            store.Create("a.1", "a", First());
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            using var store = Open();
            var mine = 0;
            for (var sequence = 2; sequence < 22; sequence++)
            {
                try
                {
                    store.Append("a.1", new JournalEntry(sequence, Now, new Noted($"{writer}")));
                    mine++;
                }
                catch (SequenceTakenException)
                {
                    // Somebody else was first.
                }
            }

            return mine;
        })));
        taken.Sum().ShouldBe(20);
        using var after = Open();
        after.Read("a.1").Select(e => e.Sequence).ShouldBe(Enumerable.Range(1, 21).Select(i => (long)i));
    }

    [Fact]
    public void A_job_cannot_be_made_twice_and_an_unknown_job_cannot_be_written_to()
    {
        using var store = Open();
        store.Create("a.1", "a", First());
        Should.Throw<Exception>(() => store.Create("a.1", "a", First()));
        Should.Throw<Exception>(() => store.Append("b.1", new JournalEntry(1, Now, new Noted("nobody's"))));
        store.Read("a.1").Count.ShouldBe(1);
        store.Read("b.1").ShouldBeEmpty();
    }

    [Fact]
    public async Task All_jobs_are_read_in_one_order_that_many_writers_at_once_do_not_disturb()
    {
        using var reader = Open();
        var next = reader.Next;
        reader.Create("a.0", "a", First());
        next.IsCompleted.ShouldBeTrue("who waits for an entry is told of it");
        reader.Next.IsCompleted.ShouldBeFalse();
        List<NumberedEntry> seen = [];
        var writing = Task.WhenAll(Enumerable.Range(1, 4).Select(writer => Task.Run(() =>
        {
            using var store = Open();
            store.Create($"a.{writer}", $"a{writer}", First());
            for (var sequence = 2; sequence <= 20; sequence++)
                store.Append($"a.{writer}", new JournalEntry(sequence, Now, new Noted($"{writer}")));
        })));
        // Reads while they write: an entry that appeared behind one that was read already would be missing in the end.
        while (!writing.IsCompleted)
            Look(1 + (seen.Count % 7));
        await writing;
        for (var before = -1; before != seen.Count;)
        {
            before = seen.Count;
            Look(50);
        }

        seen.Select(e => e.Number).ShouldBeInOrder(SortDirection.Ascending);
        seen.Count.ShouldBe(81);
        foreach (var job in seen.GroupBy(e => e.JobId))
            job.Select(e => e.Entry.Sequence).ShouldBe(Enumerable.Range(1, job.Count()).Select(i => (long)i), job.Key);
        seen.Single(e => e is { JobId: "a.3", Entry.Sequence: 20 }).ShouldSatisfyAllConditions(e => e.JobName.ShouldBe("a3"), e => e.Entry.Event.ShouldBe(new Noted("3")));
        reader.LastNumber().ShouldBe(seen[^1].Number);
        using var again = Open();
        again.ReadAll(seen[39].Number, 1000).Select(e => (e.Number, e.JobId, e.Entry.Sequence)).ShouldBe(seen.Skip(40).Select(e => (e.Number, e.JobId, e.Entry.Sequence)), "the numbers are the same for the next process");

        void Look(int max) => seen.AddRange(reader.ReadAll(seen.Count == 0 ? 0 : seen[^1].Number, max));
    }

    [Fact]
    public void What_was_told_and_what_was_done_with_volumes_is_kept()
    {
        using (var store = Open())
        {
            store.BeginTelling("local/a", Now);
            store.TellingFailed("local/a");
            store.BeginTelling("local/a", Now.AddHours(1));
            store.BeginTelling("local/b", Now);
            store.TellingFailed("local/b");
            store.BeginTelling("local/c", Now);
            store.ForgetTold("local/c");
            store.AppendVolumeAct("local", new VolumeAct(Now, VolumeActKind.RentIntended, null, "weights", "anna", "50 GB"));
            store.AppendVolumeAct("local", new VolumeAct(Now, VolumeActKind.Rented, "88", "weights", "anna", "50 GB"));
        }

        using var again = Open();
        again.Told().ShouldBe(new Dictionary<string, (long, bool)> { ["local/a"] = (2, false), ["local/b"] = (1, true) }, ignoreOrder: true);
        again.VolumeActsOf("local").Select(a => a.Kind).ShouldBe([VolumeActKind.RentIntended, VolumeActKind.Rented]);
        again.VolumeAccounts().ShouldBe(["local"]);
    }

    [Fact]
    public void Whose_key_an_accounts_is_is_kept_for_each_and_is_the_last_that_was_said()
    {
        using (var store = Open())
        {
            store.UserOf("lab").ShouldBeNull();
            store.KeepUser("lab", new StoredUser("7", "anna"), Now);
            store.KeepUser("own", new StoredUser("8", "bert"), Now);
            store.KeepUser("own", new StoredUser("9", "carl"), Now.AddHours(1));
        }

        using var again = Open();
        again.UserOf("lab").ShouldBe(new StoredUser("7", "anna"));
        again.UserOf("own").ShouldBe(new StoredUser("9", "carl"));
    }

    internal static JournalEntry First() => new(1, Now, new JobSubmitted(
        new JobSpec { Name = "a", Image = "i", Gpu = new GpuRequest(["RTX 4090"], 1, null), DiskGb = 10, Run = "true", Results = ["out"] },
        "local marketplace",
        "local",
        new Offer
        {
            Id = "o1",
            MachineId = "m",
            HostId = "h",
            GpuName = "RTX 4090",
            GpuCount = 1,
            GpuMemoryMb = 24000,
            GpuUsdPerHour = 0.3m,
            StorageUsdPerGbMonth = 0.1m,
            UploadUsdPerGb = 0,
            DownloadUsdPerGb = 0,
            DiskGb = 100,
        },
        1m,
        "/tmp/results",
        "anna"));
}
