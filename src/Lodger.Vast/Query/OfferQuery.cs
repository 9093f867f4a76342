using System.Collections.Immutable;
using System.Text.Json;
using Lodger.Domain.Problems;

namespace Lodger.Vast.Query;

/// <summary>One condition as the API takes it.</summary>
/// <param name="Field">The API's name.</param>
/// <param name="Operator"><c>eq neq gt gte lt lte in notin</c>.</param>
/// <param name="Value">In the API's units.</param>
public sealed record OfferFilter(string Field, string Operator, QueryValue Value);

/// <summary>What an offer must be: for each field at most one condition an operator, all of which must hold.</summary>
public sealed class OfferQuery
{
    private readonly ImmutableArray<OfferFilter> filters;

    private OfferQuery(ImmutableArray<OfferFilter> filters) => this.filters = filters;

    /// <summary>No condition at all.</summary>
    public static OfferQuery Everything { get; } = new([]);

    /// <summary>What the official client adds to a query: <c>verified=true external=false rentable=true</c>.</summary>
    public static OfferQuery OfficialDefaults { get; } = Everything
        .With(new OfferFilter("verified", "eq", new QueryValue.Flag(true)))
        .With(new OfferFilter("external", "eq", new QueryValue.Flag(false)))
        .With(new OfferFilter("rentable", "eq", new QueryValue.Flag(true)));

    public IReadOnlyList<OfferFilter> Filters => filters;

    /// <summary>Reads the official client's query grammar, starting from what is asked already.</summary>
    /// <param name="text">For example <c>gpu_name=RTX_4090 num_gpus=1 dph&lt;0.5</c>.</param>
    /// <param name="defaults">Conditions to start from; a query adds to them, replaces them, or removes them with <c>field=any</c>.</param>
    /// <returns>The query, or a problem <c>bad-query</c> that names the column, what was expected and the nearest field.</returns>
    public static Outcome<OfferQuery> Parse(string text, OfferQuery? defaults = null) =>
        TryParse(text, defaults ?? Everything, out var query, out var error) ? query : error!.AsProblem();

    /// <inheritdoc cref="Parse"/>
    public static bool TryParse(string text, OfferQuery defaults, out OfferQuery query, out QueryError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(defaults);
        query = defaults;
        error = null;
        var conditions = OfferQueryParser.Parse(text, out error);
        if (error is not null) return false;
        foreach (var condition in conditions) query = condition.Value is null ? query.Without(condition.Field) : query.With(new OfferFilter(condition.Field, condition.Operator, condition.Value));
        return true;
    }

    public bool Mentions(string field) => filters.Any(filter => filter.Field == field);

    /// <summary>Adds a condition; one on the same field with the same operator is replaced.</summary>
    public OfferQuery With(OfferFilter filter)
    {
        var at = -1;
        for (var i = 0; i < filters.Length; i++)
        {
            if (filters[i].Field == filter.Field && filters[i].Operator == filter.Operator) at = i;
        }

        return new OfferQuery(at < 0 ? filters.Add(filter) : filters.SetItem(at, filter));
    }

    /// <summary>Drops every condition on a field.</summary>
    public OfferQuery Without(string field) => new(filters.RemoveAll(filter => filter.Field == field));

    /// <summary>As the API takes it: <c>{"num_gpus":{"eq":1}}</c>.</summary>
    public override string ToString()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            WriteFilters(writer);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    internal void WriteFilters(Utf8JsonWriter writer)
    {
        foreach (var field in filters.GroupBy(filter => filter.Field))
        {
            writer.WriteStartObject(field.Key);
            foreach (var filter in field)
            {
                writer.WritePropertyName(filter.Operator);
                filter.Value.Write(writer);
            }

            writer.WriteEndObject();
        }
    }
}
