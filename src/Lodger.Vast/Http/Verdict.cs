using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Lodger.Domain.Problems;

namespace Lodger.Vast.Http;

/// <summary>What an answer says: exactly one of a body to read, a refusal, or nothing that can be known.</summary>
internal sealed record Verdict
{
    private Verdict(JsonElement? body, Refusal? refusal, Problem? unknown) => (Body, Refusal, Unknown) = (body, refusal, unknown);

    public JsonElement? Body { get; }

    public Refusal? Refusal { get; }

    public Problem? Unknown { get; }

    public static Verdict Of(Route route, Reply reply, VastProblems problems)
    {
        if (!reply.IsAnswer) return new Verdict(null, null, problems.NoAnswer(route, reply));
        var body = Parse(reply.Body);
        if (Refusal.Read(reply.Status, body) is { } refusal) return new Verdict(null, refusal, null);
        return body is null
            ? new Verdict(null, null, problems.Unreadable(route, $"{reply.Body.Length} bytes that are not JSON"))
            : new Verdict(body, null, null);
    }

    /// <summary>One part of a body as its type; null when it is not even an object.</summary>
    public static T? Read<T>(JsonElement element, JsonTypeInfo<T> type)
        where T : class
    {
        if (element.ValueKind != JsonValueKind.Object) return null;
        try
        {
            return element.Deserialize(type);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static JsonElement? Parse(byte[] body)
    {
        // The parser lets bytes that are no UTF-8 pass inside texts and throws when they are read. One odd status message must not hide a listing.
        if (!Utf8.IsValid(body)) body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body));
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64, AllowTrailingCommas = true });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
