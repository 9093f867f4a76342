namespace Lodger.Domain.Policy.Deadlines;

/// <summary>
/// When a spell of availability (or of none) ends, by its age: a hazard that is constant between ages and goes on as 1/age after the last. Kept as the cumulative hazard, so that a tick of any
/// length can be asked for.
/// </summary>
/// <param name="ages">Hours, rising, from 0.</param>
/// <param name="perHour">Ends per hour from each age to the next; the last from there on, falling as 1/age.</param>
internal sealed class AgeHazard(double[] ages, double[] perHour)
{
    private readonly double[] cumulative = Cumulative(ages, perHour);

    public AgeHazard Times(double factor) => new(ages, Array.ConvertAll(perHour, h => h * factor));

    /// <summary>Chance that a spell that is <paramref name="from"/> old ends before it is <paramref name="to"/> old, hours.</summary>
    public double Ends(double from, double to) => 1 - Math.Exp(At(from) - At(to));

    /// <summary>How old a spell is that is met at a random moment, hours: half of the time that is spent in spells is spent below this age.</summary>
    public double MedianAge()
    {
        // Time spent beyond the last age is not counted: it may have no mean.
        var spent = new double[ages.Length];
        for (var i = 1; i < ages.Length; i++)
            spent[i] = spent[i - 1] + (0.5 * (Math.Exp(-cumulative[i - 1]) + Math.Exp(-cumulative[i])) * (ages[i] - ages[i - 1]));
        var at = Array.FindIndex(spent, 1, t => t >= spent[^1] / 2);
        return ages[at - 1] + ((ages[at] - ages[at - 1]) * ((spent[^1] / 2) - spent[at - 1]) / (spent[at] - spent[at - 1]));
    }

    /// <summary>The age at which a spell ends whose cumulative hazard reaches this: drawn from an exponential law of mean 1, it draws a spell.</summary>
    public double AgeAt(double sum)
    {
        var last = ages.Length - 1;
        if (sum >= cumulative[last])
            return ages[last] * Math.Exp(Math.Min((sum - cumulative[last]) / (perHour[last] * ages[last]), 50));
        var i = Array.BinarySearch(cumulative, sum);
        if (i < 0)
            i = ~i - 1;
        return ages[i] + ((sum - cumulative[i]) / perHour[i]);
    }

    /// <summary>The cumulative hazard up to an age: ends that are expected until then.</summary>
    public double At(double age)
    {
        var last = ages.Length - 1;
        if (age >= ages[last])
            return cumulative[last] + (perHour[last] * ages[last] * Math.Log(age / ages[last]));
        var i = Array.BinarySearch(ages, age);
        if (i < 0)
            i = ~i - 1;
        return cumulative[i] + (perHour[i] * (age - ages[i]));
    }

    private static double[] Cumulative(double[] ages, double[] perHour)
    {
        var sums = new double[ages.Length];
        for (var i = 1; i < sums.Length; i++)
            sums[i] = sums[i - 1] + (perHour[i - 1] * (ages[i] - ages[i - 1]));
        return sums;
    }
}
