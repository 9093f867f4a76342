namespace Lodger.Domain.Policy.Deadlines;

/// <summary>
/// How soon spot goes and comes back in the markets that a job may find itself in: hazards by age, and a power by which they follow the odds of spot being up as the job itself has seen them so far. A market in which spot was
/// up for most of the time loses it later and gets it back sooner.
/// </summary>
public sealed record SpotLaws
{
    /// <summary>What a job supposes before it has seen anything: up half of the time, worth six hours.</summary>
    private const double SupposedUp = 0.5;
    private const double SupposedHours = 6;

    /// <summary>A job learns from what it saw itself; so traces are read in pieces of so many hours, each from nothing, overlapping by half.</summary>
    private const double PieceHours = 48;

    private const int Rounds = 40;

    /// <summary>Log odds of spot being up are told apart by so much when laws are learned.</summary>
    private const double OddsStep = 0.25;
    private const double OddsMost = 5;

    private SpotLaws(AgeHazard goes, AgeHazard comes, double goesPower, double comesPower) => (Goes, Comes, GoesPower, ComesPower) = (goes, comes, goesPower, comesPower);

    /// <summary>
    /// What a job supposes of a market of which nothing is known: nine zones in which one V100 was looked for during 45 days (docs/policy.md), learned by <c>bench/run policy --laws yes</c>. Ends of spells per hour by age, at even
    /// odds, and the powers.
    /// </summary>
    public static SpotLaws Usual { get; } = new(new(SpotKinds.UsualAges, UsualGoes), new(SpotKinds.UsualAges, UsualComes), UsualGoesPower, UsualComesPower);

    private static double[] UsualGoes => [1.3044, 0.9446, 0.9075, 0.4842, 0.5222, 0.3703, 0.2377, 0.2497, 0.2593, 0.1805, 0.1418, 0.1482, 0.1112, 0.1275, 0.1279, 0.0598, 0.022, 0.0124];

    private static double[] UsualComes => [1.3058, 0.9561, 0.7129, 0.5023, 0.4391, 0.3671, 0.2808, 0.3179, 0.3897, 0.2424, 0.1954, 0.2341, 0.2031, 0.1303, 0.1351, 0.0292, 0.0136, 0.0137];

    private const double UsualGoesPower = -0.2753;
    private const double UsualComesPower = 0.1916;

    /// <summary>Ends of a spell of spot being up, at even odds.</summary>
    internal AgeHazard Goes { get; }

    /// <summary>Ends of a spell of spot being away, at even odds.</summary>
    internal AgeHazard Comes { get; }

    /// <summary>Below 0: what was up for long stays.</summary>
    internal double GoesPower { get; }

    internal double ComesPower { get; }

    /// <summary>Log odds at which tables are computed; between them answers are interpolated.</summary>
    internal IReadOnlyList<double> Levels { get; init; } = [-3, -2, -1, 0, 1, 2, 3];

    /// <summary>The laws of a market with these odds.</summary>
    internal SpotKind At(double logOdds) => new(Goes.Times(Math.Exp(GoesPower * logOdds)), Comes.Times(Math.Exp(ComesPower * logOdds)));

    /// <summary>Log odds of spot being up, of a job that saw so many hours of it up and so many away.</summary>
    internal static double LogOdds(double upHours, double downHours) => Math.Log(((SupposedUp * SupposedHours) + upHours) / (((1 - SupposedUp) * SupposedHours) + downHours));

    /// <param name="finestHours">Ages closer together are not told apart; null: as fine as the tick, which also learns how often a recorder looked.</param>
    public static SpotLaws Learn(IReadOnlyList<SpotTrace> traces, double? finestHours = null)
    {
        ArgumentNullException.ThrowIfNull(traces);
        var ages = SpotKinds.Ages(finestHours ?? traces.Min(t => t.TickHours));
        var (goes, goesPower) = Fit(ages, traces, up: true);
        var (comes, comesPower) = Fit(ages, traces, up: false);
        return new(new(ages, goes), new(ages, comes), goesPower, comesPower);
    }

    /// <summary>The figures of <see cref="Usual"/>, as they would be learned from these traces.</summary>
    public static (double[] Goes, double[] Comes, double GoesPower, double ComesPower) Figures(IReadOnlyList<SpotTrace> traces)
    {
        ArgumentNullException.ThrowIfNull(traces);
        var (goes, goesPower) = Fit(SpotKinds.UsualAges, traces, up: true);
        var (comes, comesPower) = Fit(SpotKinds.UsualAges, traces, up: false);
        return (goes, comes, goesPower, comesPower);
    }

    /// <summary>Largest likelihood of ends that are Poisson distributed with hazard(age) x odds^power: the shape given the power and one step of Newton's for the power given the shape, by turns.</summary>
    private static (double[] Shape, double Power) Fit(double[] ages, IReadOnlyList<SpotTrace> traces, bool up)
    {
        var (ends, hours) = Count(ages, traces, up);
        var odds = Enumerable.Range(0, ends.GetLength(1)).Select(x => (x * OddsStep) - OddsMost).ToArray();
        var shape = new double[ages.Length];
        var power = 0d;
        for (var round = 0; round < Rounds; round++)
        {
            double slope = 0, curvature = 1e-6;
            for (var b = 0; b < ages.Length; b++)
            {
                double ended = 0, exposed = 0;
                for (var x = 0; x < odds.Length; x++)
                {
                    ended += ends[b, x];
                    exposed += hours[b, x] * Math.Exp(power * odds[x]);
                }

                shape[b] = SpotKinds.Hazard(ages, b, ended, exposed);
                for (var x = 0; x < odds.Length; x++)
                {
                    var expected = shape[b] * hours[b, x] * Math.Exp(power * odds[x]);
                    slope += odds[x] * (ends[b, x] - expected);
                    curvature += odds[x] * odds[x] * expected;
                }
            }

            power += slope / curvature;
        }

        return (shape, power);
    }

    /// <summary>Ends of spells, and hours under observation, by age and by the odds that a job had seen until then. The first spell of a piece is older than it is known to be, and left out.</summary>
    private static (double[,] Ends, double[,] Hours) Count(double[] ages, IReadOnlyList<SpotTrace> traces, bool up)
    {
        var bins = (int)(2 * OddsMost / OddsStep) + 1;
        var (ends, hours) = (new double[ages.Length, bins], new double[ages.Length, bins]);
        foreach (var trace in traces)
        {
            var piece = Math.Max(2, (int)(PieceHours / trace.TickHours));
            for (var from = 0; from < trace.Available.Length - 1; from += piece / 2)
            {
                double upHours = 0, downHours = 0;
                var (age, bin, isKnown) = (1, 0, false);
                for (var i = from; i < Math.Min(from + piece, trace.Available.Length) - 1; i++)
                {
                    upHours += trace.Available[i] ? trace.TickHours : 0;
                    downHours += trace.Available[i] ? 0 : trace.TickHours;
                    // Half a tick before its end, so that rounding moves nothing to the next bin.
                    while (bin + 1 < ages.Length && ages[bin + 1] < (age - 0.5) * trace.TickHours)
                        bin++;
                    var flips = trace.Available[i + 1] != trace.Available[i];
                    if (isKnown && trace.Available[i] == up)
                    {
                        var x = Math.Clamp((int)Math.Round((LogOdds(upHours, downHours) + OddsMost) / OddsStep), 0, bins - 1);
                        hours[bin, x] += trace.TickHours;
                        ends[bin, x] += flips ? 1 : 0;
                    }

                    (age, bin, isKnown) = flips ? (1, 0, true) : (age + 1, bin, isKnown);
                }
            }
        }

        return (ends, hours);
    }
}
