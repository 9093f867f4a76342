using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>One damaged or malicious file: what it is called, what makes it, and words that a finding about it must contain.</summary>
public sealed record Damage(string Name, Func<byte[]> Content, string Says, Verdict Verdict = Verdict.Damaged)
{
    public override string ToString() => Name;
}

/// <summary>The corpus of damaged and malicious PyTorch files, made from the real ones.</summary>
internal static class TorchDamage
{
    private static string OneDimension(long size) => Pickles.Sizes(size);

    internal static IReadOnlyList<Damage> All { get; } =
    [
        // the zip
        new("one byte short", () => Real("zip_full.pth")[..^1], "cut short"),
        new("half of it", () => Real("zip_full.pth")[..60_000], "cut short inside record data/10 (optimizer.state.0.exp_avg): 32768 bytes promised"),
        new("cut in its pickle", () => Real("zip_full.pth")[..2000], "cut short inside record data.pkl"),
        new("a byte altered in a storage", () => Flipped("zip_full.pth", At("zip_full.pth", "data/0") + 500), "record data/0 (model_state_dict.0.weight): its CRC"),
        new("a byte altered in the pickle", () => Flipped("zip_full.pth", At("zip_full.pth", "data.pkl") + 9), "record data.pkl"),
        new("a byte altered in the version record", () => Flipped("zip_full.pth", At("zip_full.pth", "version")), "record version: its CRC"),
        new("a storage is missing", () => TorchFile.Of("zip_full.pth").Without("data/3").Bytes(), "record data/3, which holds model_state_dict.2.bias, is not there"),
        new("a storage is one element short", () => TorchFile.Of("zip_full.pth").Changed("data/1", b => b[..^4]).Bytes(), "record data/1 (model_state_dict.0.bias): 512 bytes promised, 508 there"),
        new("a storage is one byte short", () => TorchFile.Of("zip_full.pth").Changed("data/1", b => b[..^1]).Bytes(), "512 bytes promised, 511 there"),
        new("a storage is one byte long", () => TorchFile.Of("zip_full.pth").Changed("data/1", b => [.. b, 0]).Bytes(), "512 bytes promised, 513 there"),
        new("two storages of one name", () => TorchFile.Of("zip_full.pth").Twice("data/1").Bytes(), "two members are called \"archive/data/1\""),
        new("no pickle", () => TorchFile.Of("zip_full.pth").Without("data.pkl").Bytes(), "without the record archive/data.pkl"),
        new("two pickles that differ in case", () => TorchFile.Of("zip_full.pth").With("DATA.PKL", "N."u8.ToArray()).Bytes(), "differ in case alone"),
        new("a second pickle in another directory", () => TorchFile.OfPickle(Pickles.Of("\u0080\u0002}.")).Beside("evil/data.pkl", Pickles.Canary("never")).Bytes(), "archive/data.pkl and evil/data.pkl, in two directories"),
        new("a second pickle in a directory that differs in case", () => TorchFile.OfPickle(Pickles.Of("\u0080\u0002}.")).Beside("Archive/data.pkl", Pickles.Canary("never")).Bytes(), "archive/data.pkl and Archive/data.pkl, in two directories"),
        new("another directory first in the directory of records", () => TorchFile.OfPickle(Pickles.Of("\u0080\u0002}.")).Beside("evil/DATA.pkl", Pickles.Canary("never")).BytesWithLastEntryFirst(), "two records called data.pkl, archive/data.pkl and evil/DATA.pkl"),
        new("a pickle that is not in the directory named first", () => TorchFile.OfPickle(Pickles.Of("\u0080\u0002}.")).Beside("evil/version", "3\n"u8.ToArray()).BytesWithLastEntryFirst(), "without the record evil/data.pkl"),
        new("two constants that differ in case", () => TorchFile.Of("torchscript.pt").With("CONSTANTS.pkl", "N."u8.ToArray()).Bytes(), "two records called constants.pkl"),
        new("a zero byte in its own name", () => TorchFile.OfPickle(Pickles.Of("\u0080\u0002}.")).Beside("archive/data.pkl\0x", Pickles.Canary("never")).Bytes(), "has a zero byte"),
        new("a name that leads out", () => TorchFile.Of("zip_full.pth").Renamed("version", "../../.bashrc").Bytes(), "leads out of a directory", Verdict.LoadsWithWarning),
        new("an absolute name", () => TorchFile.Of("zip_full.pth").Renamed("version", "/etc/passwd").Bytes(), "leads out of a directory", Verdict.LoadsWithWarning),
        new("a byte order that is none", () => TorchFile.Of("zip_full.pth").With("byteorder", "middle"u8.ToArray()).Bytes(), "record byteorder says neither"),
        new("bytes after the end", () => [.. Real("zip_full.pth"), 0], "no end record"),
        new("bytes before the start", () => [.. "PK\x03\x04 and more"u8, .. Real("zip_full.pth")], "end record"),
        new("two storages share their bytes", () => Patched(TorchFile.Of("zip_full.pth").Bytes(), "PK\x01\x02"u8, 3, 42, 0), "reach into what follows"),
        new("a storage begins beyond the file", () => Patched(TorchFile.Of("zip_full.pth").Bytes(), "PK\x01\x02"u8, 3, 42, 0x7FFF_FFFF), "not where the directory says"),
        new("more records claimed than there are", () => Patched(TorchFile.Of("zip_full.pth").Bytes(), "PK\x05\x06"u8, 0, 8, 0x00FF_00FF), "fewer entries"),
        new("a directory offset of 2^63", () => Patched64("PK\x06\x06"u8, 48), "beyond 2^63"),
        new("a directory of 2^63 bytes", () => Patched64("PK\x06\x06"u8, 40), "beyond 2^63"),
        new("2^63 records", () => Patched64("PK\x06\x06"u8, 32), "beyond 2^63"),
        new("a bomb that claims little", () => Bomb(claims: 100), "more than the 100 bytes it claims"),
        new("a bomb that claims much", () => Patched(TorchFile.Of("zip_full.pth").Bytes(CompressionLevel.Optimal), "PK\x01\x02"u8, 2, 24, 2_000_000_000), "cannot hold the 2000000000"),
        new("an encrypted record", () => Patched(TorchFile.Of("zip_full.pth").Bytes(), "PK\x01\x02"u8, 1, 8, 1), "is encrypted", Verdict.HashOnly),
        new("not a zip at all", () => [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 31))], "begins as none does"),
        new("a text in its place", () => "404: Not Found"u8.ToArray(), "begins as none does"),
        new("a TorchScript program altered", () => Flipped("torchscript.pt", At("torchscript.pt", "code/__torch__/torch/nn/functional.py") + 40), "record code/__torch__/torch/nn/functional.py"),
        new("a TorchScript constant altered", () => Flipped("torchscript.pt", At("torchscript.pt", "constants.pkl")), "record constants.pkl"),

        // the tensors
        Tensor("a tensor that ends beyond its storage", () => Pickles.Tensor(1, OneDimension(12), OneDimension(1)), "tensor \"w\" reaches to element 13 of record 0, which has 12"),
        Tensor("an offset of 2^63-1", () => Pickles.Tensor(long.MaxValue, OneDimension(12), OneDimension(1)), "tensor \"w\" reaches to element beyond 2^63"),
        Tensor("a negative offset", () => Pickles.Tensor(-4, OneDimension(12), OneDimension(1)), "tensor \"w\" has a shape"),
        Tensor("a shape of 2^80 elements", () => Pickles.Tensor(0, Pickles.Sizes(1L << 40, 1L << 40), Pickles.Sizes(0, 0)), "tensor \"w\" has a shape"),
        Tensor("a negative size", () => Pickles.Tensor(0, OneDimension(-12), OneDimension(1)), "tensor \"w\" has a shape"),
        Tensor("a negative stride", () => Pickles.Tensor(0, OneDimension(12), OneDimension(-1)), "tensor \"w\" has a shape"),
        Tensor("a stride of 2^62", () => Pickles.Tensor(0, OneDimension(12), OneDimension(1L << 62)), "beyond 2^63"),
        Tensor("fewer strides than sizes", () => Pickles.Tensor(0, Pickles.Sizes(3, 4), OneDimension(1)), "strides that can be read"),
        Tensor("a storage of 2^62 elements", () => Pickles.Tensor(0, OneDimension(12), OneDimension(1), units: 1L << 62), "record data/0 (w): 18446744073709551616 bytes promised, 48 there"),
        Tensor("a storage of a negative size", () => Pickles.Tensor(0, OneDimension(12), OneDimension(1), units: -1), "storage is not described"),
        Tensor("a storage in another directory", () => Pickles.Tensor(0, OneDimension(12), OneDimension(1), key: "../../etc/passwd"), "record data/../../etc/passwd, which holds w, is not there"),
        Tensor("a storage class that is none", () => Pickles.Tensor(0, OneDimension(12), OneDimension(1), storage: "torch\nEvilStorage\n"), "storage is not described"),
        Tensor("one storage of two types", () => Pickles.Of("\u0080\u0002]" + Pickles.TensorOf(0, OneDimension(12), OneDimension(1)) + "a" + Pickles.TensorOf(0, OneDimension(6), OneDimension(1), "torch\nDoubleStorage\n", 6) + "a."), "is said to be 12 of float32 and 6 of float64"),
        Tensor("a shape of 200 sizes", () => Pickles.Tensor(0, Pickles.Sizes(Enumerable.Repeat(1L, 200)), Pickles.Sizes(Enumerable.Repeat(1L, 200))), "strides that can be read"),

        // the pickle
        Tensor("an opcode that is none", () => Pickles.Of("\u0080\u0002\u00ff."), "0xFF is not an opcode"),
        Tensor("a protocol of the future", () => Pickles.Of("\u0080\u0009N."), "protocol 9"),
        Tensor("no end mark", () => Pickles.Of("\u0080\u0002}"), "before its end mark"),
        Tensor("bytes after the end mark", () => Pickles.Of("\u0080\u0002}.}}}"), "3 bytes before its record does"),
        Tensor("an empty stack", () => Pickles.Of("\u0080\u0002."), "where there is none"),
        Tensor("a group that was not opened", () => Pickles.Of("\u0080\u0002t."), "did not open"),
        Tensor("a memo slot that was never filled", () => Pickles.Of("\u0080\u0002h\u0007."), "memo slot 7"),
        Tensor("a memo slot of four thousand million", () => Pickles.Of("\u0080\u0002}r\u00ff\u00ff\u00ff\u00ff."), "memo slot 4294967295"),
        Tensor("a text of a gigabyte that is not there", () => Pickles.Of("\u0080\u0002X\u00ff\u00ff\u00ff\u007fabc."), "cut short"),
        Tensor("a text of 2^63 bytes", () => Pickles.Of("\u0080\u0004\u008d" + Pickles.Little(-1, 8) + "abc."), "cut short"),
        Tensor("a buffer from outside", () => Pickles.Of("\u0080\u0005\u0097."), "buffer from outside"),
        Tensor("a key without a value", () => Pickles.Of("\u0080\u0002}(Nu."), "a key without a value"),
        Tensor("a state for a number", () => Pickles.Of("\u0080\u0002K\u0001}b."), "gives a state"),
        Tensor("a list in itself", () => Pickles.Of("\u0080\u0002}" + Pickles.Text("loop") + "]q\u0001h\u0001as."), "holds itself", Verdict.Loads),
        Tensor("a hundred thousand lists in one another", () => Pickles.Of("\u0080\u0002" + new string(']', 100_000) + new string('a', 99_999) + "."), "nested deeper than", Verdict.HashOnly),
        Tensor("lists that double sixty times", () => Pickles.Of("\u0080\u0002]q\0" + string.Concat(Enumerable.Range(0, 60).Select(i => $"](h{(char)i}h{(char)i}eq{(char)(i + 1)}")) + "."), "lead to more than", Verdict.HashOnly),
        new("one tensor a hundred thousand times under a name of two hundred thousand characters", () => TorchFile.OfPickle(Pickles.Of(Named(190, new string('k', 1024), "](" + string.Concat(Enumerable.Repeat("h\u0001", 100_000)) + "e"))).Bytes(CompressionLevel.Optimal), "the names and shapes of its tensors take more than 64 MiB", Verdict.HashOnly),
        new("one large list a thousand times", () => TorchFile.OfPickle(Pickles.Of("\u0080\u0002](" + new string('N', 500_000) + "eq\u00000](" + string.Concat(Enumerable.Repeat("h\u0000", 100_000)) + "e.")).Bytes(CompressionLevel.Optimal), "lead to more than", Verdict.HashOnly),
        new("millions of values", () => TorchFile.OfPickle(Pickles.Of("\u0080\u0002](" + new string('}', 2_000_000) + "e.")).Bytes(CompressionLevel.Optimal), "more values than", Verdict.HashOnly),
        new("one large dict copied without end", () => TorchFile.OfPickle(Pickles.Of("\u0080\u0002}(" + string.Concat(Enumerable.Repeat("K\u0001N", 20_000)) + "uq\0(" + string.Concat(Enumerable.Repeat("ccollections\nOrderedDict\nh\0\u0085R", 5_000)) + "t.")).Bytes(CompressionLevel.Optimal), "more values than", Verdict.HashOnly),

        // code
        Code("os.system", Pickles.Of("\u0080\u0002cposix\nsystem\n" + Pickles.Tuple(Pickles.Text("true")) + "R."), "would run code: posix.system"),
        Code("eval, named as Python 2 does", Pickles.Of("c__builtin__\neval\n" + Pickles.Tuple(Pickles.Text("1+1")) + "R."), "builtins.eval"),
        Code("a class called in the old way", Pickles.Of("(S'true'\nios\nsystem\n."), "os.system"),
        Code("a global named by texts", Pickles.Of("\u0080\u0004\u008c\u000asubprocess\u008c\u0005Popen\u0093" + Pickles.Tuple(Pickles.Text("true")) + "R."), "subprocess.Popen"),
        Code("a global that is only named", Pickles.Of("\u0080\u0002cwebbrowser\nopen\n."), "webbrowser.open"),
        Code("a global with dots", Pickles.Of("\u0080\u0004\u008c\u0008builtins\u008c\u0018object.__subclasses__.xx\u0093."), "builtins.object.__subclasses__"),
        Code("an object of a class with keywords", Pickles.Of("\u0080\u0004cevil\nThing\n)}\u0092."), "evil.Thing"),
        Code("an extension by number", Pickles.Of("\u0080\u0002\u0082\u0005."), "copyreg.extension 5"),
        Code("a codec of its own choice", Pickles.Of("\u0080\u0002c_codecs\nencode\n" + Pickles.Tuple(Pickles.Text("x"), Pickles.Text("evil")) + "R."), "codec of its own choice"),
        Code("a file in the file", Pickles.Of("\u0080\u0002ctorch.storage\n_load_from_bytes\n" + Pickles.Tuple("C\u0003abc") + "R."), "torch.storage._load_from_bytes"),
        Code("a rebuilt type with a function of its own", Pickles.Of("\u0080\u0002ctorch._tensor\n_rebuild_from_type_v2\n" + Pickles.Tuple("cos\nsystem\n", "ctorch\nTensor\n", Pickles.Tuple(Pickles.Text("true")), "N") + "R."), "os.system"),
        PastTheBudget("os.system named by texts", Pickles.ShortText("posix") + Pickles.ShortText("system") + "\u0093", "would run code: posix.system"),
        PastTheBudget("texts that were taken off again", Pickles.ShortText("posix") + Pickles.ShortText("system") + Pickles.ShortText("collections") + "0" + Pickles.ShortText("OrderedDict") + "0\u0093", "a global whose name was not followed"),
        PastTheBudget("texts out of the memo", Pickles.ShortText("posix") + "\u0094" + Pickles.ShortText("system") + "\u0094" + Pickles.ShortText("collections") + "0h\u0000h\u0001\u0093", "a global whose name was not followed"),
        PastTheBudget("a text that is long", Pickles.ShortText("posix") + Pickles.Text(new string('x', 2000)) + "\u0093", "a global whose name was not followed"),
        PastTheBudget("a reference by a line", Pickles.ShortText("collections") + "POrderedDict\n\u0093", "a global whose name was not followed"),

        // legacy
        new("legacy, one byte short", () => Real("legacy_full.pth")[..^1], "there: the file was cut short"),
        new("legacy, cut between storages", () => Real("legacy_full.pth")[..100_000], "cut short"),
        new("legacy, cut in its pickle", () => Real("legacy_full.pth")[..1000], "cut short"),
        new("legacy, a byte too many", () => [.. Real("legacy_full.pth"), 0], "1 bytes follow its last storage"),
        new("legacy, a count of 2^63-1", () => LegacyCount(long.MaxValue), "elements promised, 9223372036854775807 there"),
        new("legacy, a negative count", () => LegacyCount(-1), "elements promised, -1 there"),
        new("legacy, another version", () => Replaced(Real("legacy_full.pth"), "\u0080\u0002M\u00e9\u0003.", "\u0080\u0002M\u00ea\u0003."), "protocol version is not 1001"),
        new("legacy, no keys", () => Replaced(Real("legacy_full.pth"), "\u0080\u0002M\u00e9\u0003.", "\u0080\u0002M\u00e9\u0003.}.N.N."), "no list of its storages"),
        Legacy("its version", "\u0080\u0002M\u00e9", "\u0080\u0002", "M\u00e9"),
        Legacy("its system", "M\u00e9\u0003.\u0080\u0002}", "M\u00e9\u0003.\u0080\u0002", "}"),
        Legacy("its storages' keys", "\u0080\u0002]", "\u0080\u0002", "]"),
    ];

    internal static byte[] Real(string name) => File.ReadAllBytes(TorchTable.Fixture(name));

    private static Damage Tensor(string name, Func<byte[]> pickle, string says, Verdict verdict = Verdict.Damaged) => new(name, () => TorchFile.OfPickle(pickle()).Bytes(), says, verdict);

    private static Damage Code(string name, byte[] pickle, string says) => new("code: " + name, () => TorchFile.OfPickle(pickle).Bytes(), says, Verdict.LoadsWithWarning);

    /// <summary>A value under many levels of one key; the value can refer to a tensor in memo slot 1.</summary>
    internal static string Named(int levels, string key, string value) => "\u0080\u0002" + Pickles.Text(key) + "q\u00000" + Pickles.TensorOf(0, OneDimension(12), OneDimension(1)) + "q\u00010"
        + string.Concat(Enumerable.Repeat("}h\u0000", levels)) + value + new string('s', levels) + ".";

    private static Damage PastTheBudget(string name, string opcodes, string says) =>
        new("code past the budget: " + name, () => TorchFile.OfPickle(Pickles.Of(Pickles.PastTheBudget + opcodes + ".")).Bytes(CompressionLevel.Optimal), says, Verdict.HashOnly);

    /// <summary>The real file with a call in one of the pickles around its object: PyTorch loads all of them.</summary>
    private static Damage Legacy(string part, string old, string before, string after) =>
        new("legacy, code in " + part, () => Replaced(Real("legacy_full.pth"), old, before + "cposix\nsystem\n" + Pickles.Tuple(Pickles.Text("true")) + "R0" + after), "would run code: posix.system", Verdict.LoadsWithWarning);

    private static byte[] Flipped(string fixture, int at)
    {
        var bytes = Real(fixture);
        bytes[at] ^= 0x10;
        return bytes;
    }

    /// <summary>Where a record's content begins.</summary>
    private static int At(string fixture, string record)
    {
        var bytes = Real(fixture);
        var name = Encoding.ASCII.GetBytes($"{Path.GetFileNameWithoutExtension(fixture)}/{record}");
        for (var at = bytes.AsSpan().IndexOf("PK\x03\x04"u8); ; at += 4 + bytes.AsSpan(at + 4).IndexOf("PK\x03\x04"u8))
        {
            var nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 26));
            if (bytes.AsSpan(at + 30, nameBytes).SequenceEqual(name))
            {
                return at + 30 + nameBytes + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 28));
            }
        }
    }

    private static byte[] Patched(byte[] bytes, ReadOnlySpan<byte> signature, int nth, int offset, int value)
    {
        var at = bytes.AsSpan().IndexOf(signature);
        for (; nth > 0; nth--)
        {
            at += 4 + bytes.AsSpan(at + 4).IndexOf(signature);
        }

        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at + offset), value);
        return bytes;
    }

    private static byte[] Patched64(ReadOnlySpan<byte> signature, int offset)
    {
        var bytes = Real("zip_full.pth");
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(bytes.AsSpan().LastIndexOf(signature) + offset), long.MinValue);
        return bytes;
    }

    private static byte[] Bomb(int claims)
    {
        var bytes = TorchFile.OfPickle(Pickles.Tensor(0, OneDimension(12), OneDimension(1))).With("data/0", new byte[64 << 20]).Bytes(CompressionLevel.Optimal);
        var last = bytes.AsSpan().LastIndexOf("PK\x01\x02"u8);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(last + 24), claims);
        return bytes;
    }

    private static byte[] LegacyCount(long count)
    {
        // the first storage's count follows the last pickle
        var bytes = Real("legacy_full.pth");
        var first = TorchTable.Expected["legacy_full.pth"].Values.First(row => row.Shape.Length == 2).Shape;
        for (var at = bytes.AsSpan().LastIndexOf("e."u8) + 2; ; at++)
        {
            if (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)) is > 0 and < 100_000)
            {
                first.ShouldNotBeEmpty();
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), count);
                return bytes;
            }
        }
    }

    private static byte[] Replaced(byte[] bytes, string old, string now)
    {
        var at = bytes.AsSpan().IndexOf(Pickles.Of(old));
        return [.. bytes[..at], .. Pickles.Of(now), .. bytes[(at + old.Length)..]];
    }
}
