namespace Lodger.Domain.Policy;

/// <summary>
/// Waiting time until something happens whose rate nobody knows: rate ~ Gamma(<paramref name="Events"/>, <paramref name="Hours"/>), as if so many had been
/// seen in so many hours. Not knowing the rate makes the chance fall with age: hazard at age a = Events / (Hours + a), about 1/age (a Lomax distribution).
/// </summary>
internal readonly record struct Chance(double Events, double Hours)
{
    /// <summary>
    /// Return of a paused rental. Largest likelihood over the 1,892 down spells of nine real spot zones (docs/policy.md); an exponential law is 515 worse in log-likelihood.
    /// </summary>
    public static readonly Chance OfReturn = new(1.47, 1.05);

    /// <summary>Return of a host that went offline. Assumed, not measured: half are back in 6 h.</summary>
    public static readonly Chance OfHostReturn = new(0.5, 2);

    /// <summary>What was seen beside the prior: events, and the hours in which they came.</summary>
    public Chance Seen(double events, double hours) => new(Events + Math.Max(0, events), Hours + Math.Max(0, hours));

    /// <summary>Nothing happened for so long.</summary>
    public Chance Aged(double hours) => Seen(0, hours);

    /// <summary>The hazard multiplied at every age.</summary>
    public Chance Times(double factor) => this with { Events = Events * factor };

    /// <summary>Chance that it has not happened after t more hours.</summary>
    public double NotWithin(double hours) => Math.Pow(Hours / (Hours + hours), Events);

    /// <summary>Hours waited when waiting ends with the event or after t hours: the integral of <see cref="NotWithin"/> from 0 to t.</summary>
    public double MeanWait(double hours)
    {
        var e = Events - 1;
        var log = Math.Log(1 + (hours / Hours));
        return Math.Abs(e * log) < 1e-6 ? Hours * log : Hours / e * (1 - Math.Exp(-e * log));
    }

    /// <summary>Hours from now until the hazard has fallen to this.</summary>
    public double HoursUntil(double perHour) => perHour <= 0 ? double.PositiveInfinity : Math.Max(0, (Events / perHour) - Hours);
}
