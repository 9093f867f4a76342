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
