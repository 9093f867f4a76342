using Lodger.Domain.Jobs;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Simulation;

/// <summary>One job's life in a world drawn from a seed: first everything may go wrong, then nothing does and a person answers.</summary>
internal static class History
{
    /// <summary>One history in so many is of a rental that was taken over.</summary>
    private const int Adopted = 8;

    private static readonly TimeSpan LongestPeace = TimeSpan.FromDays(4);

    /// <summary>The journal of the whole life; throws with the seed when a promise was broken.</summary>
    public static IReadOnlyList<JournalEntry> Run(int seed)
    {
        SimEngine? engine = null;
        try
        {
            var random = new Random(Mix(seed));
            var faults = Faults.Draw(random);
            var spec = DrawSpec(random);
            var market = new SimMarket(random, Samples.T0)
            {
                Faults = faults,
                Volume = spec.Volume is null ? null : new SimVolume(Samples.T0),
                HostsShowVolumes = random.Next(2) == 0,
            };
            var submission = Samples.Submitted(spec);
            // Whatever its spec says of the destroy.
            engine = seed % Adopted == Adopted - 1 ? Adopt(random, market, submission) : new SimEngine(market, submission with { BidUsdPerHour = spec.Rent == RentMode.OnDemand || (spec.Rent == RentMode.Auto && random.Next(2) == 0) ? null : 0.2m });
            LiveThroughFaults(random, market, engine);
            market.Repair();
            LiveInPeace(market, engine);
            engine.CheckEnd();
            return engine.Journal;
        }
        catch (Exception e)
        {
            var tail = engine?.Journal.Skip(1).TakeLast(25).Select(j => $"  {j.At:HH:mm:ss} {j.Event}") ?? [];
            throw new Violation($"seed {seed}: {e.Message}\nlast decision: {string.Join(", ", engine?.LastDecision ?? [])}\n{string.Join('\n', tail)}\n{(e is Violation ? "" : e)}");
        }
    }

    /// <summary>Neighbouring seeds of <see cref="Random"/> give related numbers; spread out, they do not (splitmix64).</summary>
    private static int Mix(int seed)
    {
        unchecked
        {
            var z = ((ulong)seed + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)((z ^ (z >> 31)) & int.MaxValue);
        }
    }

    /// <summary>A rental that somebody made by hand, perhaps on a bid, and works on.</summary>
    private static SimEngine Adopt(Random random, SimMarket market, JobSubmitted submission)
    {
        var rental = market.MakeByHand(interruptible: random.Next(2) == 0);
        market.Advance(TimeSpan.FromMinutes(1));
        return new SimEngine(market, Samples.Adopted(
            new AdoptedRental(rental.Id, rental.Label, ["/workspace/out"]),
            submission.Spec with { Rent = RentMode.OnDemand, Bid = null, Checkpoints = [], Volume = null, BudgetUsd = null, Deadline = null, Stall = null }) with
        {
            BidUsdPerHour = rental.Interruptible ? rental.UsdPerHour : null,
        });
    }

    private static JobSpec DrawSpec(Random random) => Samples.Spec with
    {
        Rent = random.Next(2) == 0 ? RentMode.OnDemand : random.Next(2) == 0 ? RentMode.Interruptible : RentMode.Auto,
        Bid = random.Next(3) == 0 ? new BidSpec(null, 0.5m, MayRaise: true) : null,
        Checkpoints = ["checkpoint.pt"],
        // What the file says is a guess: most jobs are over sooner.
        Work = random.Next(4) == 0 ? TimeSpan.FromHours(4) : TimeSpan.FromMinutes(20),
        Patience = random.Next(4) == 0 ? TimeSpan.FromMinutes(random.Next(0, 60)) : null,
        Deadline = random.Next(4) == 0 ? new DeadlineSpec(TimeSpan.FromMinutes(random.Next(30, 600)), null) : null,
        Teardown = random.Next(2) == 0 ? TeardownMode.Ask : TeardownMode.WhenVerified,
        BudgetUsd = random.Next(3) == 0 ? 2.0m + (decimal)random.NextDouble() : null,
        Stall = random.Next(3) == 0 ? new StallSpec(TimeSpan.FromMinutes(random.Next(2, 10)), random.Next(2) == 0 ? StallAction.Tell : StallAction.Stop) : null,
        Volume = random.Next(4) == 0 ? new VolumeSpec("41200999", "/workspace/volume") : null,
        StopWhenAbandonedAfter = random.Next(4) == 0 ? null : SimRental.AbandonedAfter,
    };

    private static void LiveThroughFaults(Random random, SimMarket market, SimEngine engine)
    {
        var person = new SimPerson(market, engine);
        var steps = random.Next(20, 500);
        for (var step = 0; step < steps; step++)
        {
            var wait = engine.Step() * (1 + (3 * random.NextDouble() * random.NextDouble()));
            var asleep = market.Chance(market.Faults.ClockJump);
            market.Advance(asleep ? TimeSpan.FromMinutes(random.Next(1, 600)) : wait, () => engine.CheckAfterTick(asleep));
            market.Disturb(_ => engine.OnStartedElsewhere());
            if (market.Chance(market.Faults.Person))
                person.ActAtRandom();
            if (engine.State.Closed is not null && market.Chance(0.05))
                break;
        }
    }

    private static void LiveInPeace(SimMarket market, SimEngine engine)
    {
        var person = new SimPerson(market, engine);
        var end = market.Now + LongestPeace;
        var quietSince = market.Now;
        while (market.Now < end)
        {
            var wait = engine.Step();
            if (engine.LastDecision.Count > 0)
                quietSince = market.Now;
            // Long enough after its end for everything to settle and for every late rental to show.
            if (engine.State.Closed is not null && market.Now - quietSince > TimeSpan.FromMinutes(20))
                return;
            market.Advance(wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromMilliseconds(50) : wait, () => engine.CheckAfterTick());
            person.Cooperate();
        }
    }
}
