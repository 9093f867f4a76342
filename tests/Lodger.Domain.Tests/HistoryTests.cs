using System.Globalization;
using Lodger.Domain.Jobs;
using Lodger.Domain.Tests.Simulation;

namespace Lodger.Domain.Tests;

public sealed class HistoryTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    /// <summary>Replays one history: LODGER_SEED=1234 ./test Domain.</summary>
    private static readonly string? OneSeed = Environment.GetEnvironmentVariable("LODGER_SEED");

    [Fact]
    public void The_histories_reach_every_kind_of_event_and_every_outcome()
    {
        var journals = Enumerable.Range(0, 1000).Select(History.Run).ToList();
        var events = journals.SelectMany(j => j).Select(e => e.Event).ToList();
        var kinds = typeof(JobEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(JobEvent)) && !t.IsAbstract && t != typeof(Noted));
        kinds.Except(events.Select(e => e.GetType())).ShouldBeEmpty("no history has these events: the simulator does not reach them");
        Enum.GetValues<JobOutcome>().Except(events.OfType<JobClosed>().Select(c => c.Outcome)).ShouldBeEmpty();
        Enum.GetValues<EndReason>().Except(events.OfType<JobEnded>().Select(e => e.Reason)).ShouldBeEmpty();
        Enum.GetValues<ApprovalKind>().Except(events.OfType<Approved>().Select(e => e.Ground)).ShouldBeEmpty();
        journals.Count(j => JobState.Replay("a", j) is var job && job.Attempts.Any(a => a.PayloadDeliveredAt is not null && job.ResumesFromVolume(a))).ShouldBeGreaterThan(0, "no history goes on from a volume");
        journals.ShouldContain(j => j.Select(e => e.Event).OfType<MoveDecided>().Any(m => m.Choice.StartsWith("stay on-demand", StringComparison.Ordinal)), "no history goes back from on-demand to a bid");
        journals.Max(j => j.Select(e => e.Event).OfType<RentIntended>().Count()).ShouldBeGreaterThan(2);
    }

    [Fact]
    public void The_same_seed_lives_the_same_history() =>
        History.Run(42).Select(e => e.ToString()).ShouldBe(History.Run(42).Select(e => e.ToString()));

    [Fact]
    public void In_every_history_nothing_bills_unseen_nothing_is_destroyed_unproven_and_every_job_closes()
    {
        if (OneSeed is not null)
        {
            History.Run(int.Parse(OneSeed, CultureInfo.InvariantCulture));
            return;
        }

        var count = Long ? 200_000 : int.TryParse(Environment.GetEnvironmentVariable("LODGER_HISTORIES"), CultureInfo.InvariantCulture, out var wanted) ? wanted : 2_500;
        var broken = new List<string>();
        var gate = new Lock();
        Parallel.For(0, count, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, (seed, loop) =>
        {
            try
            {
                History.Run(seed);
            }
            catch (Violation v)
            {
                lock (gate)
                    broken.Add(v.Message);
                loop.Stop();
            }
        });
        if (broken.Count > 0)
            Assert.Fail($"A promise was broken; LODGER_SEED=<seed> runs that history alone.\n{string.Join("\n\n", broken)}");
    }
}
