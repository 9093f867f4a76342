namespace Lodger.Artifacts.Formats.Torch;

/// <summary>Where the bytes of storages lie.</summary>
/// <param name="StoredAt">The bytes of a storage by its key; null when it is not there, or packed so that it cannot be read from the middle.</param>
/// <param name="RecordOf">The name of what holds a storage; null when the file itself does.</param>
internal sealed record TorchSource(Func<string, FilePart?> StoredAt, Func<string, string?> RecordOf)
{
    /// <summary>Fills the buffer with a tensor's first bytes; false when they are not there.</summary>
    internal bool ReadFirst(TorchTensor tensor, Span<byte> buffer) =>
        StoredAt(tensor.Storage.Key) is { } part && part.Read(tensor.Offset * tensor.Type.Bytes, buffer) == buffer.Length;
}
