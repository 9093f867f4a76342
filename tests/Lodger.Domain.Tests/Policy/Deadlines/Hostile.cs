using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Tests.Policy.Deadlines;

/// <summary>Availability that sees what the job does and flips when it hurts, and terms that on-demand can just, or easily, meet. By seed.</summary>
internal sealed class Hostile(string manner, Random random) : IAvailability
{
    private int left;
    private bool up;

    public string Manner => manner;

    public static (DeadlineTerms Terms, Hostile Market) Of(int seed) => (TermsOf(seed), MarketOf(seed));

    public static DeadlineTerms TermsOf(int seed)
    {
        var random = new Random(seed);
        var tick = (double[])[1 / 60d, 195 / 3600d, 1 / 6d, 1];
        var g = tick[random.Next(tick.Length)];
        var terms = new DeadlineTerms(g, 0, (1 + (random.NextDouble() * 300)) * g, random.NextDouble() * 8 * g, 0.1 + (random.NextDouble() * 0.8));
        return terms with { Ticks = terms.Need(terms.WorkHours) + (random.Next(3) == 0 ? random.Next(2) : random.Next(300)) };
    }

    public static Hostile MarketOf(int seed)
    {
        var random = new Random(~seed);
        string[] manners = ["ends every start", "ends when the restart is paid", "there only on on-demand", "there only when idle", "ends near the end", "at random", "in spells"];
        return new Hostile(manners[random.Next(manners.Length)], random);
    }

    public bool At(int tick, Mode mode, double workHours, double overheadHours) => manner switch
    {
        "ends every start" => mode != Mode.Spot,
        "ends when the restart is paid" => mode != Mode.Spot || overheadHours > 0,
        "there only on on-demand" => mode == Mode.OnDemand,
        "there only when idle" => mode == Mode.Idle,
        "ends near the end" => workHours > 1,
        "at random" => random.Next(2) == 0,
        _ => InSpells(),
    };

    private bool InSpells()
    {
        if (left-- > 0)
            return up;
        up = !up;
        left = (int)Math.Pow(random.NextDouble(), -1.2);
        return up;
    }
}
