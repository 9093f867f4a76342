using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Receipts;

/// <summary>What a receipt says. Its canonical form, which the id is the hash of, is its compact JSON with the properties in this order.</summary>
internal sealed record ReceiptContent(
    int Version,
    ReceiptSubject Subject,
    DateTimeOffset MadeAt,
    string ToolVersion,
    string ManifestSha256,
    string RosterSha256,
    DateTimeOffset ManifestMadeAt,
    long TotalBytes,
    IReadOnlyList<ReceiptFile> Files);

/// <summary>A receipt as it lies on disk.</summary>
internal sealed record ReceiptDocument(string Id, ReceiptContent Receipt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(JsonStringEnumConverter<Verdict>), typeof(JsonStringEnumConverter<MetricDirection>)])]
[JsonSerializable(typeof(ReceiptContent))]
[JsonSerializable(typeof(ReceiptDocument))]
internal sealed partial class ReceiptJson : JsonSerializerContext
{
    /// <summary>The same names and rules, laid out for people.</summary>
    internal static ReceiptJson Indented => field ??= new ReceiptJson(new JsonSerializerOptions(Default.Options) { WriteIndented = true });
}
