using Lodger.Domain.Problems;

namespace Lodger.Vast.Query;

/// <param name="Field">The API's name.</param>
/// <param name="IsDescending">Largest first.</param>
public sealed record OrderBy(string Field, bool IsDescending);

/// <summary>Sort order of a search: <c>dlperf_usd-,dph+</c>. A field ends in <c>-</c> for largest first, in <c>+</c> or nothing for smallest first.</summary>
public sealed record OfferOrder(IReadOnlyList<OrderBy> Fields)
{
    /// <summary>The platform's own score, best first: the official client's default.</summary>
    public static OfferOrder Score { get; } = new([new OrderBy("score", true)]);

    public static OfferOrder Cheapest { get; } = new([new OrderBy("dph_total", false)]);

    public static OfferOrder CheapestStorage { get; } = new([new OrderBy("storage_cost", false)]);

    public static Outcome<OfferOrder> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var fields = new List<OrderBy>();
        var start = 0;
        foreach (var part in text.Split(','))
        {
            var written = part.Trim();
            var column = start + part.Length - part.TrimStart().Length + 1;
            start += part.Length + 1;
            if (written.Length == 0) continue;
            // A sign in front is what people write first, and the official client takes it too.
            var name = written.Trim('-', '+');
            var signs = written.Replace(name.Length > 0 ? name : " ", "", StringComparison.Ordinal);
            if (signs.Contains('-', StringComparison.Ordinal) && signs.Contains('+', StringComparison.Ordinal))
                return new QueryError(text, column, $"\"{written}\" asks for both directions.", Hint: $"For example  {name}-  (falling) or  {name}  (rising).").AsProblem();
            if (name != "score" && OfferField.Find(name) is null)
            {
                var meant = OfferField.Nearest(name);
                return new QueryError(text, column, $"\"{name}\" is no field to sort by.", meant, meant is null ? $"score, or a field. {OfferField.Listed}" : null).AsProblem();
            }

            fields.Add(new OrderBy(OfferField.Canonical(name), signs.Contains('-', StringComparison.Ordinal)));
        }

        return new OfferOrder(fields);
    }
}
