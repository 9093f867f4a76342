using System.Text;
using Lodger.Artifacts.Formats.Numpy;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Tests.Zip;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Numpy;

/// <summary>An .npz file: a zip of arrays.</summary>
public sealed class NpzFormatTests
{
    private static readonly byte[] _pair = NpyBytes.Of("'<f4'", "(2,)", NpyBytes.Floats(1, 2));

    private static FileReport Verify(ZipBytes zip)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["a.npz"], zip.Bytes());
        return Verifying.File(directory["a.npz"], InspectionDepth.Values);
    }

    private static (string Id, string What) Damage(ZipBytes zip)
    {
        var report = Verify(zip);
        report.Verdict.ShouldBe(Verdict.Damaged);
        var finding = report.Findings.ShouldHaveSingleItem();
        return (finding.Id, finding.What);
    }

    [Theory]
    [InlineData("arr_0")]
    [InlineData("b.NPY")]
    public void An_array_under_another_name_which_NumPy_reads_all_the_same_is_not_judged(string name)
    {
        var report = Verify(new ZipBytes().With("a.npy", _pair).With(name, NpyBytes.Of("'|O'", "(1,)", "cos\nsystem\n."u8.ToArray())));

        report.Verdict.ShouldBe(Verdict.HashOnly);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What).ShouldBe(("npz-name", $"member \"{name}\": it is an array that is not called .npy; only its CRC was checked."));
        Verify(new ZipBytes().With("a.npy", _pair).With(name, "\u0093NUM")).Findings.ShouldHaveSingleItem().Id.ShouldBe("npz-other-member");
    }

    [Fact]
    public void It_is_told_by_its_first_member_or_its_name()
    {
        var format = new NpzFormat();
        format.Name.ShouldBe("NumPy zip");
        format.RecognisesName("a.NPZ").ShouldBeTrue();
        format.RecognisesName("a.npy").ShouldBeFalse();
        var whole = new ZipBytes().With("weights.npy", string.Empty).Bytes();
        format.RecognisesContent(whole.AsSpan(0, 41)).ShouldBeTrue();
        format.RecognisesContent(whole.AsSpan(0, 40)).ShouldBeFalse();
        format.RecognisesContent(whole.AsSpan(0, 30)).ShouldBeFalse();
        format.RecognisesContent([(byte)'Q', .. whole[1..]]).ShouldBeFalse();
        format.RecognisesContent(new ZipBytes().With("weights.npx", string.Empty).Bytes()).ShouldBeFalse();
        var longName = new string('n', 300);
        format.RecognisesContent(new ZipBytes().With($"{longName}.npy", string.Empty).Bytes()).ShouldBeTrue();
        format.RecognisesContent(new ZipBytes().With($"{longName}.npy", string.Empty).Bytes().AsSpan(0, 333)).ShouldBeFalse();
    }

    [Fact]
    public void Its_arrays_are_listed_by_name_stored_or_packed()
    {
        var report = Verify(new ZipBytes().With("w.npy", _pair).With("layer/b.npy", NpyBytes.Of("'<i8'", "(3,)", new byte[24]), 8));

        (report.Format, report.Verdict, report.Tensors, report.Parameters).ShouldBe(("NumPy zip", Verdict.Loads, 2, 5));
        report.Checked.ShouldBe("2 arrays, every header, size and CRC");
        report.TensorList.Select(tensor => (tensor.Name, tensor.Type, tensor.Statistics!.Max)).ShouldBe([("w", "float32", 2.0), ("layer/b", "int64", 0.0)]);
    }

    [Theory]
    [InlineData("'|u1'", "2A", 42L)]
    [InlineData("'<i4'", "2A010000", 298L)]
    [InlineData("'<u4'", "000000F0", 4026531840L)]
    [InlineData("'<i8'", "2A00000001000000", 4294967338L)]
    [InlineData("'<u8'", "2A00000001000000", 4294967338L)]
    [InlineData("'<f4'", "00002842", 42L)]
    [InlineData("'<f8'", "0000000000004540", 42L)]
    [InlineData("'<i2'", "2A00", null)]
    [InlineData("'>i4'", "0000002A", null)]
    public void A_single_number_called_step_is_the_step(string type, string value, long? step)
    {
        Verify(new ZipBytes().With("step.npy", NpyBytes.Of(type, "()", Convert.FromHexString(value)))).Step.ShouldBe(step);
        Verify(new ZipBytes().With("step.npy", NpyBytes.Of(type, "(1, 1)", Convert.FromHexString(value)))).Step.ShouldBe(step);
        Verify(new ZipBytes().With("step.npy", NpyBytes.Of(type, "(2,)", Convert.FromHexString(value + value)))).Step.ShouldBeNull();
        Verify(new ZipBytes().With("stop.npy", NpyBytes.Of(type, "()", Convert.FromHexString(value)))).Step.ShouldBeNull();
    }

    [Fact]
    public void A_member_that_is_no_array_is_noted()
    {
        var report = Verify(new ZipBytes().With("w.npy", _pair).With("readme.NPY", "hello"));

        (report.Verdict, report.Tensors).ShouldBe((Verdict.Loads, 1));
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.Severity, finding.What).ShouldBe(("npz-other-member", Severity.Note, "member \"readme.NPY\": it is not an array."));
    }

    [Fact]
    public void What_is_wrong_is_told_of_its_member()
    {
        Damage(new ZipBytes().With("a.npy", _pair).With("w.npy", [.. _pair, 1, 2])).ShouldBe(("npz-size", "member \"w.npy\": 2 bytes follow the array."));
        Damage(new ZipBytes().With("w.npy", _pair[..^1]).With("x.npy", "no array")).ShouldBe(("npy-cut", "member \"w.npy\": its shape and type make 8 bytes, and only 7 are there: it was cut short."));
        Damage(new ZipBytes().With("w.npy", "no array at all")).ShouldBe(("npy-header", "member \"w.npy\": the array's header is not valid: it does not begin with NumPy's mark."));
        Damage(new ZipBytes().With("w.npy", _pair, 0, member => member.Crc = 1)).ShouldBe(("npz-invalid", $"member \"w.npy\": its CRC is {ZipBytes.Crc(_pair):x8}, and 00000001 was promised: bytes were altered."));
        Damage(new ZipBytes().With("w.npy", _pair).With("w.npy", _pair)).ShouldBe(("npz-duplicate", "two members are called \"w.npy\"."));
        Damage(new ZipBytes { Count = 2 }.With("w.npy", _pair)).ShouldBe(("npz-invalid", "its directory has fewer entries than it claims."));
        Verify(new ZipBytes().With("o.npy", [.. NpyBytes.Of("'|O'", "(1,)", "N."u8.ToArray()), .. _pair])).Lines()[^1].ShouldBe($"Error npz-size: member \"o.npy\": {_pair.Length} bytes follow the array.");
        Damage(new ZipBytes().With("o.npy", NpyBytes.Of("'|O'", "(1,)", "t."u8.ToArray()))).ShouldBe(("npy-pickle", "member \"o.npy\": its pickle is broken before byte 1: it closes a group that it did not open."));
    }

    [Fact]
    public void The_last_member_may_not_reach_into_the_directory_and_another_not_into_the_next()
    {
        Damage(new ZipBytes().With("w.npy", _pair, 0, member => (member.Size, member.PackedSize) = ((uint)_pair.Length + 1, (uint)_pair.Length + 1))).What.ShouldBe($"member \"w.npy\": its {_pair.Length + 1} bytes reach into what follows.");
        Damage(new ZipBytes().With("w.npy", _pair, 0, member => (member.Size, member.PackedSize) = ((uint)_pair.Length + 1, (uint)_pair.Length + 1)).With("x.npy", _pair)).What.ShouldBe($"member \"w.npy\": its {_pair.Length + 1} bytes reach into what follows.");
    }

    [Fact]
    public void Objects_in_it_run_code_and_their_member_is_named()
    {
        var report = Verify(new ZipBytes().With("o.npy", NpyBytes.Of("'|O'", "(3,)", Encoding.Latin1.GetBytes("cos\nsystem\n."))));

        (report.Verdict, report.Tensors, report.Parameters).ShouldBe((Verdict.LoadsWithWarning, 1, 3));
        report.Findings.ShouldHaveSingleItem().What.ShouldBe("member \"o.npy\": it holds Python objects (a pickle), which run code when loaded: os.system.");
    }

    [Fact]
    public void What_is_packed_in_another_way_is_vouched_for_by_its_hash()
    {
        var report = Verify(new ZipBytes().With("w.npy", _pair).With("x.npy", _pair, 0, member => member.Method = 14));

        (report.Verdict, report.Tensors, report.Checked).ShouldBe((Verdict.HashOnly, null, "size and SHA-256"));
        report.Findings.ShouldHaveSingleItem().Id.ShouldBe("npz-method");
    }
}
