using System.Buffers.Binary;
using System.Text;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Tensorflow;

/// <summary>
/// A TensorFlow checkpoint's index (tensorflow/core/util/tensor_bundle): a sorted table of tensors, each block with its CRC, and for each tensor its type, shape and where
/// in the data files it lies. The data files, and each tensor's CRC, are checked once all files were read.
/// </summary>
internal sealed class TensorflowIndexFormat : IFormat
{
    private const ulong Magic = 0xDB4775248B80FB57;
    private const int FooterBytes = 48;
    private const int MaxPackedStart = 6; // the unpacked length, a literal's tag and length
    private const int MaxShards = 100_000;
    private const int MaxEntries = 1_000_000;

    // what the names and shapes of all tensors take: keys share their starts in the file, and not here
    private const long MaxKeptBytes = 64 * 1024 * 1024;

    public string Name => "TF index";

    /// <summary>
    /// Its mark is at its end; at its start is the header entry: an empty key, a short value that begins with the number of data files. In a packed block some bytes come
    /// before it.
    /// </summary>
    public bool RecognisesContent(ReadOnlySpan<byte> head)
    {
        for (var at = 0; at <= MaxPackedStart && head.Length >= at + 8; at++)
        {
            if (IsHeaderEntry(head[at..]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsHeaderEntry(ReadOnlySpan<byte> entry) =>
        entry[0] == 0 && entry[1] == 0 && entry[2] is >= 2 and < 32 && entry[3] == 8 && entry.Length > 3 + entry[2] && entry[3..(3 + entry[2])].IndexOf("\x1A\x02\x08"u8) >= 0;

    // .index is what many programs call their files
    public bool RecognisesName(string fileName) => false;

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var walk = new Walk(file, report, cancellation);
            walk.Table();
            (report.Tensors, report.Parameters) = (report.Tensors.GetValueOrDefault(), report.Parameters.GetValueOrDefault());
            report.Checked = $"every block's CRC, {report.Tensors} tensors in {walk.Shards} data files";
        }
        catch (InvalidDataException e)
        {
            report.Damaged("tf-index-invalid", PrintableText.Of(e.Message, 300));
        }
    }

    private sealed class Walk(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        private readonly string _prefix = Path.GetFileNameWithoutExtension(file.Path);
        private readonly byte[] _lastKey = new byte[TableBlock.MaxKeyBytes];
        private int _lastKeyBytes;
        private bool _sawHeader;
        private long _entries;
        private long _keptBytes;

        internal long Shards { get; private set; }

        internal void Table()
        {
            var footer = new byte[FooterBytes];
            var end = file.Length - FooterBytes;
            if (end < 0 || file.Read(end, footer) < FooterBytes || BinaryPrimitives.ReadUInt64LittleEndian(footer.AsSpan(^8..)) != Magic)
            {
                throw new InvalidDataException("it does not end with a table's mark: it was cut short, or is no TensorFlow index.");
            }

            ReadOnlySpan<byte> handles = footer;
            _ = TableBlock.Read(file, BlockHandle.Read(ref handles), end); // the metaindex, for its CRC
            var index = TableBlock.Read(file, BlockHandle.Read(ref handles), end);
            long filled = 0;
            TableBlock.Each(index, (_, value) =>
            {
                cancellation.ThrowIfCancellationRequested();
                var handle = BlockHandle.Read(ref value);
                filled = handle.Offset >= filled ? handle.Offset + handle.Bytes : throw new InvalidDataException($"a block at byte {handle.Offset} lies inside the one before it.");
                TableBlock.Each(TableBlock.Read(file, handle, end), Take);
            });
            if (!_sawHeader)
            {
                throw new InvalidDataException("it has no header entry: it is no TensorFlow index.");
            }
        }

        private void Take(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            Order(key);
            if (key.IsEmpty)
            {
                TakeHeader(value);
                return;
            }

            if (!_sawHeader || _entries > MaxEntries)
            {
                throw new InvalidDataException(_sawHeader ? $"it has more than {MaxEntries} tensors." : "its first entry is not its header.");
            }

            if (_keptBytes > MaxKeptBytes)
            {
                return; // which was said
            }

            // a part of a tensor that is stored in slices has a key of another make, which begins with a zero
            var isSlice = key[0] == 0;
            var name = isSlice ? "(a slice)" : Encoding.UTF8.GetString(key);
            try
            {
                TakeTensor(name, BundleEntry.Read(value), isSlice);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"tensor \"{PrintableText.Of(name, 100)}\": {e.Message}", e);
            }
        }

        private void Order(ReadOnlySpan<byte> key)
        {
            if (_entries++ > 0 && key.SequenceCompareTo(_lastKey.AsSpan(0, _lastKeyBytes)) <= 0)
            {
                throw new InvalidDataException($"\"{PrintableText.Of(Encoding.UTF8.GetString(key), 100)}\" does not come after the name before it: readers look names up in order.");
            }

            key.CopyTo(_lastKey);
            _lastKeyBytes = key.Length;
        }

        private void TakeHeader(ReadOnlySpan<byte> value)
        {
            _sawHeader = true;
            (Shards, var isLittleEndian) = BundleEntry.ReadHeader(value);
            if (!isLittleEndian)
            {
                report.CannotJudge("tf-big-endian", "its data is big endian, which is not read here.");
            }

            if (Shards is < 1 or > MaxShards)
            {
                throw new InvalidDataException($"it claims {Shards} data files.");
            }

            for (var shard = 0; shard < Shards; shard++)
            {
                _ = report.Needs(DataFile(shard));
            }
        }

        private string DataFile(long shard) => $"{_prefix}.data-{shard:D5}-of-{Shards:D5}";

        private void TakeTensor(string name, BundleEntry entry, bool isSlice)
        {
            _keptBytes += (sizeof(char) * name.Length) + (sizeof(long) * (entry.Shape?.Count ?? 0));
            if (_keptBytes > MaxKeptBytes)
            {
                report.CannotJudge("tf-too-many", $"the names and shapes of its tensors take more than {MaxKeptBytes >> 20} MiB; those from \"{PrintableText.Of(name, 100)}\" on were not looked at.");
                return;
            }

            if (TensorflowType.Of(entry.Type) is not { } type)
            {
                report.CannotJudge("tf-type", $"tensor \"{PrintableText.Of(name, 100)}\" has the type number {entry.Type}, which this version does not know.");
                return;
            }

            var elements = entry.Shape is { } shape ? Binary.Shape.Elements(shape) ?? throw new InvalidDataException("its shape cannot exist.") : 0;
            if (!entry.IsSliced)
            {
                if (type.Bytes > 0 && (Int128)elements * type.Bytes != entry.Bytes)
                {
                    throw new InvalidDataException($"its shape and type make {(Int128)elements * type.Bytes} bytes, and it has {entry.Bytes}.");
                }

                if (entry.Shard >= Shards)
                {
                    throw new InvalidDataException($"it lies in data file {entry.Shard}, and there are {Shards}.");
                }

                report.Needs(DataFile(entry.Shard), new CompanionPart(name, entry.Offset, entry.Bytes, TensorflowType.IsVariable(entry.Type) ? null : entry.Crc32C));
            }

            if (isSlice || name == "_CHECKPOINTABLE_OBJECT_GRAPH")
            {
                return; // a part of one that is counted, or the saved object's structure
            }

            TensorListing.Count(report, type.Bytes > 0 ? elements : 0);
            report.List(new TensorEntry(name, type.Name, entry.Shape ?? [], entry.Bytes) { Record = DataFile(entry.Shard), Offset = entry.Offset });
        }
    }
}
