using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Engine.Sweep;

/// <summary>What a look at an account shows otherwise than the one before it. With thousands of jobs nearly all see what they saw before, and need not think again.</summary>
internal sealed class SweepNews
{
    private readonly HashSet<string> ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> labels = new(StringComparer.Ordinal);
    private bool concernsAll;

    /// <param name="before">As last known; null: never.</param>
    /// <param name="wasKnown">Whether the look before was one that could be read: who waits for one waits no longer.</param>
    public static SweepNews Of(RentalList? before, bool wasKnown, AccountSight now)
    {
        var news = new SweepNews { concernsAll = !wasKnown && now.Listing.Rentals is not null };
        // Nothing is concluded from a look that failed.
        if (now.Listing.Rentals is not { } shown)
            return news;
        news.ids.UnionWith(now.Gone);
        foreach (var rental in shown.Where(r => before?.WithId(r.Id) is not { } old || !IsAlike(old, r)))
            news.Add(rental);
        foreach (var rental in before?.Where(r => shown.WithId(r.Id) is null) ?? [])
            news.Add(rental);
        return news;
    }

    /// <summary>Whether a rental of the job's, or one with a label of its, is among it.</summary>
    public bool Concern(JobState job) => concernsAll || job.Attempts.Any(a => labels.Contains(a.Label) || (a.RentalId is { } id && ids.Contains(id)) || a.Strays.Any(s => ids.Contains(s.RentalId)));

    private void Add(Rental rental)
    {
        ids.Add(rental.Id);
        if (rental.Label is { } label)
            labels.Add(label);
    }

    private static bool IsAlike(Rental a, Rental b) =>
        a with { Ports = b.Ports } == b && a.Ports.Count == b.Ports.Count && a.Ports.All(p => b.Ports.TryGetValue(p.Key, out var at) && at == p.Value);
}
