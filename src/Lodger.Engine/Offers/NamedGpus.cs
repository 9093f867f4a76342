using System.Globalization;
using System.Text.RegularExpressions;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Offers;

/// <summary>Why a market has none of the GPUs that a job names: it knows no such name, not so many in one machine, or they are all rented.</summary>
public static partial class NamedGpus
{
    /// <inheritdoc cref="WhyNoneAsync(IMarket, IReadOnlyList{string}, int?, int, CancellationToken)"/>
    /// <param name="query">In the platform's grammar, as the user wrote it; null is returned where it names no GPU by <c>gpu_name=</c>.</param>
    public static async Task<Problem?> WhyNoneAsync(IMarket market, string query, int diskGb, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(market);
        ArgumentNullException.ThrowIfNull(query);
        var name = NameAsked().Match(query);
        return name.Success
            ? await WhyNoneAsync(market, [name.Groups["name"].Value.Replace('_', ' ')], CountAsked().Match(query) is { Success: true } count ? int.Parse(count.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) : null, diskGb, cancellationToken)
            : null;
    }

    /// <param name="market">Is asked again, without the other conditions.</param>
    /// <param name="names">Of GPUs, one of which is wanted; none: any will do.</param>
    /// <param name="count">How many in one machine; null: any number.</param>
    /// <param name="diskGb">To price with.</param>
    /// <param name="cancellationToken">Ends the questions.</param>
    /// <returns>Null: they are there and free, so it is for something else; or the market did not say.</returns>
    public static async Task<Problem?> WhyNoneAsync(IMarket market, IReadOnlyList<string> names, int? count, int diskGb, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(market);
        ArgumentNullException.ThrowIfNull(names);
        if (OfferSearch.NameCondition(names) is not { } named)
            return null;
        var wanted = string.Join(" or ", names);
        var machines = count is null ? wanted : $"{count}x {wanted}";
        var counted = count is null ? named : $"{named} num_gpus={count}";
        if (!(await AskAsync(counted)).TryGet(out var listed, out _))
            return null;
        if (listed.Count > 0)
        {
            return (await AskAsync($"{counted} rentable=true")).TryGet(out var free, out _) && free.Count == 0
                ? None("gpu-rented", $"All machines with {machines} on {market.Name} are rented now.", "Try again later, or let it be another GPU, too: several names, divided by commas. What is free:  lodger offers")
                : null;
        }

        if (count is not null)
        {
            if (!(await AskAsync(named)).TryGet(out var otherCounts, out _))
                return null;
            if (otherCounts.Count > 0)
            {
                var counts = string.Join(", ", otherCounts.Select(o => o.GpuCount).Distinct().Order());
                return None("gpu-count", $"No machine on {market.Name} has {machines}; there are such with {counts}.", "Ask for another count.");
            }
        }

        // Offers are many and the answer is bounded, so this need not be every name that there is.
        if (!(await AskAsync("")).TryGet(out var all, out _))
            return null;
        var meant = Meant(names, [.. all.Select(o => o.GpuName).Distinct(StringComparer.Ordinal)]);
        return None("gpu-unknown", $"{market.Name} has no GPU called {wanted}.{(meant.Count == 0 ? "" : $" Did you mean {string.Join(" or ", meant)}?")}", "What there is, by its name:  lodger offers --any-offer");

        Task<Outcome<IReadOnlyList<Offer>>> AskAsync(string query) => market.SearchAsync(query, diskGb, withDefaults: false, cancellationToken);
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

    [GeneratedRegex("""\bgpu_name\s*==?\s*("(?<name>[^"]+)"|(?<name>[\w.-]+))""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex NameAsked();

    [GeneratedRegex("""\bnum_gpus\s*==?\s*"?(?<count>[0-9]{1,4})($|[^\w.])""", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 20_000)]
    private static partial Regex CountAsked();
}
