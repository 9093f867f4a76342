using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Engine.Journal;

namespace Lodger.Engine.Tests.Journal;

public sealed class JournalStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string directory = Directory.CreateTempSubdirectory("lodger-journal-").FullName;

    private string Database => Path.Combine(directory, "lodger.db");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void What_was_appended_is_there_for_the_next_process_in_order()
    {
        using (var store = new JournalStore(Database))
        {
            store.Create("a.1", "a", First());
            store.Append("a.1", new JournalEntry(2, Now.AddSeconds(1), new RentIntended(1, "o1", "lodger/a.1/1")));
            store.Append("a.1", new JournalEntry(3, Now.AddSeconds(2), new Rented(1, "r1", Adopted: false)));
        }

        using var again = new JournalStore(Database);
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
        using var one = new JournalStore(Database);
        using var two = new JournalStore(Database);
        one.Create("a.1", "a", First());
        one.Append("a.1", new JournalEntry(2, Now, new Noted("one")));
        Should.Throw<Exception>(() => two.Append("a.1", new JournalEntry(2, Now, new Noted("two"))));
        one.Read("a.1").Count.ShouldBe(2);
    }

    [Fact]
    public void A_job_cannot_be_made_twice_and_an_unknown_job_cannot_be_written_to()
    {
        using var store = new JournalStore(Database);
        store.Create("a.1", "a", First());
        Should.Throw<Exception>(() => store.Create("a.1", "a", First()));
        Should.Throw<Exception>(() => store.Append("b.1", new JournalEntry(1, Now, new Noted("nobody's"))));
        store.Read("a.1").Count.ShouldBe(1);
    }

    private static JournalEntry First() => new(1, Now, new JobSubmitted(
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
