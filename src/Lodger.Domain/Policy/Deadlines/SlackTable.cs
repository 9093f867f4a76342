using System.Numerics;

namespace Lodger.Domain.Policy.Deadlines;

/// <summary>The questions that a job with a deadline asks; everything else is decided by the guarantee, or always the same.</summary>
internal enum Question
{
    /// <summary>Spot is up, nothing runs: start spot, or on-demand?</summary>
    Start,

    /// <summary>Spot is up, on-demand runs: go to spot?</summary>
    Return,

    /// <summary>Spot is down, nothing runs: wait, or start on-demand?</summary>
    Wait,

    /// <summary>Spot is up, nothing runs: watch the young window for a while before anything is started?</summary>
    Watch,
}

/// <summary>
/// How much slack each question takes to be answered with yes, by time left and age, in one kind of market: expected cost, minimised backwards over (time left, slack, mode, age). Slack is the time left less work left: it
/// falls by a step for a step idle, and for each step of a start; a start on spot may be cut short at each of them. Time and slack are counted in steps of one or several ticks, between which values are interpolated.
/// Answers are kept as the slack between which they are yes, at every step or every few.
/// </summary>
internal sealed class SlackTable
{
    private const int Questions = 4;
    private const int StepsMost = 1_300;
    private const int RowsMost = 160;

    /// <summary>A start is no longer than so many steps.</summary>
    private const int StartStepsMost = 64;

    /// <summary>A start on on-demand is taken apart, so that spot that comes up in the midst of it can be returned to, when it has no more steps than this; a longer one is counted as work.</summary>
    private const int PartsMost = 8;

    /// <summary>The moments at which a start is looked at; between them it is taken to be cut short in the middle.</summary>
    private const int CutsMost = 8;
    private const double AgeGrowth = 0.1;

    /// <summary>Costs more than any job that is looked at, steps of on-demand: for what cannot end in time.</summary>
    private const float Never = 1e5f;

    /// <summary>Steps beyond the most slack there can be, where the answer is always no.</summary>
    private const float Unreached = 5;

    /// <summary>Differences below this are rounding.</summary>
    private const float Noise = 1e-4f;

    private readonly int steps;
    private readonly int keptEvery;
    private readonly double stepHours;
    private readonly double restartHours;

    /// <summary>Steps of a start on on-demand after which some of it is left.</summary>
    private readonly int parts;
    private readonly int[] firstAge;
    private readonly int[] binOfAge;
    private readonly float[] bounds;

    private SlackTable(DeadlineTerms terms, SpotKind kind)
    {
        var ticks = Math.Max(1, (int)Math.Ceiling(Math.Max((double)terms.Ticks / StepsMost, terms.RestartHours / terms.TickHours / StartStepsMost)));
        stepHours = ticks * terms.TickHours;
        steps = (terms.Ticks + ticks - 1) / ticks;
        restartHours = terms.RestartHours;
        parts = (int)Math.Ceiling((restartHours / stepHours) - 1e-9) - 1 is var left && left is > 0 and < PartsMost ? left : 0;
        keptEvery = (steps + RowsMost - 1) / RowsMost;
        firstAge = Ages(steps);
        binOfAge = new int[firstAge[^1] + 1];
        for (int age = 1, b = 0; age < binOfAge.Length; age++)
        {
            if (b + 1 < firstAge.Length && firstAge[b + 1] <= age)
                b++;
            binOfAge[age] = b;
        }

        bounds = new float[((steps / keptEvery) + 2) * firstAge.Length * (Questions + parts) * 2];
        Fill(terms, kind);
    }

    public static SlackTable Of(DeadlineTerms terms, SpotKind kind) => new(terms, kind);

    public int Bins => firstAge.Length;

    /// <summary>Place of an age among those that are told apart.</summary>
    public int BinOf(double ageHours) => BinOfSteps((int)Math.Round(ageHours / stepHours));

    private int BinOfSteps(int age) => binOfAge[Math.Clamp(age, 1, binOfAge.Length - 1)];

    /// <summary>Whether a start of which so much is still to be paid is told apart from work: then slack is the time left less work left alone, else less both.</summary>
    public bool IsApart(Question question, double overheadHours) => question == Question.Return && parts > 0 && overheadHours > 1e-9;

    /// <summary>Between which slack the answer is yes, hours; up to less than nothing where it never is.</summary>
    /// <param name="overheadHours">Of the start that is under way, still to be paid.</param>
    public (double From, double To) Yes(Question question, double hoursLeft, int bin, double overheadHours = 0) =>
        Yes(IsApart(question, overheadHours) ? Questions + Math.Clamp((int)Math.Round((restartHours - overheadHours) / stepHours), 1, parts) - 1 : (int)question, hoursLeft, bin);

    private (double From, double To) Yes(int question, double hoursLeft, int bin)
    {
        var at = Math.Max(1, hoursLeft / stepHours / keptEvery);
        var row = Math.Min((int)at, steps / keptEvery);
        var low = bounds.AsSpan(Place(row, bin, question), 2);
        if (row + 1 > steps / keptEvery)
            return (low[0] * stepHours, low[1] * stepHours);
        var high = bounds.AsSpan(Place(row + 1, bin, question), 2);
        var part = Math.Min(1, at - row);
        return ((low[0] + ((high[0] - low[0]) * part)) * stepHours, (low[1] + ((high[1] - low[1]) * part)) * stepHours);
    }

    private int Place(int row, int bin, int question) => ((((row * Bins) + bin) * (Questions + parts)) + question) * 2;

    /// <summary>Every age at first, then each a tenth of the age apart.</summary>
    private static int[] Ages(int steps)
    {
        var ages = new List<int>();
        for (var age = 1; age <= Math.Max(1, Math.Min(steps, 700)); age += Math.Max(1, (int)(age * AgeGrowth)))
            ages.Add(age);
        return [.. ages];
    }

    private void Fill(DeadlineTerms terms, SpotKind kind)
    {
        var d = terms.RestartHours / stepHours;
        var price = (float)terms.SpotPrice;
        var size = (int)Math.Ceiling(Math.Max(0, steps - (terms.WorkHours / stepHours))) + 2;
        var goes = new float[Bins];
        var comes = new float[Bins];
        var ages = new float[Bins];
        for (var b = 0; b < Bins; b++)
        {
            var middle = (b + 1 < Bins ? (firstAge[b] + firstAge[b + 1] - 1) / 2d : firstAge[b]) * stepHours;
            goes[b] = (float)kind.Goes.Ends(middle - stepHours, middle);
            comes[b] = (float)kind.Comes.Ends(middle - stepHours, middle);
            // Bins that hold several ages are left after as many steps on average.
            ages[b] = b + 1 < Bins ? 1f / (firstAge[b + 1] - firstAge[b]) : 0;
        }

        var whole = (int)(d + 1e-9);
        var starts = Enumerable.Range(0, Bins).Select(b => Start.Of(kind.Goes, firstAge[b], stepHours, whole)).ToArray();
        // The last steps, as far back as a start looks.
        var ring = Enumerable.Range(0, whole + 2).Select(_ => new Values(Bins, size, parts)).ToArray();
        Values Before(int n, int back) => ring[(n - back) % ring.Length];
        float[] spot = new float[size], onDemand = new float[size], idle = new float[size], startSpot = new float[size], startOnDemand = new float[size], scratch = new float[size], begun = new float[size];

        // A start on on-demand from its last step back to its first: what is left of it after each, and in `to` the whole. `paid` fills `scratch` with a step of it that leads to the next one.
        void StartOnDemand(float[] to, int open, float[] runs, Func<int, float[]> after, Action<int> paid)
        {
            for (var k = parts; k >= 0; k--)
            {
                var into = k == 0 ? to : after(k - 1);
                if (k == parts)
                {
                    Shift(into, runs, d - k);
                }
                else
                {
                    paid(k);
                    Shift(into, scratch, 1);
                }

                Array.Clear(into, open, size - open);
            }
        }

        for (var n = 1; n <= steps; n++)
        {
            // Work left is n - slack: where there is none, nothing costs.
            var open = Math.Min(size, n);
            var (now, next) = (ring[n % ring.Length], Before(n, 1));
            for (var b = 0; b < Bins; b++)
            {
                var older = Math.Min(b + 1, Bins - 1);
                var (same, aged) = (1 - ages[b], ages[b]);

                // Spot is up.
                var (stays, ends) = (1 - goes[b], goes[b]);
                Add(spot, open, price, stays * same, next.UpSpot[b], stays * aged, next.UpSpot[older], ends, next.DownIdle[0]);
                Add(onDemand, open, 1, stays * same, next.UpOnDemand[b], stays * aged, next.UpOnDemand[older], ends, next.DownOnDemand[0]);
                Add(scratch, open, 0, stays * same, next.UpIdle[b], stays * aged, next.UpIdle[older], ends, next.DownIdle[0]);
                Shift(idle, scratch, 1);
                if (n <= whole)
                {
                    Array.Fill(startSpot, Never);
                }
                else
                {
                    var start = starts[b];
                    Shift(startSpot, whole == 0 ? spot : Before(n, whole).UpSpot[BinOfSteps(firstAge[b] + whole)], d);
                    Scale(startSpot, start.Whole, start.Whole * price * whole);
                    foreach (var (after, chance) in start.Cuts)
                    {
                        Shift(scratch, Before(n, after).DownIdle[0], after);
                        AddTo(startSpot, chance, scratch, chance * price * after);
                    }
                }

                StartOnDemand(startOnDemand, open, onDemand, k => now.UpStart[k][b], k => Add(scratch, open, 1, stays * same, next.UpStart[k][b], stays * aged, next.UpStart[k][older], ends, next.DownStart[k][0]));
                for (var k = 0; k < parts; k++)
                {
                    Array.Copy(now.UpStart[k][b], begun, size);
                    Least(now.UpStart[k][b], open, begun, startSpot, startSpot);
                    if (n % keptEvery == 0)
                        Keep(Questions + k, n, b, startSpot, begun, begun);
                }

                Least(now.UpSpot[b], open, spot, startOnDemand, idle);
                Least(now.UpOnDemand[b], open, onDemand, startSpot, startSpot);
                Least(now.UpIdle[b], open, startSpot, startOnDemand, idle);
                if (n % keptEvery == 0)
                {
                    Keep((int)Question.Start, n, b, startSpot, startOnDemand, startOnDemand);
                    Keep((int)Question.Return, n, b, startSpot, onDemand, onDemand);
                    Keep((int)Question.Watch, n, b, idle, startSpot, startOnDemand);
                }

                // Spot is down.
                (stays, ends) = (1 - comes[b], comes[b]);
                Add(now.DownOnDemand[b], open, 1, stays * same, next.DownOnDemand[b], stays * aged, next.DownOnDemand[older], ends, next.UpOnDemand[0]);
                Add(scratch, open, 0, stays * same, next.DownIdle[b], stays * aged, next.DownIdle[older], ends, next.UpIdle[0]);
                Shift(idle, scratch, 1);
                StartOnDemand(startOnDemand, open, now.DownOnDemand[b], k => now.DownStart[k][b], k => Add(scratch, open, 1, stays * same, next.DownStart[k][b], stays * aged, next.DownStart[k][older], ends, next.UpStart[k][0]));
                Least(now.DownIdle[b], open, startOnDemand, idle, idle);
                if (n % keptEvery == 0)
                    Keep((int)Question.Wait, n, b, idle, startOnDemand, startOnDemand);
            }
        }
    }

    /// <summary>
    /// The slack between which <paramref name="yes"/> costs less than the others: there is too little below, and above, with the time left the same, so little work that no start is worth it.
    /// </summary>
    private void Keep(int question, int n, int bin, float[] yes, float[] no, float[] orNo)
    {
        float Loss(int s) => yes[s] - Math.Min(no[s], orNo[s]);
        var top = Math.Min(yes.Length, n) - 1;
        var to = top;
        while (to >= 0 && Loss(to) >= -Noise)
            to--;
        var from = to;
        while (from >= 0 && Loss(from) < -Noise)
            from--;
        var at = Place(n / keptEvery, bin, question);
        bounds[at] = to < 0 ? yes.Length + Unreached : from < 0 ? -1 : from + (Loss(from) > Never / 4 ? 1 : Crossing(Loss(from), Loss(from + 1)));
        bounds[at + 1] = to < 0 ? -1 : to == top ? 2 * steps : to + Crossing(Loss(to), Loss(to + 1));
    }

    /// <summary>Where between two neighbours the difference is nothing, 0 to 1.</summary>
    private static float Crossing(float here, float there) => here == there ? 0 : Math.Clamp(here / (here - there), 0, 1);

    /// <summary>to = paid + a x + b y + c z, below <paramref name="count"/>; 0 from there on, where the work is done.</summary>
    private static void Add(float[] to, int count, float paid, float a, float[] x, float b, float[] y, float c, float[] z)
    {
        var wide = Vector<float>.Count;
        var s = 0;
        for (; s + wide <= count; s += wide)
            ((a * new Vector<float>(x, s)) + (b * new Vector<float>(y, s)) + (c * new Vector<float>(z, s)) + new Vector<float>(paid)).CopyTo(to, s);
        for (; s < count; s++)
            to[s] = paid + (a * x[s]) + (b * y[s]) + (c * z[s]);
        Array.Clear(to, count, to.Length - count);
    }

    private static void Scale(float[] to, float factor, float paid)
    {
        for (var s = 0; s < to.Length; s++)
            to[s] = (to[s] * factor) + paid;
    }

    private static void AddTo(float[] to, float factor, float[] x, float paid)
    {
        var wide = Vector<float>.Count;
        var s = 0;
        for (; s + wide <= to.Length; s += wide)
            (new Vector<float>(to, s) + (factor * new Vector<float>(x, s)) + new Vector<float>(paid)).CopyTo(to, s);
        for (; s < to.Length; s++)
            to[s] += (factor * x[s]) + paid;
    }

    private static void Least(float[] to, int count, float[] x, float[] y, float[] z)
    {
        var wide = Vector<float>.Count;
        var s = 0;
        for (; s + wide <= count; s += wide)
            Vector.Min(Vector.Min(new Vector<float>(x, s), new Vector<float>(y, s)), Vector.Min(new Vector<float>(z, s), new Vector<float>(Never))).CopyTo(to, s);
        for (; s < count; s++)
            to[s] = Math.Min(Math.Min(x[s], y[s]), Math.Min(z[s], Never));
        Array.Clear(to, count, to.Length - count);
    }

    /// <summary>to[s] = from[s - less], interpolated; never below 0, and the last value above the end.</summary>
    private static void Shift(float[] to, float[] from, double less)
    {
        var whole = (int)Math.Floor(less);
        var part = (float)(less - whole);
        var first = Math.Clamp(part > 0 ? whole + 1 : whole, 0, to.Length);
        var last = Math.Clamp(from.Length + whole, first, to.Length);
        Array.Fill(to, Never, 0, first);
        var s = first;
        var wide = Vector<float>.Count;
        // s - whole - 1 is read too, when a part is wanted of it.
        if (part > 0)
        {
            for (; s + wide <= last; s += wide)
                (((1 - part) * new Vector<float>(from, s - whole)) + (part * new Vector<float>(from, s - whole - 1))).CopyTo(to, s);
            for (; s < last; s++)
                to[s] = ((1 - part) * from[s - whole]) + (part * from[s - whole - 1]);
        }
        else
        {
            Array.Copy(from, s - whole, to, s, last - s);
        }

        Array.Fill(to, from[^1], last, to.Length - last);
    }

    /// <summary>How a start on spot goes: after how many steps it is cut short, with what chance; and the chance that its whole steps are survived.</summary>
    private sealed record Start((int After, float Chance)[] Cuts, float Whole)
    {
        public static Start Of(AgeHazard goes, int age, double stepHours, int whole)
        {
            var alive = 1d;
            var group = Math.Max(1, (whole + CutsMost - 1) / CutsMost);
            var cuts = new List<(int, float)>();
            for (var from = 1; from <= whole; from += group)
            {
                var to = Math.Min(whole, from + group - 1);
                var before = alive;
                alive *= 1 - goes.Ends((age + from - 2) * stepHours, (age + to - 1) * stepHours);
                cuts.Add(((from + to) / 2, (float)(before - alive)));
            }

            return new([.. cuts], (float)alive);
        }
    }

    /// <summary>Expected cost to the end by mode, age and slack, steps of on-demand.</summary>
    private sealed class Values(int bins, int size, int parts)
    {
        public float[][] UpSpot { get; } = Make(bins, size);

        public float[][] UpOnDemand { get; } = Make(bins, size);

        public float[][] UpIdle { get; } = Make(bins, size);

        public float[][] DownOnDemand { get; } = Make(bins, size);

        public float[][] DownIdle { get; } = Make(bins, size);

        /// <summary>On on-demand whose start has had one step, two, ...; slack is the time left less work left, without the rest of the start.</summary>
        public float[][][] UpStart { get; } = [.. Enumerable.Range(0, parts).Select(_ => Make(bins, size))];

        public float[][][] DownStart { get; } = [.. Enumerable.Range(0, parts).Select(_ => Make(bins, size))];

        private static float[][] Make(int bins, int size) => [.. Enumerable.Range(0, bins).Select(_ => new float[size])];
    }
}
