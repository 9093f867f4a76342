using System.Text;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Pickle;

/// <summary>Files that hold more than one plain pickle: several dumped one after another, arrays of joblib's between the opcodes, packed ones, and what follows that is none.</summary>
public sealed class PickleSequenceTests
{
    private const string Episode = @"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x04step\x94K\x07u.";
    private const string Code = @"cposix\nsystem\n\x8c\x02id\x85R.";
    private const string Old = @"(dp0\nVstep\np1\nI7\ns.";

    private static FileReport Verify(string escaped, string name = "a.pkl") => Verifying.Content(name, Interpreted.Opcodes(escaped));

    [Fact]
    public void Several_dumped_to_one_file_load_and_the_last_one_tells_the_step()
    {
        var report = Verify(Episode + @"\x80\x02]." + Episode.Replace(@"K\x07", @"K\x09", StringComparison.Ordinal));

        (report.Verdict, report.Format, report.Step).ShouldBe((Verdict.Loads, "pickle", 9));
        report.Checked.ShouldBe("3 pickles one after another: every opcode to the last byte, arrays and their sizes");
        Verify(Old + Old).Checked.ShouldStartWith("2 pickles");
        Verify(Episode + Old).Checked.ShouldStartWith("2 pickles");
    }

    [Fact]
    public void A_further_one_that_is_cut_is_damage_wherever_it_is_cut()
    {
        var (two, one) = (Interpreted.Opcodes(Episode + Episode), Interpreted.Opcodes(Episode).Length);

        foreach (var length in Enumerable.Range(1, two.Length - 1).Except([one]))
        {
            Verifying.Content("a.pkl", two.AsSpan(0, length)).Verdict.ShouldBe(Verdict.Damaged, $"cut to {length}");
        }

        ReportLines.Only("a.pkl", two.AsSpan()[..^1]).ShouldBe($"Damaged Error pickle-cut: after 1 whole pickles: its pickle stops at byte {two.Length - 1}, before its end mark: it was cut short.");
        ReportLines.Only("a.pkl", Interpreted.Opcodes(Old + Old).AsSpan()[..^1]).ShouldStartWith("Damaged Error pickle-cut: after 1 whole pickles");
        ReportLines.Only("a.pkl", Interpreted.Opcodes(Episode + @"\x80\x04t.")).ShouldStartWith("Damaged Error pickle-stack: after 1 whole pickles");
    }

    [Theory]
    [InlineData("abc", "3 bytes follow its pickle that are none.")]
    [InlineData(@"\x00\x00\x80\x3f\x00\x00\x00\x40", "8 bytes follow its pickle that are none.")]
    [InlineData(@"X\x00\x00\x80\x3f\x00\x00\x00\x40", "9 bytes follow its pickle that are none.")]
    [InlineData(@"\x80\x3f", "2 bytes follow its pickle that are none.")]
    [InlineData(@"\x80\x04N.\xff", "1 bytes follow its 2 pickles that are none.")]
    public void What_follows_and_is_no_pickle_is_not_judged(string rest, string says) =>
        ReportLines.Only("a.pkl", Interpreted.Opcodes(Episode + rest)).ShouldBe("HashOnly Warning pickle-rest: " + says);

    [Theory]
    [InlineData(Episode + @"\x80\x04" + Code, Verdict.LoadsWithWarning)]
    [InlineData(Episode + Code + Episode, Verdict.LoadsWithWarning)]
    [InlineData(@"\x80\x04" + Code + Episode + "rest", Verdict.HashOnly)]
    [InlineData(Episode + @"cposix\nsystem\n\x8c\x02id\x85R\xff", Verdict.HashOnly)]
    [InlineData(Episode + @"\x80\x04cposix\nsystem\n\x8c\x02id\x85R", Verdict.Damaged)]
    public void Code_is_said_of_every_pickle_and_of_what_breaks_behind_it(string escaped, Verdict verdict)
    {
        var report = Verify(escaped);

        (report.Verdict, report.IsUnsafe).ShouldBe((verdict, true));
        report.Findings.ShouldContain(finding => finding.What == "loading it would run code: posix.system.");
    }

    [Fact]
    public void More_than_a_million_are_not_judged()
    {
        var report = Verifying.Content("a.pkl", Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("N.", 1_000_001))));

        report.Lines().ShouldBe(["HashOnly", "Warning pickle-too-many: it holds more than 1000000 pickles."]);
        Verifying.Content("a.pkl", Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("N.", 1_000_000)))).Verdict.ShouldBe(Verdict.Loads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Arrays_of_joblib_lie_between_the_opcodes(bool aligned)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["model.joblib"], Joblib(Float64, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV", aligned));
        var report = Verifying.File(directory["model.joblib"], InspectionDepth.Tensors);

        (report.Format, report.Verdict, report.Tensors, report.Parameters, report.IsUnsafe).ShouldBe(("pickle", Verdict.LoadsWithWarning, 1, 6, true), string.Join('\n', report.Findings));
        report.Findings.ShouldHaveSingleItem().What.ShouldBe("loading it would run code: joblib.numpy_pickle.NumpyArrayWrapper.");
        var array = report.TensorList.ShouldHaveSingleItem();
        (array.Name, array.Type, array.Bytes).ShouldBe(("w", "numpy <f8", 48));
        array.Offset.ShouldBe(File.ReadAllBytes(directory["model.joblib"]).AsSpan().IndexOf("abcdefgh"u8));
    }

    [Fact]
    public void A_joblib_file_that_is_cut_anywhere_is_damaged() =>
        Verifying.EveryCutIsCaught("model.joblib", Joblib(Float64, new string('\u0001', 48), aligned: true));

    [Fact]
    public void An_array_of_objects_is_a_pickle_of_its_own_and_its_code_is_said()
    {
        var report = Verifying.Content("m.joblib", Joblib(Objects, Encoding.Latin1.GetString(Interpreted.Opcodes(@"\x80\x02" + Code)), aligned: false));

        report.Lines().ShouldBe(["LoadsWithWarning", "Warning pickle-runs-code: loading it would run code: joblib.numpy_pickle.NumpyArrayWrapper, posix.system."]);
        Verifying.EveryCutIsCaught("m.joblib", Joblib(Objects, Encoding.Latin1.GetString(Interpreted.Opcodes(@"\x80\x02N.")), aligned: false));

        // a field of a record may hold objects as well
        var record = $@"cnumpy\ndtype\n\x8c\x03V16\x89\x88\x87R(K\x03\x8c\x01|N\x8c\x01a\x85}}\x8c\x01a{Objects}K\x00\x86sK\x10K\x01K\x00tb";
        Verifying.Content("m.joblib", Joblib(record, Encoding.Latin1.GetString(Interpreted.Opcodes(@"\x80\x02" + Code)), aligned: true)).Findings[0].What.ShouldEndWith("posix.system.");
    }

    [Fact]
    public void A_record_type_takes_as_many_bytes_as_it_says() =>
        Verifying.Content("m.joblib", Joblib(@"cnumpy\ndtype\n\x8c\x03V16\x89\x88\x87R(K\x03\x8c\x01|NNNK\x10K\x01K\x00tb", new string('.', 96), aligned: true)).Verdict.ShouldBe(Verdict.LoadsWithWarning);

    [Fact]
    public void An_array_of_a_type_that_is_not_known_is_not_judged()
    {
        var report = Verifying.Content("m.joblib", Joblib(@"cnumpy\ndtype\n\x8c\x02q9\x89\x88\x87R(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb", "\u0010\u0011", aligned: true));

        (report.Verdict, report.IsUnsafe).ShouldBe((Verdict.HashOnly, true));
        report.Findings[0].Id.ShouldBe("pickle-joblib");
    }

    [Fact]
    public void Arrays_of_joblib_past_the_budget_are_not_judged()
    {
        var broken = Should.Throw<Artifacts.Formats.Pickle.PickleException>(() => Interpreted.RunPastTheBudget(@"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}b\xff"));

        (broken.Id, broken.Message).ShouldBe(("pickle-joblib", "it has arrays of joblib's behind more values than the 48 MiB kept here."));
    }

    [Theory]
    [InlineData(@"\x78\x9c")]
    [InlineData("BZh9")]
    [InlineData(@"\xfd7zXZ\x00\x00")]
    [InlineData(@"\x28\xb5\x2f\xfd")]
    [InlineData(@"\x04\x22\x4d\x18")]
    public void A_packed_one_is_not_judged(string mark) =>
        ReportLines.Only("a.pkl", Interpreted.Opcodes(mark + "rest")).ShouldBe("HashOnly Warning pickle-packed: it is packed, and the pickle in it was not looked at.");

    [Fact]
    public void Of_one_in_gzip_the_gzip_is_checked()
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Interpreted.Opcodes(Episode));
        }

        ReportLines.Only("a.pkl", packed.ToArray()).ShouldBe("HashOnly Warning pickle-packed: it is packed, and the pickle in it was not looked at.");
        Verifying.Content("a.pkl", packed.ToArray().AsSpan()[..^1]).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Fact]
    public void Buffers_that_are_kept_elsewhere_are_not_judged()
    {
        ReportLines.Only("a.pkl", Interpreted.Opcodes(@"\x80\x05\x97\x98.")).ShouldBe("HashOnly Warning pickle-buffer: it wants a buffer from outside, which a file does not have.");
        Verify(@"\x80\x05cposix\nsystem\n\x97.").IsUnsafe.ShouldBeTrue();
    }

    private const string Float64 = @"cnumpy\ndtype\n\x8c\x02f8\x89\x88\x87R(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb";
    private const string Objects = @"cnumpy\ndtype\n\x8c\x02O8\x89\x88\x87R(K\x03\x8c\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftb";

    /// <summary>A dict with one array "w" of shape (2, 3), as joblib.dump writes it (joblib/numpy_pickle.py): since 1.2 with a count of bytes that align it.</summary>
    private static byte[] Joblib(string dtype, string content, bool aligned)
    {
        var alignment = aligned ? @"\x8c\x1bnumpy_array_alignment_bytesK\x10" : string.Empty;
        var padding = aligned && !dtype.Contains("O8", StringComparison.Ordinal) ? @"\x05\xff\xff\xff\xff\xff" : string.Empty;
        return
        [
            .. Interpreted.Opcodes($@"\x80\x04}}\x8c\x01wcjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}}(\x8c\x08subclasscnumpy\nndarray\n\x8c\x05shapeK\x02K\x03\x86\x8c\x05order\x8c\x01C\x8c\x05dtype{dtype}\x8c\x0aallow_mmap\x88{alignment}ub{padding}"),
            .. Encoding.Latin1.GetBytes(content),
            .. "s."u8,
        ];
    }
}
