using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts.Formats.Numpy;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Numpy;

/// <summary>An .npy file: one array, or several one after another.</summary>
public sealed class NpyFormatTests
{
    private static FileReport Verify(byte[] file, InspectionDepth depth = InspectionDepth.Values)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["a.npy"], file);
        return Verifying.File(directory["a.npy"], depth);
    }

    private static string Damage(byte[] file)
    {
        var report = Verify(file);
        report.Verdict.ShouldBe(Verdict.Damaged);
        return report.Findings.ShouldHaveSingleItem().What;
    }

    [Fact]
    public void It_is_told_by_its_first_six_bytes_or_its_name()
    {
        var format = new NpyFormat();
        format.Name.ShouldBe("NumPy");
        format.RecognisesName("a.NPY").ShouldBeTrue();
        format.RecognisesName("a.npz").ShouldBeFalse();
        format.RecognisesContent([0x93, .. "NUMPY"u8]).ShouldBeTrue();
        format.RecognisesContent([0x93, .. "NUMP"u8]).ShouldBeFalse();
        format.RecognisesContent([0x93, .. "NUMPI"u8]).ShouldBeFalse();
        format.RecognisesContent([0x92, .. "NUMPY"u8]).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_array_is_listed_with_what_its_values_are_like(int version)
    {
        var data = NpyBytes.Doubles(0, -1.5, double.NaN, double.PositiveInfinity, 4, 2);
        var report = Verify(NpyBytes.Of("'<f8'", "(2, 3)", data, major: version));

        (report.Format, report.Verdict, report.Tensors, report.Parameters).ShouldBe(("NumPy", Verdict.Loads, 1, 6));
        report.Checked.ShouldBe("header, type, shape, exact size");
        var tensor = report.TensorList.ShouldHaveSingleItem();
        (tensor.Name, tensor.Type, tensor.Bytes, tensor.Strides, tensor.Record).ShouldBe(("arr_0", "float64", 48, null, null));
        tensor.Shape.ShouldBe([2, 3]);
        tensor.ValuesSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(data)));
        var values = tensor.Statistics.ShouldNotBeNull();
        (values.NaNs, values.Infinities, values.Zeros, values.Min, values.Max).ShouldBe((1, 1, 1, -1.5, 4));
    }

    [Fact]
    public void A_large_array_is_measured_to_its_last_value()
    {
        var numbers = Enumerable.Range(0, 400_000).Select(i => (double)i).ToArray();
        var tensor = Verify(NpyBytes.Of("'<f8'", "(400000,)", NpyBytes.Doubles(numbers))).TensorList.ShouldHaveSingleItem();

        (tensor.Statistics!.Min, tensor.Statistics.Max, tensor.Statistics.Mean, tensor.Statistics.Values).ShouldBe((0, 399_999, 199_999.5, 400_000));
    }

    [Fact]
    public void Values_are_measured_only_where_they_were_asked_for()
    {
        var file = NpyBytes.Of("'<f4'", "(2,)", NpyBytes.Floats(1, 2));

        Verify(file, InspectionDepth.Tensors).TensorList.ShouldHaveSingleItem().Statistics.ShouldBeNull();
        Verify(file, InspectionDepth.Counts).TensorList.ShouldBeEmpty();
    }

    [Fact]
    public void Column_by_column_is_listed_with_its_strides_and_not_measured_unless_it_is_one_column()
    {
        var matrix = Verify(NpyBytes.Of("'<f4'", "(2, 3, 4)", new byte[96], isFortran: true)).TensorList.ShouldHaveSingleItem();
        matrix.Strides.ShouldBe([1, 2, 6]);
        matrix.Statistics.ShouldBeNull();

        var column = Verify(NpyBytes.Of("'<f4'", "(2,)", NpyBytes.Floats(1, 2), isFortran: true)).TensorList.ShouldHaveSingleItem();
        (column.Statistics!.Min, column.Statistics.Max).ShouldBe((1, 2));
    }

    [Fact]
    public void Big_endian_values_are_not_measured()
    {
        var tensor = Verify(NpyBytes.Of("'>f4'", "(2,)", new byte[8])).TensorList.ShouldHaveSingleItem();

        (tensor.Type, tensor.Statistics).ShouldBe(("float32", null));
    }

    [Fact]
    public void Arrays_one_after_another_are_counted_and_named()
    {
        var report = Verify([.. NpyBytes.Of("'<f4'", "(2,)", new byte[8]), .. NpyBytes.Of("'|u1'", "()", [7]), .. NpyBytes.Of("'<f8'", "(0, 5)", [])]);

        (report.Verdict, report.Tensors, report.Parameters, report.Checked).ShouldBe((Verdict.Loads, 3, 3, "3 arrays one after another, exact size"));
        report.TensorList.Select(tensor => tensor.Name).ShouldBe(["arr_0", "arr_1", "arr_2"]);
    }

    [Fact]
    public void What_is_missing_of_an_array_is_told()
    {
        var whole = NpyBytes.Of("'<f8'", "(3,)", new byte[24]);

        Damage(whole[..^1]).ShouldBe("its shape and type make 24 bytes, and only 23 are there: it was cut short.");
        Damage([.. whole, .. whole[..^24]]).ShouldBe("after 1 whole arrays: its shape and type make 24 bytes, and only 0 are there: it was cut short.");
        Damage(whole[..20]).ShouldBe("it ends inside the array's header or data: it was cut short.");
        Damage([.. whole, 1]).ShouldBe("after 1 whole arrays: it ends inside the array's header or data: it was cut short.");
        Damage([.. whole, .. "something else"u8]).ShouldBe("after 1 whole arrays: the array's header is not valid: it does not begin with NumPy's mark.");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    public void A_version_that_does_not_exist_is_damage(int major, int minor) =>
        Damage(NpyBytes.WithHeader("{'descr': '<f8', 'fortran_order': False, 'shape': ()}", new byte[8], major, minor))
            .ShouldBe($"the array's header is not valid: version {major}.{minor} is none of 1.0, 2.0, 3.0.");

    [Theory]
    [InlineData(10_000, 1, false)]
    [InlineData(10_001, 1, true)]
    [InlineData(10_000, 2, false)]
    [InlineData(10_001, 2, true)]
    public void A_header_that_NumPy_asks_about_is_a_warning(int bytes, int version, bool warns)
    {
        var header = "{'descr': '<f8', 'fortran_order': False, 'shape': ()}".PadRight(bytes - (version == 1 ? 10 : 12));
        var report = Verify(NpyBytes.WithHeader(header, NpyBytes.Doubles(1), version));

        report.Verdict.ShouldBe(warns ? Verdict.LoadsWithWarning : Verdict.Loads);
        report.Findings.Select(finding => (finding.Id, finding.What)).ShouldBe(warns ? [("npy-long-header", "its header has 10001 bytes, and NumPy asks before it reads that many.")] : []);
        report.Tensors.ShouldBe(1);
    }

    [Fact]
    public void A_header_of_more_than_a_mebibyte_is_damage()
    {
        const string Header = "{'descr': '<f8', 'fortran_order': False, 'shape': ()}";

        Verify(NpyBytes.WithHeader(Header.PadRight(1_048_576), new byte[8], 2)).Verdict.ShouldBe(Verdict.LoadsWithWarning);
        Damage(NpyBytes.WithHeader(Header.PadRight(1_048_577), new byte[8], 2)).ShouldBe("the array's header is not valid: it claims 1048577 bytes, more than 1048576.");
    }

    [Theory]
    [InlineData("['descr', 'fortran_order', 'shape']", "it does not have exactly descr, fortran_order and shape")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (), 'more': 1}", "it does not have exactly descr, fortran_order and shape")]
    [InlineData("{'desc': '<f8', 'fortran_order': False, 'shape': ()}", "it does not have exactly descr, fortran_order and shape")]
    [InlineData("{'descr': '<f8', 'fortran': False, 'shape': ()}", "it does not have exactly descr, fortran_order and shape")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'size': ()}", "it does not have exactly descr, fortran_order and shape")]
    [InlineData("{'descr': '<f8', 'fortran_order': 0, 'shape': ()}", "its order is not True or False, or its shape cannot exist")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': 3}", "its order is not True or False, or its shape cannot exist")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", "its order is not True or False, or its shape cannot exist")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': ('3',)}", "its order is not True or False, or its shape cannot exist")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 2147483648)}", "its order is not True or False, or its shape cannot exist")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", "its order is not True or False, or its shape cannot exist")]
    public void A_header_that_describes_no_array_is_damage(string header, string what) =>
        Damage(NpyBytes.WithHeader(header, new byte[8])).ShouldBe($"the array's header is not valid: {what}.");

    [Fact]
    public void A_header_is_UTF_8_in_version_3_and_one_byte_a_character_before()
    {
        const string Header = "{'descr': '<ä', 'fortran_order': False, 'shape': ()}";

        Damage(NpyBytes.WithHeader(Header, new byte[8], 1)).ShouldBe("the array's header is not valid: the type \"<ä\" is not one NumPy has.");
        Damage(NpyBytes.WithHeader(Header, new byte[8], 3)).ShouldBe("the array's header is not valid: the type \"<ä\" is not one NumPy has.");
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void An_array_may_have_sixty_four_dimensions(int dimensions, bool may) =>
        (Verify(NpyBytes.Of("'|u1'", $"({string.Concat(Enumerable.Repeat("1,", dimensions))})", [1])).Verdict == Verdict.Loads).ShouldBe(may);

    [Fact]
    public void The_largest_shape_there_is_lacks_its_bytes() =>
        Damage(NpyBytes.Of("'<f8'", "(9223372036854775807,)", new byte[8])).ShouldBe("its shape and type make 73786976294838206456 bytes, and only 8 are there: it was cut short.");

    [Fact]
    public void An_array_of_objects_runs_code_when_loaded_and_its_pickle_is_followed()
    {
        var report = Verify(NpyBytes.Of("'|O'", "(2,)", Encoding.Latin1.GetBytes("\u0080\u0002(cos\nsystem\ncposix\nlink\nt.")));

        (report.Verdict, report.Tensors, report.Parameters).ShouldBe((Verdict.LoadsWithWarning, 1, 2));
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What).ShouldBe(("npy-runs-code", "it holds Python objects (a pickle), which run code when loaded: os.system, posix.link."));
        report.TensorList.ShouldBeEmpty();
        Verify(NpyBytes.Of("'|O'", "(1,)", "N."u8.ToArray())).Findings.ShouldHaveSingleItem().What.ShouldBe("it holds Python objects (a pickle), which run code when loaded.");
        Verify(NpyBytes.Of("[('a', '<i4'), ('b', '|O')]", "(1,)", "N."u8.ToArray())).Findings.ShouldHaveSingleItem().Id.ShouldBe("npy-runs-code");
    }

    /// <summary>numpy.save writes to an open file where that is, and loads from it so.</summary>
    [Fact]
    public void An_array_of_objects_may_have_others_behind_it()
    {
        // pickle.dumps(numpy.array([None, "x"], dtype=object), protocol=3), as numpy.save calls it
        var objects = NpyBytes.Of("'|O'", "(2,)", Pickle.Interpreted.Opcodes(@"\x80\x03cnumpy.core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nq\x01K\x00\x85q\x02C\x01bq\x03\x87q\x04Rq\x05(K\x01K\x02\x85q\x06cnumpy\ndtype\nq\x07X\x02\x00\x00\x00O8q\x08\x89\x88\x87q\tRq\n(K\x03X\x01\x00\x00\x00|q\x0bNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq\x0cb\x89]q\r(NX\x01\x00\x00\x00xq\x0eetq\x0fb."));
        var pair = NpyBytes.Of("'<f4'", "(2,)", NpyBytes.Floats(1, 2));
        const string Runs = "it holds Python objects (a pickle), which run code when loaded.";
        var report = Verify([.. objects, .. pair, .. objects, .. objects, .. pair]);

        report.Lines().ShouldBe(["LoadsWithWarning", $"Warning npy-runs-code: {Runs}", $"Warning npy-runs-code: after 2 whole arrays: {Runs}", $"Warning npy-runs-code: after 3 whole arrays: {Runs}"]);
        (report.Tensors, report.Parameters, report.Checked).ShouldBe((5, 10, "5 arrays one after another, exact size"));
        report.TensorList.Select(tensor => tensor.Name).ShouldBe(["arr_1", "arr_4"]);

        byte[] two = [.. objects, .. pair];
        for (var length = 1; length < two.Length; length++)
        {
            // cut right between the two it is the first alone
            Verify(two[..length]).Verdict.ShouldBe(length == objects.Length ? Verdict.LoadsWithWarning : Verdict.Damaged, $"cut to {length}");
        }
    }

    [Fact]
    public void An_array_of_objects_whose_pickle_is_not_whole_is_damage()
    {
        var longer = Verify(NpyBytes.Of("'|O'", "(2,)", "N.abc"u8.ToArray()));
        longer.Findings.Select(finding => (finding.Id, finding.Severity)).ShouldBe([("npy-runs-code", Severity.Warning), ("npy-pickle", Severity.Error)]);
        longer.Findings[1].What.ShouldBe("its pickle ends 3 bytes before the file does.");

        var broken = Verify([.. NpyBytes.Of("'|u1'", "(1,)", [1]), .. NpyBytes.Of("'|O'", "(2,)", "t."u8.ToArray())]).Findings.ShouldHaveSingleItem();
        (broken.Id, broken.What).ShouldBe(("npy-pickle", "after 1 whole arrays: its pickle is broken before byte 1: it closes a group that it did not open."));
    }
}
