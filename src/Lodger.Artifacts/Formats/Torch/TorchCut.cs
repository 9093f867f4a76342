using System.Buffers.Binary;
using System.Text;
using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>
/// Where a PyTorch zip was cut: its directory, at the end, is gone, but its pickle is the first record and says how long the storages are that follow, one after
/// another. So the tensor that the cut went through can be named.
/// </summary>
internal static class TorchCut
{
    private const int LocalHeaderBytes = 30;
    private const int MaxNameBytes = 512;

    // between two records lie a data descriptor (up to 24 bytes) and, after those of unknown length, their few bytes
    private const int SearchBytes = 4096;

    /// <summary>One sentence; null when the file is none that torch.save began to write.</summary>
    internal static string? Describe(FilePart file, CancellationToken cancellation)
    {
        if (RecordAt(file, 0) is not { Name: var first, Content: var content } || !first.EndsWith("/data.pkl", StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            var reader = new PickleReader(new FileSlice(file, content, file.Length - content), cancellation);
            var contents = TorchContents.Of(PickleMachine.Run(reader).Value);
            return Follow(file, first[..^"data.pkl".Length], content + reader.Position, contents);
        }
        catch (PickleException e) when (e.Id == "pickle-cut")
        {
            return "it was cut short inside record data.pkl, before the first tensor.";
        }
        catch (PickleException)
        {
            return null;
        }
    }

    private static string? Follow(FilePart file, string prefix, long at, TorchContents contents)
    {
        var storages = contents.Tensors.GroupBy(named => named.Tensor.Storage.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, StringComparer.Ordinal);
        var total = storages.Count;
        for (var before = 0; Next(file, at) is { } record;)
        {
            at = record.Content;
            var name = record.Name.StartsWith(prefix, StringComparison.Ordinal) ? record.Name[prefix.Length..] : record.Name;
            if (!name.StartsWith("data/", StringComparison.Ordinal) || !storages.Remove(name["data/".Length..], out var views))
            {
                continue;
            }

            var bytes = views.First().Tensor.Storage.Bytes;
            if (bytes > file.Length - at)
            {
                return $"it was cut short inside record {PrintableText.Of(name, 60)} ({PrintableText.Of(views.First().Name, 200)}): {bytes} bytes promised, {file.Length - at} there; {before} of {total} storages lie before it.";
            }

            at += (long)bytes;
            before++;
        }

        // all storages are there, or something else than a cut hides the next: the directory's own fault says more
        return storages.Count == 0 || at + SearchBytes < file.Length
            ? null
            : $"it was cut short after {total - storages.Count} of {total} storages: {PrintableText.Of(storages.Values.First().First().Name, 200)} is not there.";
    }

    private static (string Name, long Content)? Next(FilePart file, long from)
    {
        var window = new byte[SearchBytes];
        var found = window.AsSpan(0, file.Read(from, window)).IndexOf("PK\x03\x04"u8);
        return found < 0 ? null : RecordAt(file, from + found);
    }

    private static (string Name, long Content)? RecordAt(FilePart file, long at)
    {
        Span<byte> header = stackalloc byte[LocalHeaderBytes + MaxNameBytes];
        header = header[..file.Read(at, header)];
        if (header.Length < LocalHeaderBytes || !header.StartsWith("PK\x03\x04"u8) || BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) != 0)
        {
            return null;
        }

        var (nameBytes, extraBytes) = (BinaryPrimitives.ReadUInt16LittleEndian(header[26..]), BinaryPrimitives.ReadUInt16LittleEndian(header[28..]));
        return nameBytes > header.Length - LocalHeaderBytes
            ? null
            : (Encoding.Latin1.GetString(header.Slice(LocalHeaderBytes, nameBytes)), at + LocalHeaderBytes + nameBytes + extraBytes);
    }
}
