using System.Text;
using Lodger.Artifacts.Tests.Numpy;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Zip;

/// <summary>A zip whose parts disagree is refused, and what disagrees is named.</summary>
public sealed class BrokenZipTests
{
    private static readonly byte[] _text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 400).Select(i => $"line {i}\n")));

    private const string SecondEnd = "its comment holds a second end record: readers disagree about which of the two counts.";

    private static readonly (string Name, Func<byte[]> Make, string What)[] _broken =
    [
        ("no end", () => Two().Bytes()[..^1], "it has no end record at its end: it was cut short, or is no zip."),
        ("shorter than an end", () => "PK\x05\x06"u8.ToArray(), "it has no end record at its end: it was cut short, or is no zip."),
        ("a byte behind the end", () => [.. Two().Bytes(), 0], "it has no end record at its end: it was cut short, or is no zip."),
        ("a comment longer than any", () => [.. Two().Bytes(), .. new byte[70_000]], "it has no end record at its end: it was cut short, or is no zip."),
        ("a comment that is longer than it says", () => Made(new ZipBytes { Comment = "abc", CommentLength = 2 }), "it has no end record at its end: it was cut short, or is no zip."),
        ("bytes before it", () => Made(new ZipBytes { Before = "PK\x03\x04", DirectoryOffset = 70 }), "its directory does not lie where its end record says: bytes were lost or added."),
        ("a directory later than it is", () => Made(new ZipBytes { DirectoryOffset = 1000 }), "its directory does not lie where its end record says: bytes were lost or added."),
        ("a directory larger than the file", () => Made(new ZipBytes { DirectorySize = 5000 }), "its directory does not lie where its end record says: bytes were lost or added."),
        ("wide values that are not there", () => Made(new ZipBytes { Count = 0xFFFF }), "its zip64 end record is not there."),
        ("a wide size that is not there", () => Made(new ZipBytes { DirectorySize = uint.MaxValue }), "its zip64 end record is not there."),
        ("a wide offset that is not there", () => Made(new ZipBytes { DirectoryOffset = uint.MaxValue }), "its zip64 end record is not there."),
        ("nothing but an end that says wide", () => [.. "PK\x05\x06"u8, .. new byte[4], 255, 255, 255, 255, .. new byte[10]], "its zip64 end record is not there."),
        ("a locator that leads elsewhere", () => Made(new ZipBytes { Wide = (null, null, null, 0) }), "its zip64 end record is not where it should be."),
        ("a locator that leads behind", () => Made(new ZipBytes { Wide = (null, null, null, 100_000) }), "its zip64 end record is not where it should be."),
        ("a locator that leads beyond 2^63", () => Made(new ZipBytes { Wide = (null, null, null, -1) }), "it has a size or offset beyond 2^63."),
        ("a wide count beyond 2^63", () => Made(new ZipBytes { Wide = (long.MinValue, null, null, null) }), "it has a size or offset beyond 2^63."),
        ("a wide offset that is wrong", () => Made(new ZipBytes { Wide = (null, null, 3, null), DirectoryOffset = uint.MaxValue }), "its directory does not lie where its end record says: bytes were lost or added."),
        ("a wide count that is another", () => Made(new ZipBytes { Wide = (null, null, null, null), Count = 1 }), "its two end records disagree about its directory."),
        ("a wide size that is another", () => Made(new ZipBytes { Wide = (null, null, null, null), DirectorySize = 51 }), "its two end records disagree about its directory."),
        ("a wide offset that is another", () => Made(new ZipBytes { Wide = (null, null, null, null), DirectoryOffset = 20 }), "its two end records disagree about its directory."),
        ("something between the wide end and its locator", () => Made(new ZipBytes { Wide = (null, null, null, null), WideMore = new byte[56] }), "its zip64 end record is not where it should be."),
        ("a second end in the comment", () => Made(new ZipBytes { Comment = "PK\x05\x06 and what is no end record at all" }), SecondEnd),
        ("a second end as the comment's last bytes", () => Made(new ZipBytes { Comment = "abc PK\x05\x06" }), SecondEnd),
        ("a second end that begins in the comment's length", () => Made(new ZipBytes { Comment = "\x05\x06" + new string('c', 0x4B50 - 2) }), SecondEnd),
        ("more entries than are taken", () => Made(new ZipBytes { Wide = (100_001, null, null, null), Count = 0xFFFF }), "it claims 100001 entries in a directory of 98 bytes, more than this check takes."),
        ("as many entries as are taken", () => Made(new ZipBytes { Wide = (100_000, null, null, null), Count = 0xFFFF }), "its directory has fewer entries than it claims."),
        ("one entry more than there are", () => Made(new ZipBytes { Count = 3 }), "its directory has fewer entries than it claims."),
        ("one entry less than there are", () => Made(new ZipBytes { Count = 1 }), "its directory is longer than its entries."),
        ("a directory with a byte more", () => Made(new ZipBytes { AfterDirectory = "x" }), "its directory is longer than its entries."),
        ("an entry with another mark", () => Damage.Replace(Two().Bytes(), "PK\x01\x02"u8, "PK\x01\x03"u8), "its directory has fewer entries than it claims."),
        ("a directory that stops inside an entry", () => Stops("second", 32, 1), "its directory stops inside an entry."),
        ("a name that reaches out of the directory", () => Stops("second", 28, 7), "its directory stops inside an entry."),
        ("an extra field that reaches out of the directory", () => Stops("second", 30, 1), "its directory stops inside an entry."),
        ("a wide size that is missing", () => Made(new ZipBytes(), member => member.Size = uint.MaxValue), "an entry's zip64 sizes are missing."),
        ("a wide size too few", () => Made(new ZipBytes(), member => (member.Size, member.PackedSize, member.Extra) = (uint.MaxValue, uint.MaxValue, ZipBytes.Zip64(3))), "an entry's zip64 sizes are missing."),
        ("a wide size in another extra field", () => Made(new ZipBytes(), member => (member.Size, member.Extra) = (uint.MaxValue, [2, .. ZipBytes.Zip64(3)[1..]])), "an entry's zip64 sizes are missing."),
        ("a wide size behind a field that reaches out", () => Made(new ZipBytes(), member => (member.Size, member.Extra) = (uint.MaxValue, [7, 0, 99, 0, .. ZipBytes.Zip64(3)])), "an entry's zip64 sizes are missing."),
        ("a wide size that is cut", () => Made(new ZipBytes(), member => (member.Size, member.Extra) = (uint.MaxValue, ZipBytes.Zip64(3)[..^1])), "an entry's zip64 sizes are missing."),
        ("a wide size beyond 2^63", () => Made(new ZipBytes(), member => (member.Size, member.Extra) = (uint.MaxValue, ZipBytes.Zip64(-1))), "it has a size or offset beyond 2^63."),

        ("a member that is not where it should be", () => Made(new ZipBytes(), member => member.LocalMark = "PK\x03\x05"), "member \"first\": it is not where the directory says."),
        ("a member beyond the file", () => Made(new ZipBytes(), member => member.Offset = 90_000), "member \"first\": it is not where the directory says."),
        ("a member of another name", () => Made(new ZipBytes(), member => member.LocalName = "feast"), "member \"first\": its own header and the directory disagree about what it is."),
        ("a member of a longer name", () => Made(new ZipBytes(), member => member.LocalName = "first!"), "member \"first\": its own header and the directory disagree about what it is."),
        ("a member packed in another way", () => Made(new ZipBytes(), member => member.LocalMethod = 8), "member \"first\": its own header and the directory disagree about what it is."),
        ("a member that reaches into the next", () => Made(new ZipBytes(), member => (member.Size, member.PackedSize) = (4, 4)), "member \"first\": its 4 bytes reach into what follows."),
        ("a last member that reaches into the directory", () => Two(member => (member.Size, member.PackedSize) = (4, 4)).Bytes(), "member \"second\": its 4 bytes reach into what follows."),
        ("two members in one place", () => new ZipBytes().With("first", "one").With("third", "3", 0, third => third.Offset = 0).Bytes(), "member \"first\": its 3 bytes reach into what follows."),
        ("a stored member of two sizes", () => Made(new ZipBytes(), member => member.Size = 2), "member \"first\": 3 bytes cannot hold the 2 it claims."),
        ("a member altered", () => Damage.Replace(Two().Bytes(), "one"u8, "onE"u8), $"member \"first\": its CRC is {ZipBytes.Crc("onE"u8):x8}, and {ZipBytes.Crc("one"u8):x8} was promised: bytes were altered."),
        ("a packed member that is shorter", () => Packed(member => member.Size++), $"member \"packed\": it unpacks to {_text.Length} bytes, and {_text.Length + 1} were promised."),
        ("a packed member that is longer", () => Packed(member => member.Size--), $"member \"packed\": it unpacks to more than the {_text.Length - 1} bytes it claims."),
    ];

    [Fact]
    public void It_is_damage_with_what_disagrees()
    {
        foreach (var (name, make, what) in _broken)
        {
            var report = Verifying.Content("a.zip", make());

            report.Verdict.ShouldBe(Verdict.Damaged, name);
            var finding = report.Findings.ShouldHaveSingleItem(name);
            (finding.Id, finding.What).ShouldBe(("zip-invalid", what), name);
        }
    }

    [Fact]
    public void A_packed_member_may_claim_what_DEFLATE_can_make_of_its_bytes_and_no_more()
    {
        string What(long claimed) => Verifying.Content("a.zip", Packed(member => (member.Size, member.PackedSize, member.Packed) = ((uint)claimed, 2, [3, 0]))).Findings.ShouldHaveSingleItem().What;

        What(3 * 1032 - 1).ShouldBe("member \"packed\": it unpacks to 0 bytes, and 3095 were promised.");
        What(3 * 1032).ShouldBe("member \"packed\": 2 bytes cannot hold the 3096 it claims.");
    }

    /// <summary>Python and miniz read the directory in the comment, whose members lie inside a stored one of the real directory.</summary>
    [Theory]
    [InlineData("model.pt", "archive/", "data.pkl", "torch-zip")]
    [InlineData("data.npz", "", "a.npy", "npz-invalid")]
    [InlineData("model.keras", "", "config.json", "zip-invalid")]
    public void A_second_directory_in_the_comment_is_damage(string file, string prefix, string first, string id)
    {
        var harmless = file.EndsWith("npz") ? NpyBytes.Of("'<i4'", "(1,)", new byte[4]) : "N."u8.ToArray();
        var hidden = new ZipBytes().With(prefix + first, "cposix\nsystem\n(X\x02\0\0\0idtR.").Bytes();
        var (hiddenDirectory, hiddenEnd) = (hidden.AsSpan().IndexOf("PK\x01\x02"u8), hidden.AsSpan().IndexOf("PK\x05\x06"u8));

        byte[] Bytes(byte[] comment) => new ZipBytes { Comment = Encoding.Latin1.GetString(comment) }.With(prefix + first, harmless).With(prefix + "extra", hidden[..hiddenDirectory]).Bytes();
        var (whole, end) = (Bytes([]), hidden[hiddenEnd..]);
        var at = whole.AsSpan().IndexOf(hidden.AsSpan(0, hiddenDirectory));
        var entry = hidden[hiddenDirectory..hiddenEnd];
        ZipBytes.U32((uint)at).CopyTo(entry, 42);
        ZipBytes.U32((uint)whole.Length).CopyTo(end, 16);
        ZipBytes.U16(7).CopyTo(end, 20);

        Verifying.Content(file, whole).Verdict.ShouldBe(Verdict.Loads);
        var report = Verifying.Content(file, Bytes([.. entry, .. end]));
        report.Verdict.ShouldBe(Verdict.Damaged);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What).ShouldBe((id, SecondEnd));
    }

    private static ZipBytes Two(Action<ZipMember>? change = null) => new ZipBytes().With("first", "one").With("second", "two", 0, change);

    private static byte[] Made(ZipBytes zip, Action<ZipMember>? member = null) => zip.With("first", "one", 0, member).With("x", "two").Bytes();

    private static byte[] Packed(Action<ZipMember> change) => new ZipBytes().With("packed", _text, 8, change).Bytes();

    /// <summary>Two members, with a field of the last entry in the directory made larger.</summary>
    private static byte[] Stops(string last, int field, byte value)
    {
        var bytes = new ZipBytes().With("first", "one").With(last, "two").Bytes();
        bytes[bytes.AsSpan().LastIndexOf("PK\x01\x02"u8) + field] = value;
        return bytes;
    }
}
