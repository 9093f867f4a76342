using Lodger.Domain.Market;

namespace Lodger.Domain.Policy;

/// <summary>A way on as a person reads it: the price first, then what makes it.</summary>
internal static class PolicyWords
{
    public static WayPrice Of(PreemptionFacts f, in Move m)
    {
        if (m.InPlace)
        {
            return Price(f, m.Way, m.Offer, m.Bid, m.Usd, m.FinishHours,
                $"raise ${m.Usd:0.00} with a bid of ${m.Bid:0.00##} where ${f.OldUsdPerHour:0.00##} lost: the state on its disk, {Span(Moving.Hours(f.ReworkOnReturn))} done again, computing in {Span(m.StartHours)}");
        }

        var from = m.OnVolume ? "the same machine, with its volume" : m.Rescue ? "rescued state" : f.Rework > TimeSpan.Zero ? $"newest mirror, {Span(Moving.Hours(f.Rework))} done again" : "newest mirror";
        var what = m.Bid is { } bid
            ? $"move ${m.Usd:0.00} to {m.Offer.Id} (bid ${bid:0.00##})"
            : $"on-demand ${m.Usd:0.00} on {m.Offer.Id} (${m.Offer.GpuUsdPerHour:0.00##}/h)";
        return Price(f, m.Way, m.Offer, m.Bid, m.Usd, m.FinishHours, $"{what}: {from}, computing in {Span(m.StartHours)}");
    }

    /// <param name="end">What ends the waiting, in words.</param>
    public static WayPrice Of(PreemptionFacts f, Wait w, string end) =>
        Price(f, WayOn.Wait, null, null, w.Usd, w.FinishHours, f.NothingReturns ? "nothing that is for rent fits" : $"wait ${w.Usd:0.00} expected: back with {w.Back * 100:0} %{end}");

    public static string Span(double hours) => hours switch
    {
        < 1 / 60d => $"{hours * 3600:0} s",
        < 2 => $"{hours * 60:0} min",
        < 48 => $"{hours:0.#} h",
        _ => $"{hours / 24:0.#} days",
    };

    private static WayPrice Price(PreemptionFacts f, WayOn way, Offer? offer, decimal? bid, double usd, double hours, string why) => new(
        way, offer, bid, Math.Round((decimal)Math.Clamp(usd, 0, 1e12), 4), f.Now + TimeSpan.FromHours(Math.Clamp(hours, 0, 1e6)), why);
}
