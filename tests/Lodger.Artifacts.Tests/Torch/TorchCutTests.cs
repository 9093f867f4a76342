using Lodger.Artifacts.Tests.Zip;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>A file of torch.save that was cut short: its directory is gone, and its pickle still tells which tensor the cut went through.</summary>
public sealed class TorchCutTests
{
    private static readonly byte[] _six = TorchBytes.Floats(1, 2, 3, 4, 5, 6);

    private static FileReport Verify(byte[] file) => Verifying.Content("a.pt", file);

    [Fact]
    public void Where_it_was_cut_is_told_by_the_tensor()
    {
        var whole = TorchBytes.Zip(new Py.Dict(("a", Py.Tensor("0", 6)), ("b", Py.Tensor("1", 2)), ("c", Py.Tensor("1", 2))), ("0", _six), ("1", TorchBytes.Floats(7, 8))).Bytes();
        var (first, second) = (Tests.Damage.At(whole, "archive/data/0"u8) + 14, Tests.Damage.At(whole, "archive/data/1"u8) + 14);
        string Cut(int bytes) => Verify(whole[..bytes]).Findings.ShouldHaveSingleItem().What;

        Cut(100).ShouldBe("it was cut short inside record data.pkl, before the first tensor.");
        Cut(first).ShouldBe("it was cut short inside record data/0 (a): 24 bytes promised, 0 there; 0 of 2 storages lie before it.");
        Cut(first + 23).ShouldBe("it was cut short inside record data/0 (a): 24 bytes promised, 23 there; 0 of 2 storages lie before it.");
        Cut(first + 24).ShouldBe("it was cut short after 1 of 2 storages: b is not there.");
        Cut(second + 7).ShouldBe("it was cut short inside record data/1 (b): 8 bytes promised, 7 there; 1 of 2 storages lie before it.");
        Cut(second + 8).ShouldBe("it has no end record at its end: it was cut short, or is no zip.");
        Cut(first - 44).ShouldBe("it was cut short after 0 of 2 storages: a is not there.");
        Cut(first - 5).ShouldBe("it was cut short after 0 of 2 storages: a is not there.");
        Cut(first - 20).ShouldBe("it was cut short after 0 of 2 storages: a is not there.");
        Cut(whole.Length - 1).ShouldBe("it has no end record at its end: it was cut short, or is no zip.");
    }

    [Fact]
    public void Descriptors_and_alignment_between_records_are_stepped_over()
    {
        static void Aligned(ZipMember member) => (member.LocalExtra, member.After) = ([.. "FB"u8, 20, 0, .. new byte[20]], new byte[16]);
        var whole = new ZipBytes().With("x/data.pkl", Py.Pickle(new Py.Dict(("a", Py.Tensor("0", 6)), ("b", Py.Tensor("1", 2)))), 0, Aligned).With("x/data/0", _six, 0, Aligned).With("x/byteorder", "little", 0, Aligned).With("x/data/1", TorchBytes.Floats(7, 8), 0, Aligned).Bytes();
        var second = Tests.Damage.At(whole, "x/data/1"u8) + 8 + 24;

        Verify(whole).Verdict.ShouldBe(Verdict.Loads);
        Verify(whole[..(second + 3)]).Findings.ShouldHaveSingleItem().What.ShouldBe("it was cut short inside record data/1 (b): 8 bytes promised, 3 there; 1 of 2 storages lie before it.");
    }

    [Fact]
    public void A_cut_file_that_torch_save_did_not_begin_is_told_as_any_zip()
    {
        const string AnyZip = "it has no end record at its end: it was cut short, or is no zip.";
        var pickle = Py.Pickle(new Py.Dict(("a", Py.Tensor("0", 6))));
        string Cut(ZipBytes zip) => Verify(zip.Bytes()[..^1]).Findings.ShouldHaveSingleItem().What;

        Cut(new ZipBytes().With("archive/data.pkl", pickle, 8)).ShouldBe(AnyZip);
        Cut(new ZipBytes().With("archive/other.pkl", pickle)).ShouldBe(AnyZip);
        Cut(new ZipBytes().With(new string('a', 600) + "/data.pkl", pickle)).ShouldBe(AnyZip);
        Cut(new ZipBytes().With("archive/data.pkl", "t.")).ShouldBe(AnyZip);
        Cut(new ZipBytes().With("archive/data.pkl", pickle)).ShouldBe("it was cut short after 0 of 1 storages: a is not there.");
        Cut(new ZipBytes().With("archive/data.pkl", pickle).With("archive/extra", new byte[5000])).ShouldBe(AnyZip);
        Cut(new ZipBytes().With("archive/data.pkl", pickle).With("archive/data/0", _six, 0, member => member.LocalExtra = new byte[40]).With("archive/extra", new byte[5000])).ShouldBe(AnyZip);
    }
}
