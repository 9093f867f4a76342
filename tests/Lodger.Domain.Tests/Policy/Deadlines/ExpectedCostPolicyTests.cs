using System.Collections.Concurrent;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Tests.Policy.Deadlines;

public sealed class ExpectedCostPolicyTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("LODGER_LONG") == "1";

    private static readonly ExpectedCostPolicy Policy = new("Lodger", SpotKinds.Usual);

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

    /// <summary>With one kind the tables are the optimum of their own model, so that no other policy may be cheaper in a market that follows it.</summary>
    [Fact]
    public void In_the_market_that_it_was_told_of_it_is_cheaper_than_every_other()
    {
        var random = new Random(1);
        var trace = Spells(random, 60_000);
        var told = new ExpectedCostPolicy("told", SpotKinds.Learn([new SpotTrace("told", 1 / 6d, Spells(random, 60_000))]));
        double Mean(IDeadlinePolicy policy) => Enumerable.Range(0, 400).Average(i => Replay.Run(policy, Terms, trace.AsSpan(i * 140, Terms.Ticks)).Cost);
        var best = Mean(told);
        foreach (var other in (IDeadlinePolicy[])[new OnDemandOnly(), new GreedySpot(), new UniformProgress(), new DeadlinePolicy()])
            best.ShouldBeLessThan(Mean(other), other.Name);
    }

    [Fact]
    public void A_job_learns_which_kind_of_market_it_is_in()
    {
        var quick = new SpotTrace("quick", 1 / 6d, [.. Enumerable.Range(0, 6_000).Select(i => i % 6 < 3)]);
        var slow = new SpotTrace("slow", 1 / 6d, [.. Enumerable.Range(0, 6_000).Select(i => i % 120 < 60)]);
        var both = new ExpectedCostPolicy("both", SpotKinds.Learn([quick, slow]));
        var (job, inQuick, inSlow) = (both.ForJob(Terms), Told(quick), Told(slow));
        var (asQuick, asSlow) = (0, 0);
        for (var i = 0; i < 60; i++)
        {
            var view = new DeadlineView(Terms.Ticks - i, 6, 0, Mode.Idle, i % 6 < 3, ((i % 3) + 1) * Terms.TickHours);
            var (choice, quickly, slowly) = (job.Choose(Terms, view), inQuick.Choose(Terms, view), inSlow.Choose(Terms, view));
            if (i < 30 || quickly == slowly)
                continue;
            asQuick += choice == quickly ? 1 : 0;
            asSlow += choice == slowly ? 1 : 0;
        }

        asQuick.ShouldBeGreaterThan(2 * asSlow);
        asQuick.ShouldBePositive();

        IDeadlinePolicy Told(SpotTrace trace) => new ExpectedCostPolicy("told", SpotKinds.Learn([trace])).ForJob(Terms);
    }

    [Fact]
    public void Whatever_availability_does_no_deadline_is_missed()
    {
        var missed = new ConcurrentQueue<string>();
        var options = new ParallelOptions { CancellationToken = TestContext.Current.CancellationToken };
        Parallel.For(0, Long ? 400 : 6, options, t =>
        {
            var terms = Hostile.TermsOf(t);
            var policy = new ExpectedCostPolicy("Lodger", [.. SpotKinds.Usual.Take(2)]);
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
    public void What_is_learned_of_a_market_without_memory_is_its_rate()
    {
        // Ticks of 0.1 h; goes with 5 % a tick, comes with 10 %.
        var random = new Random(3);
        var up = true;
        var trace = new SpotTrace("flat", 0.1, [.. Enumerable.Range(0, 200_000).Select(_ => up = random.NextDouble() < (up ? 0.95 : 0.1))]);
        var kind = SpotKinds.Learn([trace]).Single();
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
