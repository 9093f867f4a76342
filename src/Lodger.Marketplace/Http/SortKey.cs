using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Http;

/// <summary>A column's value as lists sort it: numbers by size, also when written as strings, everything else as text, unknown ones last.</summary>
internal readonly record struct SortKey(decimal? Number, string? Text) : IComparable<SortKey>
{
    public static SortKey Of(JsonNode? value) => value is null ? default : new SortKey(Filters.Number(value), value.ToString());

    public int CompareTo(SortKey other)
    {
        if (Text is null || other.Text is null) return (Text is null ? 1 : 0) - (other.Text is null ? 1 : 0);
        return Number is { } x && other.Number is { } y ? x.CompareTo(y) : string.CompareOrdinal(Text, other.Text);
    }
}
