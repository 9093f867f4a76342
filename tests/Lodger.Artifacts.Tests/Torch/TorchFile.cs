using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>Takes a real PyTorch zip apart and puts it together again, changed.</summary>
internal sealed class TorchFile
{
    private readonly List<(string Name, byte[] Content)> _records = [];

    private TorchFile()
    {
    }

    internal static TorchFile Of(string fixture)
    {
        var file = new TorchFile();
        using var zip = ZipFile.OpenRead(TorchTable.Fixture(fixture));
        foreach (var entry in zip.Entries)
        {
            using var content = new MemoryStream();
            using var opened = entry.Open();
            opened.CopyTo(content);
            file._records.Add(("archive/" + entry.FullName[(entry.FullName.IndexOf('/') + 1)..], content.ToArray()));
        }

        return file;
    }

    /// <summary>An archive whose object is this pickle, with one storage of 48 bytes.</summary>
    internal static TorchFile OfPickle(byte[] pickle)
    {
        var file = new TorchFile();
        file._records.Add(("archive/data.pkl", pickle));
        file._records.Add(("archive/data/0", new byte[48]));
        file._records.Add(("archive/version", "3\n"u8.ToArray()));
        return file;
    }

    internal TorchFile With(string record, byte[] content)
    {
        Without(record);
        _records.Add(("archive/" + record, content));
        return this;
    }

    /// <summary>With a record whose full name is this.</summary>
    internal TorchFile Beside(string name, byte[] content)
    {
        _records.Add((name, content));
        return this;
    }

    internal TorchFile Twice(string record)
    {
        _records.Add(_records.Find(entry => entry.Name == "archive/" + record));
        return this;
    }

    internal TorchFile Without(string record)
    {
        _records.RemoveAll(entry => entry.Name == "archive/" + record);
        return this;
    }

    internal TorchFile Renamed(string record, string name)
    {
        var at = _records.FindIndex(entry => entry.Name == "archive/" + record);
        _records[at] = (name, _records[at].Content);
        return this;
    }

    internal TorchFile Changed(string record, Func<byte[], byte[]> change)
    {
        var at = _records.FindIndex(entry => entry.Name == "archive/" + record);
        _records[at] = (_records[at].Name, change(_records[at].Content));
        return this;
    }

    internal byte[] Bytes(CompressionLevel level = CompressionLevel.NoCompression)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in _records)
            {
                using var member = zip.CreateEntry(name, level).Open();
                member.Write(content);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>The same, with the directory's last entry before its others; the records lie where they lay.</summary>
    internal byte[] BytesWithLastEntryFirst()
    {
        var bytes = Bytes();
        var (last, end) = (bytes.AsSpan().LastIndexOf("PK\x01\x02"u8), bytes.AsSpan().LastIndexOf("PK\x05\x06"u8));
        var first = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(end + 16));
        return [.. bytes[..first], .. bytes[last..end], .. bytes[first..last], .. bytes[end..]];
    }
}

/// <summary>Writes pickles by hand, the wrong ones above all. Text is Latin-1: one character a byte.</summary>
internal static class Pickles
{
    internal static byte[] Of(string opcodes) => Encoding.Latin1.GetBytes(opcodes);

    internal static string Text(string text) => "X" + Little(text.Length, 4) + text;

    internal static string ShortText(string text) => "\u008c" + (char)text.Length + text;

    /// <summary>A beginning that makes and drops more values than are kept; what follows it is stepped over.</summary>
    internal static string PastTheBudget => "\u0080\u0004" + string.Concat(Enumerable.Repeat("}0", 600_000));

    internal static string Number(long value) => "\u008a\u0008" + Little(value, 8);

    internal static string Tuple(params IEnumerable<string> items) => "(" + string.Concat(items) + "t";

    internal static string Sizes(params IEnumerable<long> sizes) => Tuple(sizes.Select(Number));

    /// <summary>A dict with one tensor "w" in storage 0, described as told.</summary>
    internal static byte[] Tensor(long offset, string shape, string strides, string storage = "torch\nFloatStorage\n", long units = 12, string key = "0") => Of(
        "\u0080\u0002}" + Text("w") + TensorOf(offset, shape, strides, storage, units, key) + "s.");

    internal static string TensorOf(long offset, string shape, string strides, string storage = "torch\nFloatStorage\n", long units = 12, string key = "0") =>
        "ctorch._utils\n_rebuild_tensor_v2\n(" + Tuple(Text("storage"), "c" + storage, Text(key), Text("cpu"), Number(units)) + "Q" + Number(offset) + shape + strides + "\u0089ccollections\nOrderedDict\n)RtR";

    /// <summary>A pickle that touches a file when Python loads it: the canary.</summary>
    internal static byte[] Canary(string path) => Of("\u0080\u0002cposix\nsystem\n" + Tuple(Text($"touch '{path}'")) + "R.");

    internal static string Little(long value, int bytes) => Encoding.Latin1.GetString(BitConverter.GetBytes(value).AsSpan(0, bytes));
}
