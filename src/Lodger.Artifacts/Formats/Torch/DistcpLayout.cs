using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>A piece of a tensor, or some bytes, and where they lie in a shard.</summary>
/// <param name="Name">The tensor's full name.</param>
/// <param name="At">Where the piece begins in the tensor; null for bytes that are no tensor.</param>
internal sealed record DistcpPiece(string Name, long[]? At, string Shard, long Offset, long Bytes);

/// <summary>A tensor of a distributed checkpoint, and the pieces it is cut into.</summary>
internal sealed record DistcpTensor(string Name, TorchType? Type, long[] Shape, IReadOnlyList<(long[] At, long[] Shape)> Chunks)
{
    internal Int128 Elements => DistcpLayout.Product(Shape);
}

/// <summary>What the file .metadata of a directory written by torch.distributed.checkpoint says (torch/distributed/checkpoint/metadata.py, filesystem.py).</summary>
internal sealed class DistcpLayout
{
    /// <summary>The name of the file in each such directory; it is written last.</summary>
    internal const string FileName = ".metadata";

    private const string Metadata = "torch.distributed.checkpoint.metadata.";

    internal List<DistcpTensor> Tensors { get; } = [];

    /// <summary>Names of what is stored as bytes: counters, schedulers and the like.</summary>
    internal List<string> Bytes { get; } = [];

    internal List<DistcpPiece> Pieces { get; } = [];

    /// <summary>The dataclasses that the pickle is made of: they hold fields and nothing else.</summary>
    internal static bool Allows(string fullName) => fullName is
        Metadata + "Metadata" or Metadata + "MetadataIndex" or Metadata + "TensorStorageMetadata" or Metadata + "BytesStorageMetadata" or Metadata + "ChunkStorageMetadata"
        or Metadata + "TensorProperties" or Metadata + "_MEM_FORMAT_ENCODING" or Metadata + "StorageMeta" or "torch.distributed.checkpoint.filesystem._StorageInfo"
        or "torch.distributed.checkpoint.filesystem._StoragePrefix" or "torch.distributed._shard.sharded_tensor.metadata.TensorProperties"
        or "torch.distributed._shard.sharded_tensor.metadata.MEM_FORMAT_ENCODING";

    /// <exception cref="PickleException">The value is not what torch.distributed.checkpoint writes.</exception>
    internal static DistcpLayout Of(object? value)
    {
        var layout = new DistcpLayout();
        if (Field(value, "state_dict_metadata") is not PickleDict described || Field(value, "storage_data") is not PickleDict stored)
        {
            throw Unexpected("it has no state_dict_metadata and storage_data");
        }

        foreach (var (key, entry) in described.Entries)
        {
            layout.TakeDescribed((key as PickleText)?.Value ?? throw Unexpected("a tensor's name is not a short text"), entry);
        }

        foreach (var (key, entry) in stored.Entries)
        {
            layout.TakeStored(key, entry);
        }

        return layout;
    }

    internal static Int128 Product(long[] sizes)
    {
        Int128 product = 1;
        foreach (var size in sizes)
        {
            product *= size;
            if (product > long.MaxValue)
            {
                throw Unexpected("a shape has more elements than any tensor");
            }
        }

        return product;
    }

    private void TakeDescribed(string name, object? entry)
    {
        if ((entry as PickleCall)?.Name == Metadata + "BytesStorageMetadata")
        {
            Bytes.Add(name);
            return;
        }

        var chunks = (Field(entry, "chunks") as PickleList)?.Items ?? throw Unexpected($"{PrintableText.Of(name, 200)} has no list of chunks");
        Tensors.Add(new DistcpTensor(
            name, TypeOf(Field(entry, "properties")), Sizes(Field(entry, "size"), name), [.. chunks.Select(chunk => (Sizes(Field(chunk, "offsets"), name), Sizes(Field(chunk, "sizes"), name)))]));
    }

    private void TakeStored(object? key, object? entry)
    {
        if (Field(key, "fqn") is not PickleText { Value: { } name } || Field(entry, "relative_path") is not PickleText { Value: { } shard }
            || Field(entry, "offset") is not long offset || Field(entry, "length") is not long bytes)
        {
            throw Unexpected("a stored piece has no name, shard, offset or length");
        }

        Pieces.Add(new DistcpPiece(name, Field(key, "offset") is { } at ? Sizes(at, name) : null, shard, offset, bytes));
    }

    // the properties are pickled as their fields, or as a tuple that begins with the type
    private static TorchType? TypeOf(object? properties) =>
        (Field(properties, "dtype") ?? ((properties as PickleCall)?.State as PickleTuple)?.Items.FirstOrDefault()) is PickleGlobal dtype ? TorchTypes.OfDtype(dtype.FullName) : null;

    private static long[] Sizes(object? value, string name) => value is PickleTuple tuple && tuple.Items.All(item => item is long and >= 0)
        ? [.. tuple.Items.Select(item => (long)item!)]
        : throw Unexpected($"{PrintableText.Of(name, 200)} has a shape or an offset that is none");

    private static object? Field(object? value, string name) => ((value as PickleCall)?.State as PickleDict)?[name];

    private static PickleException Unexpected(string what) => new("distcp-metadata", $"it is not what torch.distributed.checkpoint writes: {what}.");
}
