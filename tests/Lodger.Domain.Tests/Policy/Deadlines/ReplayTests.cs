using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Tests.Policy.Deadlines;

public sealed class ReplayTests
{
    /// <summary>Ticks of an hour, three hours of work, half an hour of restart, spot at a quarter.</summary>
    private static readonly DeadlineTerms Terms = new(1, 8, 3, 0.5, 0.25);

    private static bool[] Trace(string upAndDown) => [.. upAndDown.Select(c => c == 'U')];

    [Fact]
    public void On_demand_pays_its_start_and_its_work_and_not_the_rest_of_its_last_tick() =>
        Replay.Run(new OnDemandOnly(), Terms, Trace("........")).ShouldBe(new ReplayResult(3.5, 0, 0, 1, 4));

    [Fact]
    public void Each_start_on_spot_pays_its_restart_again()
    {
        // Up two hours: 1.5 of work for 2 paid; away; again: 0.5 of restart and 1.5 of work. 4 h x 0.25.
        Replay.Run(new GreedySpot(), Terms with { Ticks = 10 }, Trace("UU.UUU....")).ShouldBe(new ReplayResult(1, 0, 1, 2, 5));
    }

    [Fact]
    public void A_policy_that_asks_for_spot_where_there_is_none_gets_nothing() =>
        Replay.Run(new Insists(), Terms, Trace("........")).ShouldBe(new ReplayResult(3.5, 3.5, 0, 0, 8));

    [Fact]
    public void A_trace_that_is_shorter_than_the_deadline_is_refused() =>
        Should.Throw<ArgumentException>(() => Replay.Run(new GreedySpot(), Terms, Trace("UU"))).Message.ShouldStartWith("the trace has 2 ticks, the deadline is after 8");

    [Fact]
    public void Prices_that_end_before_the_deadline_are_refused() =>
        Should.Throw<ArgumentException>(() => Replay.Run(new GreedySpot(), Terms, Trace("UUUUUUUU"), [1, 2])).Message.ShouldStartWith("the trace has 2 prices, the deadline is after 8 ticks");

    [Fact]
    public void What_is_not_done_at_the_deadline_is_done_on_on_demand_with_a_start_unless_that_runs()
    {
        // Three ticks of on-demand: half an hour of start, 2.5 h of work, half an hour late. On spot the same, and a start on top.
        Replay.Run(new OnDemandOnly(), Terms with { Ticks = 3 }, Trace("...")).ShouldBe(new ReplayResult(3.5, 0.5, 0, 1, 3));
        Replay.Run(new Insists(), Terms with { Ticks = 3 }, Trace("UUU")).ShouldBe(new ReplayResult(0.75 + 1, 1, 0, 1, 3));
        // A start that is not paid yet when the deadline comes is paid after it.
        Replay.Run(new OnDemandOnly(), Terms with { Ticks = 1, RestartHours = 2.5 }, Trace(".")).ShouldBe(new ReplayResult(5.5, 4.5, 0, 1, 1));
    }

    [Fact]
    public void A_policy_is_told_how_long_it_has_been_so()
    {
        var seen = new Watches();
        Replay.Run(seen, Terms with { TickHours = 0.5, WorkHours = 100 }, Trace("UUU..U.."));
        seen.Ages.ShouldBe([0.5, 1, 1.5, 0.5, 1, 0.5, 0.5, 1]);
        seen.Left.ShouldBe([8, 7, 6, 5, 4, 3, 2, 1]);
    }

    [Fact]
    public void Hindsight_of_no_work_costs_nothing_and_of_prices_takes_the_cheapest_hours()
    {
        Hindsight.Cost(Terms with { WorkHours = 0, RestartHours = 0 }, Trace("UUUUUUUU")).ShouldBe(0);
        // One start and three hours of work, in the four that cost least together.
        Hindsight.Cost(Terms with { RestartHours = 1 }, Trace("UUUUUUUU"), [0.9, 0.9, 0.1, 0.2, 0.3, 0.4, 0.9, 0.9]).ShouldBe(1, 1e-9);
    }

    [Fact]
    public void Hindsight_is_the_best_of_every_schedule_there_is()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var terms = new DeadlineTerms(1, 9, 2 + (random.Next(0, 21) / 5d), random.Next(0, 11) / 10d, 0.2 + (random.NextDouble() * 0.6));
            var trace = Enumerable.Range(0, terms.Ticks).Select(_ => random.Next(3) > 0).ToArray();
            Hindsight.Cost(terms, trace).ShouldBe(BestOf(terms, trace), 1e-6, $"seed {seed}: {terms}");
        }
    }

    [Fact]
    public void A_deadline_that_nobody_can_meet_has_no_price() =>
        Hindsight.Cost(Terms with { Ticks = 3 }, Trace("UUU")).ShouldBe(double.PositiveInfinity);

    [Fact]
    public void No_policy_is_cheaper_than_hindsight()
    {
        var terms = new DeadlineTerms(RealTrace.TickHours, 720, 35, 0.2, 0.318);
        IDeadlinePolicy[] policies = [new OnDemandOnly(), new GreedySpot(), new UniformProgress(), new DeadlinePolicy(), new ExpectedCostPolicy("Lodger", SpotLaws.Learn([new SpotTrace("real", RealTrace.TickHours, RealTrace.Available)]))];
        for (var i = 0; i < 20; i++)
        {
            var trace = RealTrace.Available.AsSpan(i * 44, 720);
            var bound = Hindsight.Cost(terms, trace);
            foreach (var policy in policies)
                Replay.Run(policy, terms, trace).Cost.ShouldBeGreaterThanOrEqualTo(bound - 1e-6, policy.Name);
        }
    }

    /// <summary>Every schedule there is, replayed.</summary>
    private static double BestOf(DeadlineTerms terms, bool[] trace)
    {
        var best = double.PositiveInfinity;
        var schedules = (int)Math.Pow(3, terms.Ticks);
        for (var code = 0; code < schedules; code++)
        {
            var result = Replay.Run(new Scheduled(code), terms, trace);
            if (result.LateHours == 0)
                best = Math.Min(best, result.Cost);
        }

        return best;
    }

    private sealed class Scheduled(int code) : IDeadlinePolicy
    {
        public string Name => "scheduled";

        public Mode Choose(DeadlineTerms terms, in DeadlineView now) => (Mode)(code / (int)Math.Pow(3, terms.Ticks - now.TicksLeft) % 3);
    }

    private sealed class Watches : IDeadlinePolicy
    {
        public List<double> Ages { get; } = [];

        public List<int> Left { get; } = [];

        public string Name => "watches";

        public Mode Choose(DeadlineTerms terms, in DeadlineView now)
        {
            Ages.Add(now.AgeHours);
            Left.Add(now.TicksLeft);
            return Mode.Idle;
        }
    }

    private sealed class Insists : IDeadlinePolicy
    {
        public string Name => "insists";

        public Mode Choose(DeadlineTerms terms, in DeadlineView now) => Mode.Spot;
    }
}
