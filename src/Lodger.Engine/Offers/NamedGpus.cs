using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;

namespace Lodger.Engine.Offers;

/// <summary>Why a market has none of the GPUs that a job names: it knows no such name, not so many in one machine, or they are all rented.</summary>
public static class NamedGpus
{
    /// <returns>Null: they are there and free, so it is for something else; or the market did not say.</returns>
    public static async Task<Problem?> WhyNoneAsync(IMarket market, JobSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(market);
        ArgumentNullException.ThrowIfNull(spec);
        if (OfferSearch.NameCondition(spec.Gpu) is not { } named)
            return null;
        var wanted = string.Join(" or ", spec.Gpu.Names);
        if (!(await AskAsync($"{named} num_gpus={spec.Gpu.Count}")).TryGet(out var listed, out _))
            return null;
        if (listed.Count > 0)
        {
            return (await AskAsync($"{named} num_gpus={spec.Gpu.Count} rentable=true")).TryGet(out var free, out _) && free.Count == 0
                ? None("gpu-rented", $"All machines with {spec.Gpu.Count}x {wanted} on {market.Name} are rented now.", "Try again later, or let it be another GPU, too: several names, divided by commas. What is free:  lodger offers")
                : null;
        }

        if (!(await AskAsync(named)).TryGet(out var otherCounts, out _))
            return null;
        if (otherCounts.Count > 0)
        {
            var counts = string.Join(", ", otherCounts.Select(o => o.GpuCount).Distinct().Order());
            return None("gpu-count", $"No machine on {market.Name} has {spec.Gpu.Count}x {wanted}; there are such with {counts}.", "Ask for another count.");
        }

        // Offers are many and the answer is bounded, so this need not be every name that there is.
        if (!(await AskAsync("")).TryGet(out var all, out _))
            return null;
        var meant = Meant(spec.Gpu.Names, [.. all.Select(o => o.GpuName).Distinct(StringComparer.Ordinal)]);
        return None("gpu-unknown", $"{market.Name} has no GPU called {wanted}.{(meant.Count == 0 ? "" : $" Did you mean {string.Join(" or ", meant)}?")}", "What there is, by its name:  lodger offers --any-offer");

        Task<Outcome<IReadOnlyList<Offer>>> AskAsync(string query) => market.SearchAsync(query, spec.DiskGb, withDefaults: false, cancellationToken);
    }

    private static Problem None(string id, string message, string fix) => new(id, message, fix, ExitCode.NoOffer);

    /// <summary>Of each name the nearest one, however it is written; else all that begin with it, or have it as a word: <c>H100</c>, <c>A6000</c>.</summary>
    private static List<string> Meant(IEnumerable<string> names, string[] known) =>
    [
        .. names.SelectMany(name => NearestWord.To(Plain(name), known.Select(Plain)) is { } near
            ? known.Where(k => Plain(k) == near)
            : known.Where(k => k.Contains(name, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)).Distinct(StringComparer.Ordinal),
    ];

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}
