using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Server.Live;

namespace Lodger.Server.Tests.Live;

public sealed class RoutineEntriesTests
{
    private const int Bytes = 700;

    private static readonly CadenceTold Cadence = new(1, TimeSpan.FromMinutes(8), TimeSpan.FromHours(2), null, null, "");

    private readonly SteppedTime time = new();

    [Fact]
    public void What_thousands_of_jobs_repeat_costs_a_listener_a_fixed_rate_and_what_happens_is_always_told()
    {
        var entries = new RoutineEntries(time);
        var sent = 0;
        for (var second = 0; second < 600; second++)
        {
            // A checkpoint copied and a cadence told by twenty jobs, and one that is preempted.
            for (var i = 0; i < 20; i++)
                sent += (entries.MaySend(Cadence, Bytes) ? Bytes : 0) + (entries.MaySend(new CheckpointMirrored(1, "c.pt", 1, "", null, "loads"), Bytes) ? Bytes : 0);
            entries.MaySend(new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"), Bytes).ShouldBeTrue();
            time.Step(TimeSpan.FromSeconds(1));
        }

        sent.ShouldBeInRange(150_000, 190_000, "10 minutes at 18 KB, and what was saved up");
    }

    [Fact]
    public void Of_a_few_jobs_nothing_is_left_out()
    {
        var entries = new RoutineEntries(time);
        for (var minute = 0; minute < 60; minute++, time.Step(TimeSpan.FromMinutes(1)))
        {
            for (var job = 0; job < 4; job++)
                entries.MaySend(Cadence, Bytes).ShouldBeTrue();
        }
    }
}
