using System.Collections.Concurrent;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Tests.Policy.Deadlines;

public sealed class DeadlinePolicyTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    private static readonly DeadlinePolicy Rule = new();

    /// <summary>Ticks of ten minutes, ten hours of work, half an hour of restart.</summary>
    private static readonly DeadlineTerms Terms = new(1 / 6d, 90, 10, 0.5, 0.3);

    private static DeadlineView At(double slack, Mode mode, bool up, double age = 1, double work = 5) =>
        new((int)Math.Round((work + slack) / Terms.TickHours), work, 0, mode, up, age);

    [Fact]
    public void Spot_is_kept_while_it_is_there_and_started_when_it_comes()
    {
        Rule.Choose(Terms, At(2, Mode.Spot, up: true)).ShouldBe(Mode.Spot);
        Rule.Choose(Terms, At(4, Mode.Idle, up: true)).ShouldBe(Mode.Spot);
    }

    [Fact]
    public void A_start_that_leaves_no_slack_for_a_second_one_is_made_on_demand()
    {
        Rule.Choose(Terms, At(0.8, Mode.Idle, up: true)).ShouldBe(Mode.OnDemand);
        Rule.Choose(Terms, At(0.8, Mode.Spot, up: true)).ShouldBe(Mode.Spot);
    }

    [Fact]
    public void Much_slack_waits_out_a_pause_and_little_does_not()
    {
        Rule.Choose(Terms, At(6, Mode.Idle, up: false)).ShouldBe(Mode.Idle);
        Rule.Choose(Terms, At(1.5, Mode.Idle, up: false)).ShouldBe(Mode.OnDemand);
    }

    [Fact]
    public void On_demand_is_left_for_a_proven_window_and_not_for_a_young_one()
    {
        Rule.Choose(Terms, At(2, Mode.OnDemand, up: true, age: 3)).ShouldBe(Mode.Spot);
        Rule.Choose(Terms, At(2, Mode.OnDemand, up: true, age: 0.2)).ShouldBe(Mode.OnDemand);
    }

    [Fact]
    public void Whatever_availability_does_no_deadline_is_missed()
    {
        var missed = new ConcurrentQueue<string>();
        Parallel.For(0, Long ? 200_000 : 4_000, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, seed =>
        {
            var (terms, market) = Hostile.Of(seed);
            var result = Replay.Run(Rule, terms, market);
            if (result.LateHours > 0)
                missed.Enqueue($"seed {seed}: {market.Manner}, {terms}, {result}");
        });
        missed.ShouldBeEmpty();
    }

    /// <summary>The guarantee needs nothing of the policy under it: here that wishes at random, or always what is worst.</summary>
    [Fact]
    public void Whatever_is_wished_and_whatever_availability_does_no_deadline_is_missed()
    {
        var missed = new ConcurrentQueue<string>();
        Parallel.For(0, Long ? 100_000 : 4_000, new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken }, seed =>
        {
            var (terms, market) = Hostile.Of(seed);
            var result = Replay.Run(new Guarded(new Random(seed)), terms, market);
            if (result.LateHours > 0)
                missed.Enqueue($"seed {seed}: {market.Manner}, {terms}, {result}");
        });
        missed.ShouldBeEmpty();
    }

    [Fact]
    public void The_hostile_markets_do_make_a_greedy_job_late()
    {
        var late = Enumerable.Range(0, 1_000).Count(seed =>
        {
            var (terms, market) = Hostile.Of(seed);
            return Replay.Run(new Reckless(), terms, market).LateHours > 0;
        });
        late.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void On_real_availability_the_rule_pays_less_than_uniform_progress_and_that_less_than_on_demand()
    {
        foreach (var restart in (double[])[0.05, 0.2])
        {
            double Mean(IDeadlinePolicy policy) => Enumerable.Range(0, 20).Average(i =>
            {
                var terms = new DeadlineTerms(RealTrace.TickHours, 720, 35, restart, 0.318);
                var result = Replay.Run(policy, terms, RealTrace.Available.AsSpan(i * 44, 720));
                result.LateHours.ShouldBe(0);
                return result.Cost;
            });
            Mean(Rule).ShouldBeLessThan(Mean(new UniformProgress()));
            Mean(new UniformProgress()).ShouldBeLessThan(Mean(new OnDemandOnly()));
        }
    }

    private sealed class Guarded(Random random) : IDeadlinePolicy
    {
        private readonly int manner = random.Next(4);

        public string Name => "guarded";

        public Mode Choose(DeadlineTerms terms, in DeadlineView now)
        {
            var wish = manner switch
            {
                0 => Mode.Idle,
                1 => now.SpotUp ? Mode.Spot : Mode.Idle,
                // Leaves whatever runs, as often as it may.
                2 => now.SpotUp && now.Mode != Mode.Spot ? Mode.Spot : Mode.Idle,
                _ => (Mode)random.Next(3),
            };
            return DeadlineSafety.IsSafe(terms, now, wish) && (wish != Mode.Spot || now.SpotUp) ? wish : Mode.OnDemand;
        }
    }

    private sealed class Reckless : IDeadlinePolicy
    {
        public string Name => "reckless";

        public Mode Choose(DeadlineTerms terms, in DeadlineView now) => now.SpotUp ? Mode.Spot : Mode.Idle;
    }
}
