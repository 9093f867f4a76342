using System.Collections.Concurrent;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Tests.Policy.Deadlines;

public sealed class ExpectedCostPolicyTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    private static readonly ExpectedCostPolicy Policy = new("Lodger", SpotLaws.Usual);

    /// <summary>Ticks of ten minutes, ten hours of work, a quarter of an hour of restart.</summary>
    private static readonly DeadlineTerms Terms = new(1 / 6d, 90, 10, 0.25, 0.3);

    /// <summary>What is chosen by a job that saw availability change, so that it knows how old the spell is.</summary>
    private static Mode At(double slack, Mode mode, bool up, double age = 1, double work = 5)
    {
        var job = Policy.ForJob(Terms);
        var view = new DeadlineView((int)Math.Round((work + slack) / Terms.TickHours), work, 0, mode, up, age);
        job.Choose(Terms, view with { SpotUp = !up, Mode = Mode.Idle });
        return job.Choose(Terms, view);
    }

    [Fact]
    public void Much_slack_waits_and_trusts_a_proven_window_and_little_slack_does_neither()
    {
        At(9, Mode.Idle, up: false, 0.5).ShouldBe(Mode.Idle);
        At(0.6, Mode.Idle, up: false, 0.5).ShouldBe(Mode.OnDemand);
        At(3, Mode.OnDemand, up: true, 5).ShouldBe(Mode.Spot);
        At(0.5, Mode.OnDemand, up: true, 1 / 6d).ShouldBe(Mode.OnDemand);
        At(0.7, Mode.Spot, up: true).ShouldBe(Mode.Spot);
        At(9, Mode.OnDemand, up: false).ShouldBe(Mode.OnDemand);
    }

    [Fact]
    public void A_longer_absence_takes_more_slack_to_be_waited_for_and_a_longer_presence_less_to_be_trusted()
    {
        static double Least(Mode wanted, Mode mode, bool up, double age) =>
            Enumerable.Range(1, 60).Select(s => s / 6d).First(slack => At(slack, mode, up, age) == wanted);
        Least(Mode.Idle, Mode.Idle, up: false, 0.5).ShouldBeLessThan(Least(Mode.Idle, Mode.Idle, up: false, 8));
        Least(Mode.Spot, Mode.OnDemand, up: true, 0.5).ShouldBeGreaterThan(Least(Mode.Spot, Mode.OnDemand, up: true, 8));
    }

    /// <summary>The tables are close to the optimum of their own model, so that no other policy may be cheaper in a market that follows it.</summary>
    [Fact]
    public void In_the_market_that_it_was_told_of_it_is_cheaper_than_every_other()
    {
        var random = new Random(1);
        var trace = Spells(random, 60_000);
        var told = new ExpectedCostPolicy("told", SpotLaws.Learn([new SpotTrace("told", 1 / 6d, Spells(random, 60_000))]));
        double Mean(IDeadlinePolicy policy) => Enumerable.Range(0, 400).Average(i => Replay.Run(policy, Terms, trace.AsSpan(i * 140, Terms.Ticks)).Cost);
        var best = Mean(told);
        foreach (var other in (IDeadlinePolicy[])[new OnDemandOnly(), new GreedySpot(), new UniformProgress(), new DeadlinePolicy()])
            best.ShouldBeLessThan(Mean(other), other.Name);
    }

    [Fact]
    public void What_a_job_has_seen_so_far_moves_its_bounds()
    {
        // The same last spell, after twelve hours of which spot was up for a tenth, or for nine: much spot comes back soon, so that on-demand is no end, and slack is not spent on waiting for it.
        var terms = new DeadlineTerms(1 / 20d, 300, 10, 0.25, 0.3);
        double Least(int upInTen) => Enumerable.Range(1, 200).Select(s => s / 20d).First(slack =>
        {
            var job = Policy.ForJob(terms);
            var view = new DeadlineView((int)Math.Round((5 + slack) / terms.TickHours), 5, 0, Mode.Idle, false, 0.5);
            for (var i = 0; i < 240; i++)
                job.Choose(terms, view with { SpotUp = i % 10 < upInTen });
            job.Choose(terms, view with { SpotUp = true });
            return job.Choose(terms, view) == Mode.Idle;
        });
        Least(9).ShouldBeGreaterThan(Least(1));
    }

    [Fact]
    public void Spot_that_comes_up_in_the_midst_of_a_start_on_on_demand_is_gone_to_with_less_slack_than_when_the_start_is_paid_and_the_rest_of_it_is_saved()
    {
        // A start of three ticks, of which one is paid.
        var terms = new DeadlineTerms(1 / 6d, 90, 10, 0.5, 0.3);
        double Least(double overhead) => Enumerable.Range(1, 60).Select(s => s / 6d).First(slack =>
        {
            var job = new ExpectedCostPolicy("Lodger", SpotLaws.Usual with { Levels = [0] }).ForJob(terms);
            var view = new DeadlineView((int)Math.Round((5 + slack) / terms.TickHours), 5, overhead, Mode.OnDemand, true, 1 / 6d);
            job.Choose(terms, view with { SpotUp = false });
            return job.Choose(terms, view) == Mode.Spot;
        });
        Least(overhead: 1 / 3d).ShouldBeLessThan(Least(overhead: 0));
    }

    [Fact]
    public void Whatever_availability_does_no_deadline_is_missed()
    {
        var missed = new ConcurrentQueue<string>();
        var options = new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken };
        Parallel.For(0, Long ? 400 : 6, options, t =>
        {
            var terms = Hostile.TermsOf(t);
            var policy = new ExpectedCostPolicy("Lodger", SpotLaws.Usual with { Levels = [-1, 1] });
            for (var seed = 0; seed < 250; seed++)
            {
                var market = Hostile.MarketOf((t * 1_000) + seed);
                var result = Replay.Run(policy, terms, market);
                if (result.LateHours > 0)
                    missed.Enqueue($"terms {t}, seed {(t * 1_000) + seed}: {market.Manner}, {terms}, {result}");
            }
        });
        missed.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_learned_of_markets_that_differ_is_that_the_odds_seen_so_far_tell()
    {
        var random = new Random(4);
        SpotTrace Market(double goes, double comes)
        {
            var up = true;
            return new("zone", 0.1, [.. Enumerable.Range(0, 100_000).Select(_ => up = random.NextDouble() < (up ? 1 - goes : comes))]);
        }

        var laws = SpotLaws.Learn([Market(0.02, 0.08), Market(0.08, 0.02)]);
        laws.GoesPower.ShouldBe(-0.5, 0.2);
        laws.ComesPower.ShouldBe(0.5, 0.2);
    }

    [Fact]
    public void What_is_learned_of_a_market_without_memory_is_its_rate()
    {
        // Ticks of 0.1 h; goes with 5 % a tick, comes with 10 %.
        var random = new Random(3);
        var up = true;
        var trace = new SpotTrace("flat", 0.1, [.. Enumerable.Range(0, 200_000).Select(_ => up = random.NextDouble() < (up ? 0.95 : 0.1))]);
        var kind = SpotLaws.Learn([trace]).At(Math.Log(2));
        foreach (var age in (double[])[0.1, 0.5, 1, 2])
        {
            kind.Goes.Ends(age - 0.1, age).ShouldBe(0.05, 0.01);
            kind.Comes.Ends(age - 0.1, age).ShouldBe(0.1, 0.02);
        }
    }

    private static bool[] Spells(Random random, int ticks)
    {
        var (up, left) = (false, 0);
        return [.. Enumerable.Range(0, ticks).Select(_ =>
        {
            if (left-- <= 0)
                (up, left) = (!up, (int)Math.Min(200, 1.5 * Math.Pow(random.NextDouble(), -0.9)));
            return up;
        })];
    }
}
