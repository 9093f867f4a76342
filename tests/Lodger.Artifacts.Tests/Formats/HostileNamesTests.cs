using System.Buffers.Binary;
using System.Text;
using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>Small files whose structures unfold to gigabytes of names and lists: each is judged in little memory, and what is wrong is said.</summary>
public sealed class HostileNamesTests
{
    private const long ModestBytes = 120_000_000;

    private static readonly Dictionary<string, Case> _cases = Cases().ToDictionary(c => c.Name);

    public static TheoryData<string> Names => new(_cases.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_judged_in_little_memory(string name)
    {
        var hostile = _cases[name];
        using var directory = new TemporaryDirectory();
        directory.With(hostile.File, hostile.Make());

        var before = GC.GetAllocatedBytesForCurrentThread();
        var report = Verifying.File(directory[hostile.File]);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        report.Verdict.ShouldBe(hostile.Verdict, string.Join('\n', report.Findings));
        report.Findings.ShouldContain(finding => finding.What.Contains(hostile.Says), string.Join('\n', report.Findings));
        allocated.ShouldBeLessThan(ModestBytes);
    }

    [Fact]
    public void An_object_that_many_links_lead_to_is_met_once()
    {
        var file = Hdf5([Symbols(1, nameAt: 8, _ => Hdf5SecondGroup), Symbols(65_000, nameAt: 1, _ => Hdf5SecondGroup)], new string('n', 4000));
        using var directory = new TemporaryDirectory();
        directory.With("m.h5", file);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var report = Verifying.File(directory["m.h5"]);

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        report.Checked.ShouldContain("2 groups, 0 datasets");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(8_000_000);
    }

    private static IEnumerable<Case> Cases()
    {
        // every symbol leads to an object of its own
        static ulong Apart(int i) => 1_000_000UL + (ulong)i;
        yield return new("hdf5: sixty thousand links of one long name", "m.h5", () => Hdf5([Symbols(65_000, nameAt: 8, Apart)], new string('n', 4000)), "in circles, or many to one");
        yield return new("hdf5: sixty thousand links in a group of a long name", "m.h5", () => Hdf5([Symbols(1, nameAt: 8, _ => Hdf5SecondGroup), Symbols(65_000, nameAt: 1, Apart)], new string('n', 4000)), "the paths of its objects take more than 64 MiB", Verdict.HashOnly);
        yield return new("hdf5: a million messages in one header", "m.h5", () => Hdf5Messages(1_000_000), "more than 1000 parts or 100000 messages");

        yield return new("tf: a hundred thousand names that share their start", "m.index", () => Table(Entries(100_000, from: 0)), "the names and shapes of its tensors take more than 64 MiB", Verdict.HashOnly);
        yield return new("tf: names out of order", "m.index", () => Table([.. Entries(10, from: 500), .. Entries(1, from: 300)]), "does not come after the name before it");
        yield return new("tf: one name twice", "m.index", () => Table([.. Entries(1, from: 5), .. Entries(1, from: 5)]), "does not come after the name before it");

        yield return new("parquet: eight million columns of a byte", "t.parquet", () => Parquet([0x19, .. ThriftList(12, 8_000_000), .. new byte[8_000_000], 0x26, 0, 0]), "more than 200000 column chunks", Verdict.HashOnly);
        yield return new("parquet: columns in two lists", "t.parquet", () => Parquet([.. ManyColumns(), 0x09, 2, .. ManyColumns()[1..], 0x26, 0, 0]), "more than 200000 column chunks", Verdict.HashOnly);
        yield return new("parquet: two million row groups", "t.parquet", () => Parquet(2_000_000, [0x36, 0, 0]), "more than 200000 row groups", Verdict.HashOnly);
        yield return new("parquet: a column's name of eight million parts", "t.parquet", () => Parquet([0x19, 0x1C, 0x3C, 0x39, .. ThriftList(8, 8_000_000), .. new byte[8_000_000], 0, 0, 0x26, 0, 0]), "a column's name claims 8000000 parts");
        yield return new("parquet: a column's name of forty megabytes", "t.parquet", () => Parquet([0x19, 0x1C, 0x3C, 0x39, 0x18, .. Damage.Varint(40_000_000), .. new byte[40_000_000], 0, 0, 0x26, 0, 0]), "the names of its columns take more than 16 MiB");
    }

    private const ulong Hdf5SecondGroup = 96 + 1000;

    /// <summary>A file of the oldest kind: its groups, each with a tree of one node of symbols, share one heap of names: at 1 a short one, at 8 a long one.</summary>
    private static byte[] Hdf5(byte[][] groups, string longName)
    {
        var file = new MemoryStream();
        file.Write(new byte[96 + (1000 * groups.Length)]);
        var heap = file.Position;
        file.Write([.. "HEAP"u8, 0, 0, 0, 0, .. U64((ulong)longName.Length + 9), .. U64(0), .. U64((ulong)heap + 32)]);
        file.Write([0, (byte)'x', 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(longName), 0]);
        for (var i = 0; i < groups.Length; i++)
        {
            var (node, header) = (file.Position, 96 + (1000 * i));
            file.Write(groups[i]);
            file.Position = header;
            file.Write([.. Header(24), 0x11, 0, 16, 0, 0, 0, 0, 0, .. U64((ulong)header + 100), .. U64((ulong)heap)]);
            file.Position = header + 100;
            file.Write([.. "TREE"u8, 0, 0, 1, 0, .. U64(ulong.MaxValue), .. U64(ulong.MaxValue), .. U64(0), .. U64((ulong)node)]);
            file.Position = file.Length;
        }

        return WithSuperblock(file);
    }

    private static byte[] Symbols(int count, int nameAt, Func<int, ulong> leadsTo) =>
        [.. "SNOD"u8, 1, 0, (byte)count, (byte)(count >> 8), .. Enumerable.Range(0, count).SelectMany(i => (byte[])[.. U64((ulong)nameAt), .. U64(leadsTo(i)), .. new byte[24]])];

    private static byte[] Hdf5Messages(int count)
    {
        var file = new MemoryStream();
        file.Write([.. new byte[96], .. Header(8 * count), .. new byte[8 * count]]);
        return WithSuperblock(file);
    }

    private static byte[] Header(int bytes) => [1, 0, 0, 0, 1, 0, 0, 0, .. U64((ulong)bytes)];

    private static byte[] WithSuperblock(MemoryStream file)
    {
        file.Position = 0;
        file.Write([0x89, .. "HDF\r\n"u8, 0x1A, 0x0A, 0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0, .. U64(0), .. U64(ulong.MaxValue), .. U64((ulong)file.Length), .. U64(ulong.MaxValue), .. U64(0), .. U64(96)]);
        return file.ToArray();
    }

    /// <summary>An index of one block, whose header entry comes before these.</summary>
    private static byte[] Table(byte[] entries)
    {
        var block = Block([0, 0, 6, 8, 1, 0x1A, 2, 8, 1, .. entries, 0, 0, 0, 0, 1, 0, 0, 0]);
        var meta = Block([0, 0, 0, 0, 1, 0, 0, 0]);
        byte[] data = [0, .. Damage.Varint((ulong)(block.Length - 5))];
        var index = Block([0, 1, (byte)data.Length, (byte)'z', .. data, 0, 0, 0, 0, 1, 0, 0, 0]);
        byte[] handles = [.. Damage.Varint((ulong)block.Length), .. Damage.Varint((ulong)(meta.Length - 5)), .. Damage.Varint((ulong)(block.Length + meta.Length)), .. Damage.Varint((ulong)(index.Length - 5))];
        return [.. block, .. meta, .. index, .. handles, .. new byte[40 - handles.Length], .. U64(0xDB4775248B80FB57)];
    }

    private static byte[] Block(byte[] content)
    {
        byte[] typed = [.. content, 0];
        var masked = uint.RotateRight(Crc32C.Append(0, typed), 15) + 0xA282EAD8;
        return [.. typed, .. U64(masked)[..4]];
    }

    /// <summary>Entries of one number each, whose keys of 4096 bytes end with a count.</summary>
    private static byte[] Entries(int count, int from)
    {
        var entries = new MemoryStream();
        entries.Write([0, .. Damage.Varint(4096), 4, .. Enumerable.Repeat((byte)'k', 4093), .. Count(from), 8, 1, 40, 4]);
        for (var i = 1; i < count; i++)
        {
            entries.Write([.. Damage.Varint(4093), 3, 4, .. Count(from + i), 8, 1, 40, 4]);
        }

        return entries.ToArray();
    }

    private static byte[] Count(int value) => [(byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static byte[] ManyColumns() => [0x19, .. ThriftList(12, 150_000), .. new byte[150_000]];

    private static byte[] ThriftList(int type, int count) => [(byte)(0xF0 | type), .. Damage.Varint((ulong)count)];

    private static byte[] Parquet(byte[] rowGroup) => Parquet(1, rowGroup);

    /// <summary>A footer of no schema, no rows and as many row groups.</summary>
    private static byte[] Parquet(int count, byte[] rowGroup)
    {
        var footer = new MemoryStream();
        footer.Write([0x29, 0x0C, 0x16, 0, 0x19, .. ThriftList(12, count)]);
        for (var i = 0; i < count; i++)
        {
            footer.Write(rowGroup);
        }

        footer.WriteByte(0);
        return [.. "PAR1"u8, .. footer.ToArray(), .. U64((ulong)footer.Length)[..4], .. "PAR1"u8];
    }

    private static byte[] U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private sealed record Case(string Name, string File, Func<byte[]> Make, string Says, Verdict Verdict = Verdict.Damaged);
}
