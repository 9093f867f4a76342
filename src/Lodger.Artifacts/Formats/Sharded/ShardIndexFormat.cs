using System.Text.Json;
using Lodger.Artifacts.Formats.Json;

namespace Lodger.Artifacts.Formats.Sharded;

/// <summary>
/// The index of a model in several files (<c>model.safetensors.index.json</c>, <c>pytorch_model.bin.index.json</c>): which tensor is in which shard, and the sum of
/// their bytes. That the shards are here, whole, and have those tensors is checked once all files were read.
/// </summary>
internal sealed class ShardIndexFormat : IFormat
{
    // the index of a model of a trillion parameters has 20 MB
    private const int MaxBytes = 128 * 1024 * 1024;
    private const int MaxTensors = 1_000_000;

    private readonly JsonFormat _json = new();

    public string Name => "shard index";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool RecognisesName(string fileName) => IsIndex(fileName);

    internal static bool IsIndex(string fileName) => fileName.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        _json.Verify(file, report, cancellation);
        if (report.IsDamaged || report.Unjudged)
        {
            return;
        }

        if (file.Length > MaxBytes)
        {
            report.CannotJudge("shards-too-large", $"it has {file.Length} bytes, and an index is only read up to {MaxBytes}.");
            return;
        }

        var text = new byte[file.Length];
        try
        {
            Read(text.AsSpan(0, file.Read(0, text)), report);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or InvalidDataException)
        {
            report.Damaged("shards-invalid", "it is JSON, but no index of shards: " + PrintableText.Of(e.Message, 200));
        }
    }

    private static void Read(ReadOnlySpan<byte> text, FormatReport report)
    {
        var json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = JsonScan.MaxDepth });
        json.Read();
        var tensors = -1;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            if (name == "weight_map" && json.TokenType == JsonTokenType.StartObject)
            {
                tensors = ReadMap(ref json, report);
            }
            else if (name == "metadata" && json.TokenType == JsonTokenType.StartObject)
            {
                ReadMetadata(ref json, report);
            }
            else
            {
                json.Skip();
            }
        }

        if (tensors >= 0)
        {
            report.Checked = $"{tensors} tensors in {report.Companions.Count} shards";
        }
        else
        {
            report.Note("shards-none", "it has no weight_map: it was checked as any other JSON.", "Nothing to do, if it is no index of shards.");
        }
    }

    private static int ReadMap(ref Utf8JsonReader json, FormatReport report)
    {
        var tensors = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var tensor = json.GetString()!;
            json.Read();
            var shard = json.GetString() ?? string.Empty;
            if (shard.Length == 0 || shard.Contains('/') || shard.Contains('\\') || shard is "." or "..")
            {
                throw new InvalidDataException($"tensor \"{PrintableText.Of(tensor, 100)}\" is in \"{PrintableText.Of(shard, 100)}\", which is no file beside it.");
            }

            if (++tensors > MaxTensors)
            {
                throw new InvalidDataException($"it names more than {MaxTensors} tensors.");
            }

            report.Needs(shard).Tensors.Add(tensor);
        }

        return tensors;
    }

    private static void ReadMetadata(ref Utf8JsonReader json, FormatReport report)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isTotal = json.ValueTextEquals("total_size"u8);
            json.Read();
            if (isTotal && json.TokenType == JsonTokenType.Number && json.TryGetDouble(out var total) && total is >= 0 and <= long.MaxValue)
            {
                report.CompanionsTotalBytes = (long)total; // some writers write it as a float
            }

            json.Skip();
        }
    }
}
