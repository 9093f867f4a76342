using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>Real files damaged on purpose, and some that mean harm: each is caught, what is wrong is named, and memory stays small whatever it claims.</summary>
public sealed class DamagedFormatsTests
{
    private const long ModestBytes = 24 * 1024 * 1024;

    private static readonly Dictionary<string, Case> _cases = Cases().ToDictionary(one => one.Name);

    public static TheoryData<string> Names => [.. _cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_caught_and_named(string name)
    {
        var one = _cases[name];
        var content = one.Make();
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory[one.File], content);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var report = Verifying.File(directory[one.File]);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(ModestBytes + (2 * content.Length));
        report.Sha256.ShouldNotBeNull();
        report.Verdict.ShouldBe(one.Verdict, string.Join('\n', report.Findings));
        report.Findings.ShouldContain(finding => finding.What.Contains(one.Says, StringComparison.Ordinal), string.Join('\n', report.Findings));
    }

    private static IEnumerable<Case> Cases() => [.. Models(), .. Containers(), .. Tables(), .. Images(), .. Archives(), .. Texts()];

    private static IEnumerable<Case> Models()
    {
        static byte[] Gguf() => FormatFixtures.Bytes("v3.gguf");
        static byte[] NestedArrays(int depth) =>
            [.. "GGUF"u8, 3, 0, 0, 0, .. new byte[8], 1, .. new byte[7], 1, .. new byte[7], (byte)'k', 9, 0, 0, 0, .. Enumerable.Repeat<byte[]>([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], depth).SelectMany(part => part)];
        yield return new("gguf: more tensors than any file has", "m.gguf", () => Damage.Number(Gguf(), 8, long.MaxValue), "more than its");
        yield return new("gguf: more metadata than any file has", "m.gguf", () => Damage.Number(Gguf(), 16, -1), "more than its");
        yield return new("gguf: a key of a terabyte", "m.gguf", () => Damage.Number(Gguf(), 24, 1L << 40), "a metadata key claims");
        yield return new("gguf: an array of 2^61 words", "m.gguf", () => Damage.Number(Gguf(), Damage.At(Gguf(), "tokens"u8) + 14, 1L << 61), "\"tokenizer.ggml.tokens\": it claims");
        yield return new("gguf: arrays in arrays in arrays", "m.gguf", () => NestedArrays(1000), "nested deeper");
        yield return new("gguf: two tensors in one place", "m.gguf", () => Damage.Number(Gguf(), Damage.At(Gguf(), [1, 0, 0, 0, 0, 0, 0, 0, (byte)'b']) + 25, 0), "lies at offset 0 of the data");
        yield return new("gguf: a shape of 2^62 by 2^62", "m.gguf", () => Damage.Number(Damage.Number(Gguf(), Damage.At(Gguf(), "q4"u8) + 6, 1L << 62), Damage.At(Gguf(), "q4"u8) + 14, 1L << 62), "tensor \"q4\" has a shape");
        yield return new("gguf: a row that is no whole blocks", "m.gguf", () => Damage.Number(Gguf(), Damage.At(Gguf(), "k4"u8) + 6, 255), "tensor \"k4\"");
        yield return new("gguf: the last tensor cut", "m.gguf", () => Gguf()[..^40], "tensor \"k6\": 210 bytes promised");
        yield return new("gguf: a type of tomorrow", "m.gguf", () => Damage.Number(Gguf(), Damage.At(Gguf(), "q8"u8) + 14, 99, 4), "type number 99", Verdict.HashOnly);

        static byte[] Onnx() => FormatFixtures.Bytes("inline.onnx");
        static byte[] Nested(int depth)
        {
            byte[] graph = [];
            for (var i = 0; i < depth; i++)
            {
                graph = Damage.ProtoField(1, Damage.ProtoField(5, Damage.ProtoField(6, graph)));
            }

            return [.. Damage.ProtoField(7, graph), .. Damage.ProtoField(8, [])];
        }

        yield return new("onnx: a size of a tensor's shape altered", "m.onnx", () => Damage.Replace(Onnx(), [0x08, 4, 0x08, 3], [0x08, 5, 0x08, 3]), "tensor \"w\": 60 bytes promised");
        yield return new("onnx: fewer typed values than its shape makes", "m.onnx", () => Damage.Replace(Onnx(), [0x08, 3, 0x10, 7], [0x08, 4, 0x10, 7]), "tensor \"typed\": its shape makes 4");
        yield return new("onnx: weights in the system's files", "m.onnx", () => Damage.Replace(FormatFixtures.Bytes("onnx_external/model.onnx"), "weights.data"u8, "../../shadow"u8), "no file under the model's directory");
        yield return new("onnx: graphs in graphs in graphs", "m.onnx", () => Nested(500), "nested deeper");
        yield return new("onnx: a field of 2^62 bytes", "m.onnx", () => [0x3A, .. Damage.Varint(1UL << 62), .. Onnx()], "claims 4611686018427387904 bytes");
        yield return new("onnx: cut in the graph", "m.onnx", () => Onnx()[..100], "it was cut short");
        yield return new("onnx: cut after the graph", "m.onnx", () => Onnx()[..^6], "without its operator set");
        yield return new("onnx: a shape below zero", "m.onnx", () => [.. Damage.ProtoField(7, Damage.ProtoField(5, [0x08, .. Damage.Varint(ulong.MaxValue), 0x10, 1, 0x42, 1, (byte)'n'])), 0x42, 0], "tensor \"n\" has a shape");
    }

    private static IEnumerable<Case> Containers()
    {
        static byte[] Keras() => FormatFixtures.Bytes("keras.h5");
        static byte[] Latest() => FormatFixtures.Bytes("latest.h5");
        static byte[] Chunked() => FormatFixtures.Bytes("chunked.h5");
        yield return new("hdf5: cut by a byte", "m.h5", () => Keras()[..^1], "ends at byte 15000, and it has 14999");
        yield return new("hdf5: a root group beyond the end", "m.h5", () => Damage.Number(Keras(), 64, 1L << 50), "points to address 1125899906842624");
        yield return new("hdf5: a heap of names of 2^60 bytes", "m.h5", () => Damage.Number(Keras(), Damage.At(Keras(), "HEAP"u8) + 8, 1L << 60), "a heap of names claims");
        yield return new("hdf5: a tree that is its own child", "m.h5", () => Damage.Number(Damage.Number(Keras(), Damage.At(Keras(), "TREE"u8) + 5, 1, 1), Damage.At(Keras(), "TREE"u8) + 32, Damage.At(Keras(), "TREE"u8)), "of another kind or level");
        yield return new("hdf5: a symbol node overwritten", "m.h5", () => Damage.Replace(Keras(), "SNOD"u8, "XXXX"u8), "there is no SNOD");
        yield return new("hdf5: a checksum of the superblock", "m.h5", () => Damage.Flip(Latest(), 20), "superblock");
        yield return new("hdf5: a checksum of an object's header", "m.h5", () => Damage.Flip(Latest(), Damage.At(Latest(), "OHDR"u8, 200) + 9), "does not fit its checksum");
        yield return new("hdf5: a chunk beyond the end", "m.h5", () => Damage.Number(Chunked(), Damage.At(Chunked(), [(byte)'T', (byte)'R', (byte)'E', (byte)'E', 1]) + 24, uint.MaxValue, 4), "bytes at address");

        static byte[] Index() => FormatFixtures.Bytes("tf/two.index");
        yield return new("tf: a bit of a tensor's entry", "two.index", () => Damage.Flip(Index(), 60), "does not fit its CRC");
        yield return new("tf: the table's mark", "two.index", () => Damage.Flip(Index(), -3), "does not end with a table's mark");
        yield return new("tf: cut by a byte", "two.index", () => Index()[..^1], "does not end with a table's mark");
        yield return new("tf: the index of blocks beyond the end", "two.index", () => Damage.Number(Index(), Index().Length - 48, 0x7FFFFFFF7FFFFFFF), "");
    }

    private static IEnumerable<Case> Tables()
    {
        static byte[] Duck() => FormatFixtures.Bytes("duckdb_plain.parquet");
        static int Footer(byte[] file) => file.Length - 8 - BitConverter.ToInt32(file, file.Length - 8);
        yield return new("parquet: a footer of four gigabytes", "t.parquet", () => Damage.Number(Duck(), Duck().Length - 8, -1, 4), "its footer claims 4294967295");
        yield return new("parquet: cut by a byte", "t.parquet", () => Duck()[..^1], "cut short, or never closed");
        yield return new("parquet: the first column's page header", "t.parquet", () => Damage.Number(Duck(), 4, -1), "column \"step\"");
        yield return new("parquet: a hole in the footer", "t.parquet", () => { var file = Duck(); file.AsSpan(Footer(file) + 10, 20).Fill(0xFF); return file; }, "");
        yield return new("parquet: rows lost from the middle", "t.parquet", () => [.. Duck()[..100], .. Duck()[140..]], "");
        yield return new("parquet: encrypted", "t.parquet", () => Damage.Replace(Duck(), "PAR1"u8, "PARE"u8), "encrypted", Verdict.HashOnly);

        yield return Text("csv: a quote that never closes", "t.csv", "a,b\n1,\"two\n3,4\n", "opens in line 2 is never closed", Verdict.LoadsWithWarning);
        yield return Text("csv: the last line cut", "t.csv", "a,b,c\n1,2,3\n4,5", "its last line, 3, has 2 of 3 columns", Verdict.LoadsWithWarning);
        yield return Text("csv: a row too long", "t.csv", "a,b\n1,2\n1,2,3\n", "line 3 has 3", Verdict.LoadsWithWarning);
        yield return Text("csv: text behind a quote", "t.csv", "a,b\n\"x\"y,2\n", "in line 2 text follows", Verdict.LoadsWithWarning);
    }

    private static IEnumerable<Case> Images()
    {
        static byte[] Png() => FormatFixtures.Bytes("rgb.png");
        static byte[] Huge() => [.. Png()[..8], .. Damage.PngChunk("IHDR", [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 8, 2, 0, 0, 0]), .. Png()[33..]];
        static byte[] Jpeg() => FormatFixtures.Bytes("baseline.jpg");
        yield return new("png: a bit of the pixels", "p.png", () => Damage.Flip(Png(), 100), "chunk IDAT at byte 33 does not fit its CRC");
        yield return new("png: four quintillion pixels", "p.png", Huge, "cannot hold 2147483647 x 2147483647 pixels");
        yield return new("png: a chunk of four gigabytes", "p.png", () => Damage.Number(Png(), 33, -1, 4), "chunk IDAT at byte 33 claims 4294967295");
        yield return new("png: without its end", "p.png", () => Png()[..^12], "without its end chunk");
        yield return new("png: fewer rows than promised", "p.png", () => [.. Png()[..8], .. Damage.PngChunk("IHDR", [0, 0, 0, 31, 0, 0, 0, 24, 8, 2, 0, 0, 0]), .. Png()[33..]], "31 x 24 pixels take");
        yield return new("jpeg: without its end mark", "p.jpg", () => Jpeg()[..^2], "without an end mark");
        yield return new("jpeg: a segment past the end", "p.jpg", () => Damage.Number(Jpeg(), 4, -1, 2), "segment FFE0 at byte 4 claims 65535");
        yield return new("jpeg: a picture under a PNG's name", "p.png", Jpeg, "the name says PNG, the content is JPEG", Verdict.LoadsWithWarning);
    }

    private static IEnumerable<Case> Archives()
    {
        static byte[] Tar() => FormatFixtures.Bytes("v7.tar");
        static byte[] Pax() => FormatFixtures.Bytes("pax.tar");
        static byte[] Sized(byte[] file, string octal) { Encoding.ASCII.GetBytes(octal).CopyTo(file, 124); return Damage.TarSum(file, 0); }
        static byte[] Beyond() { var file = Tar(); file.AsSpan(124, 12).Fill(0xFF); return Damage.TarSum(file, 0); }
        static byte[] PaxBomb() { var file = Pax(); var header = PaxHeader(file); Encoding.ASCII.GetBytes("77777777777").CopyTo(file, header + 124); return Damage.TarSum(file, header); }
        static int PaxHeader(byte[] file) => Enumerable.Range(0, file.Length / 512).First(block => file[(block * 512) + 156] == 'x') * 512;
        yield return new("tar: a bit of a header", "a.tar", () => Damage.Flip(Tar(), 3), "does not fit its checksum");
        yield return new("tar: a member longer than the archive", "a.tar", () => Sized(Tar(), "00077777777"), "member \"tree/weights.bin\": 16777215 bytes promised");
        yield return new("tar: a member of 2^95 bytes", "a.tar", Beyond, "beyond 2^63");
        yield return new("tar: an extended header of eight gigabytes", "a.tar", PaxBomb, "an extended header claims 8589934591");
        yield return new("tar: without its end blocks", "a.tar", () => Tar()[..2560], "without its end blocks");
        yield return new("tar: cut inside a member", "a.tar", () => Tar()[..1200], "member \"tree/weights.bin\": 1500 bytes promised, 688 there");
        yield return new("tar: a member above the root", "a.tar", () => Damage.TarSum(Damage.Replace(Tar(), "tree/weights.bin"u8, "../../eights.bin"u8), 0), "leads out of the directory", Verdict.LoadsWithWarning);

        static byte[] Gzip() => FormatFixtures.Bytes("members.gz");
        yield return new("gzip: a bit of the data", "a.gz", () => Damage.Flip(Gzip(), 400), "");
        yield return new("gzip: a bit of the last CRC", "a.gz", () => Damage.Flip(Gzip(), -6), "");
        yield return new("gzip: cut by a byte", "a.gz", () => Gzip()[..^1], "");
        yield return new("gzip: something else behind it", "a.gz", () => [.. Gzip(), .. "and more"u8], "no gzip follows");
        yield return new("tar in gzip: cut", "a.tar.gz", () => FormatFixtures.Bytes("pax.tar.gz")[..1500], "");

        static byte[] Zip() => FormatFixtures.Bytes("python.zip");
        yield return new("zip: a bit of a stored member", "a.zip", () => Damage.Flip(Zip(), Damage.At(Zip(), "stored.txt"u8) + 12), "member \"a/stored.txt\": its CRC");
        yield return new("zip: members that claim a hundred gigabytes", "a.zip", () => Damage.Number(Zip(), Zip().AsSpan().LastIndexOf("PK\x01\x02"u8) + 24, 4_000_000_000, 4), "cannot hold the 4000000000");
        yield return new("zip: cut by a byte", "a.zip", () => Zip()[..^1], "no end record");
    }

    private static IEnumerable<Case> Texts()
    {
        var laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 10; i++)
        {
            laughs.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        yield return Text("yaml: a billion laughs", "c.yaml", laughs.ToString(), "aliases unfold", Verdict.LoadsWithWarning);
        yield return Text("yaml: a bracket that never closes", "c.yaml", "a: [1, 2\nb: 3\n", "before [ is closed");
        yield return Text("yaml: a quote that never closes", "c.yaml", "a: 1\nb: \"two\n", "line 2: a \" that opens here");
        yield return Text("yaml: an alias of nothing", "c.yaml", "a: *b\n", "line 1: *b stands for nothing");
        yield return Text("yaml: a tab for indentation", "c.yaml", "a:\n\tb: 1\n", "line 2: a tab indents it");
        yield return Text("yaml: a Python object", "c.yaml", "a: !!python/object/apply:os.system [\"true\"]\n", "line 1 has a tag that makes Python objects", Verdict.LoadsWithWarning);
        yield return Text("yaml: two million brackets", "c.yaml", new string('[', 2_000_000), "nested deeper", Verdict.HashOnly);
        yield return new("text: a hole of zeros", "run.log", () => [.. "step 1\n"u8, .. new byte[4096], .. "step 2\n"u8], "4096 NUL bytes, the first at byte 7", Verdict.LoadsWithWarning);
        yield return new("text: not UTF-8", "run.log", () => [.. "größe "u8, 0xE4, .. " x\n"u8], "not UTF-8 from byte 8 on", Verdict.LoadsWithWarning);
        yield return new("text: cut inside a character", "run.log", () => "größ"u8.ToArray()[..^1], "in the middle of a character", Verdict.LoadsWithWarning);
    }

    private static Case Text(string name, string file, string content, string says, Verdict verdict = Verdict.Damaged) => new(name, file, () => Encoding.UTF8.GetBytes(content), says, verdict);

    private sealed record Case(string Name, string File, Func<byte[]> Make, string Says, Verdict Verdict = Verdict.Damaged);
}
