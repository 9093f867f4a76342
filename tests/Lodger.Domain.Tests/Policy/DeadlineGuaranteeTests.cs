using System.Collections.Concurrent;
using System.Globalization;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

public sealed class DeadlineGuaranteeTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    /// <summary>Replays one market: LODGER_SEED=1234 ./test Domain.</summary>
    private static readonly string? OneSeed = Environment.GetEnvironmentVariable("LODGER_SEED");

    [Fact]
    public void Whatever_the_market_does_a_deadline_that_on_demand_could_meet_is_met()
    {
        int[] seeds = OneSeed is not null ? [int.Parse(OneSeed, CultureInfo.InvariantCulture)] : [.. Enumerable.Range(0, Long ? 200_000 : 5_000)];
        var missed = new ConcurrentQueue<string>();
        Parallel.ForEach(seeds, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, seed =>
        {
            if (PauseWorld.Run(seed) is { } miss)
                missed.Enqueue(miss);
        });
        missed.ShouldBeEmpty("LODGER_SEED=<seed> runs that market alone");
    }

    [Fact]
    public void The_markets_lead_to_every_way_on()
    {
        var taken = new Dictionary<WayOn, int>();
        var returns = 0;
        for (var seed = 0; seed < 1000; seed++)
            PauseWorld.Run(seed, way => taken[way] = taken.GetValueOrDefault(way) + 1, () => returns++);
        Enum.GetValues<WayOn>().ShouldAllBe(way => taken.GetValueOrDefault(way) > 50);
        returns.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void A_nearer_deadline_never_waits_longer()
    {
        var waits = Enumerable.Range(0, 200).Select(i => PreemptionPolicy.Choose(PausedJob.Facts with { Deadline = PausedJob.Now.AddHours(11 + (i * 0.05)) }))
            .Select(c => c.Chosen.Way == WayOn.Wait ? c.LookAgainIn : TimeSpan.Zero).ToList();
        waits.ShouldBeInOrder();
        waits[0].ShouldBe(TimeSpan.Zero);
        waits[^1].ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_rescue_that_is_too_slow_for_the_deadline_is_not_waited_for()
    {
        var slow = PausedJob.Facts with { OldUploadMbps = 2, Deadline = PausedJob.Now.AddHours(10.9) };
        var choice = PreemptionPolicy.Choose(slow);
        choice.Chosen.Way.ShouldBe(WayOn.MoveToOnDemand);
        choice.Chosen.Why.ShouldContain("newest mirror");
    }
}
