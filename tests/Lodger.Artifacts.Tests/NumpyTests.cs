using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

public sealed class NumpyTests
{
    [Theory]
    [InlineData("f8_3x4.npy", 12)]
    [InlineData("fortran_f4.npy", 15)]
    [InlineData("version2.npy", 6)]
    [InlineData("version3.npy", 2)]
    [InlineData("big_endian.npy", 4)]
    [InlineData("bool_scalar.npy", 1)]
    [InlineData("empty_0x5.npy", 0)]
    [InlineData("unicode.npy", 2)]
    [InlineData("dates.npy", 2)]
    [InlineData("structured.npy", 3)]
    public void What_NumPy_wrote_loads_and_any_cut_of_it_does_not(string name, long elements)
    {
        var whole = File.ReadAllBytes(Verifying.Fixture(name));
        var report = Verifying.Content(name, whole);

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        (report.Format, report.Tensors, report.Parameters).ShouldBe(("NumPy", 1, elements));
        Verifying.EveryCutIsCaught(name, whole);
        Verifying.Content(name, [.. whole, 0]).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Fact]
    public void Arrays_saved_one_after_another_are_all_checked()
    {
        var whole = File.ReadAllBytes(Verifying.Fixture("two_arrays.npy"));

        Verifying.Content("two.npy", whole).Tensors.ShouldBe(2);
        Verifying.Content("two.npy", whole.AsSpan(..^1)).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Fact]
    public void Objects_are_whole_but_would_run_code()
    {
        var whole = File.ReadAllBytes(Verifying.Fixture("objects.npy"));
        var report = Verifying.Content("objects.npy", whole);

        report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        report.Findings.ShouldHaveSingleItem().Id.ShouldBe("npy-runs-code");
        Verifying.EveryCutIsCaught("objects.npy", whole);
    }

    [Theory]
    [InlineData("stored.npz")]
    [InlineData("deflated.npz")]
    [InlineData("streamed.npz")]
    public void A_zip_of_arrays_loads_and_any_cut_of_it_does_not(string name)
    {
        var whole = File.ReadAllBytes(Verifying.Fixture(name));
        var report = Verifying.Content(name, whole);

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        (report.Format, report.Tensors, report.Parameters, report.Step, report.Epoch).ShouldBe(("NumPy zip", 4, 64, 1840, 3.0));
        Verifying.EveryCutIsCaught(name, whole);
        Verifying.Content(name, [.. whole, 0]).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Fact]
    public void A_flipped_bit_in_an_array_is_caught_by_its_CRC()
    {
        var whole = File.ReadAllBytes(Verifying.Fixture("stored.npz"));
        var altered = whole.ToArray();
        altered[200] ^= 1; // inside the first member's numbers

        var report = Verifying.Content("stored.npz", altered);

        report.Verdict.ShouldBe(Verdict.Damaged);
        report.Findings[0].What.ShouldContain("member \"w.npy\"");
        report.Findings[0].What.ShouldContain("CRC");
    }

    [Theory]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807)}")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}")]
    [InlineData("{'descr': '<f9', 'fortran_order': False, 'shape': (1,)}")]
    [InlineData("{'descr': '<f8', 'fortran_order': False}")]
    [InlineData("{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}")]
    [InlineData("__import__('os').system('true')")]
    [InlineData("{'descr': [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]], 'fortran_order': False, 'shape': (1,)}")]
    public void A_header_that_is_no_array_is_damage(string header)
    {
        var length = BitConverter.GetBytes((ushort)header.Length);
        byte[] file = [0x93, .. "NUMPY"u8, 1, 0, .. length, .. System.Text.Encoding.ASCII.GetBytes(header), .. new byte[8]];

        Verifying.Content("x.npy", file).Verdict.ShouldBe(Verdict.Damaged);
    }
}
