using System.Text.Json;

namespace Lodger.Vast.Query;

/// <summary>The body of a search: filters beside what to sort by, what to price and how many to send.</summary>
internal static class SearchBody
{
    public static byte[] Write(OfferQuery query, OfferOrder order, int diskGb, int limit, string? type)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            query.WriteFilters(writer);
            writer.WriteStartArray("order");
            foreach (var (field, isDescending) in order.Fields)
            {
                writer.WriteStartArray();
                writer.WriteStringValue(field);
                writer.WriteStringValue(isDescending ? "desc" : "asc");
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
            if (type is not null) writer.WriteString("type", type);
            writer.WriteNumber("limit", limit);
            writer.WriteNumber("allocated_storage", diskGb);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
