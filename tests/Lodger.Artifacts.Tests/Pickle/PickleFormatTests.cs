using System.Text;
using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Tests.Torch;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Pickle;

/// <summary>A file that is one plain pickle.</summary>
public sealed class PickleFormatTests
{
    private static FileReport Verify(string escaped, string name = "a.pkl") => Verifying.Content(name, Interpreted.Opcodes(escaped));

    [Theory]
    [InlineData("a.pkl", true)]
    [InlineData("a.PKL", true)]
    [InlineData("a.pickle", true)]
    [InlineData("a.Pickle", true)]
    [InlineData("a.Joblib", true)]
    [InlineData("a.pk", false)]
    [InlineData("pkl", false)]
    public void It_is_told_by_its_name(string name, bool isOne) => new PickleFormat().RecognisesName(name).ShouldBe(isOne);

    [Fact]
    public void It_is_told_by_its_protocol_and_an_opcode_that_begins_a_value()
    {
        var beginnings = Enumerable.Range(0, 256).Where(opcode => new PickleFormat().RecognisesContent([0x80, 4, (byte)opcode])).Select(opcode => (char)opcode).ToHashSet();

        beginnings.ShouldBe([.. "c}])(XNKMJGUTBC", .. "\u0095\u008f\u008a\u008b\u0088\u0089\u008c\u008d\u008e"], ignoreOrder: true);
        Enumerable.Range(0, 256).Where(protocol => new PickleFormat().RecognisesContent([0x80, (byte)protocol, (byte)'N'])).ShouldBe([2, 3, 4, 5]);
        new PickleFormat().RecognisesContent([0x81, 2, (byte)'N']).ShouldBeFalse();
        new PickleFormat().RecognisesContent([0x80, 2]).ShouldBeFalse();
        new PickleFormat().Name.ShouldBe("pickle");
    }

    [Fact]
    public void A_whole_one_loads_and_says_what_was_checked()
    {
        var report = Verify(@"\x80\x04}(\x8c\x04stepK\x07\x8c\x05epochG\x3f\xf8\x00\x00\x00\x00\x00\x00\x8c\x01xNu.");

        (report.Format, report.Verdict, report.Tensors, report.Parameters, report.Step, report.Epoch).ShouldBe(("pickle", Verdict.Loads, 0, 0, 7, 1.5));
        report.Checked.ShouldBe("every opcode to the last byte, arrays and their sizes");
        report.Findings.ShouldBeEmpty();
        report.NotChecked.ShouldBeEmpty();
    }

    [Fact]
    public void A_broken_one_is_damage_with_its_byte()
    {
        var report = Verify(@"\x80\x04t.");

        report.Verdict.ShouldBe(Verdict.Damaged);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What).ShouldBe(("pickle-stack", "its pickle is broken before byte 3: it closes a group that it did not open."));
    }

    [Fact]
    public void Tensors_have_no_bytes_in_a_lone_pickle_and_are_not_judged()
    {
        var report = Verifying.Content("a.pkl", Pickles.Tensor(0, Pickles.Sizes(12), Pickles.Sizes(1)));

        report.Verdict.ShouldBe(Verdict.HashOnly);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.What, report.Checked).ShouldBe(("torch-storage", "tensor \"w\" refers to bytes outside the pickle, which a lone pickle does not have.", "size and SHA-256"));
    }

    [Fact]
    public void Code_in_it_is_named_up_to_five_and_counted_beyond()
    {
        var report = Verifying.Content("a.pkl", Encoding.Latin1.GetBytes($"\u0080\u0002({string.Concat(Enumerable.Range(1, 7).Select(i => $"cm\nf{i}\n"))}t."));

        report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.Severity).ShouldBe(("pickle-runs-code", Severity.Warning));
        finding.What.ShouldBe("loading it would run code: m.f1, m.f2, m.f3, m.f4, m.f5 and 2 more.");
        finding.Fix.ShouldContain("weights_only=True");
        report.NotChecked.ShouldBe(["what the code it names would do"]);
        Verifying.Content("a.pkl", Encoding.Latin1.GetBytes($"\u0080\u0002({string.Concat(Enumerable.Range(1, 5).Select(i => $"cm\nf{i}\n"))}t."))
            .Findings.ShouldHaveSingleItem().What.ShouldBe("loading it would run code: m.f1, m.f2, m.f3, m.f4, m.f5.");
    }

    [Fact]
    public void NumPy_arrays_in_it_are_listed_with_their_place()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["a.pkl"], Interpreted.Opcodes(@"\x80\x04}\x8c\x01wcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01K\x02K\x03\x86cnumpy\ndtype\n\x8c\x02i2\x89\x88\x87R(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89C\x0cabcdefghijkltbs."));
        var report = Verifying.File(directory["a.pkl"], InspectionDepth.Tensors);

        (report.Verdict, report.Tensors, report.Parameters).ShouldBe((Verdict.Loads, 1, 6), string.Join('\n', report.Findings));
        var array = report.TensorList.ShouldHaveSingleItem();
        (array.Name, array.Type, array.Bytes, array.Record).ShouldBe(("w", "numpy <i2", 12, "data.pkl"));
        array.Shape.ShouldBe([2, 3]);
        array.Offset.ShouldBe(File.ReadAllBytes(directory["a.pkl"]).AsSpan().IndexOf("abcdefghijkl"u8));
    }

    [Theory]
    [InlineData(@"(K\x01K\x02t0", "a group")]
    [InlineData(@"N\x88\x89K\x01M\x01\x02J\x01\x02\x03\x04G\x3f\xf8\x00\x00\x00\x00\x00\x00I1\nL1L\nF1\n\x8a\x01\x01\x8b\x01\x00\x00\x00\x01", "constants")]
    [InlineData(@"X\x01\x00\x00\x00a\x8c\x01a\x8d\x01\x00\x00\x00\x00\x00\x00\x00aU\x01aT\x01\x00\x00\x00aVa\nS'a'\nC\x01aB\x01\x00\x00\x00a\x8e\x01\x00\x00\x00\x00\x00\x00\x00a\x96\x01\x00\x00\x00\x00\x00\x00\x00a", "texts")]
    [InlineData(@"q\x00r\x00\x00\x00\x00p0\nh\x07j\x07\x00\x00\x00g7\n\x94\x95\x01\x00\x00\x00\x00\x00\x00\x00\x80\x02Px\nQ", "memo and references")]
    [InlineData(@"(012RabdQ}el]ostu)\x81\x85\x86\x87\x8f\x90\x91\x92", "everything that only works on the stack")]
    public void Past_the_budget_every_opcode_is_stepped_over_to_the_end_mark(string opcodes, string what)
    {
        var outcome = Interpreted.RunPastTheBudget(opcodes);

        (outcome.IsKept, outcome.Value, outcome.Foreign.Count).ShouldBe((false, null, 0), what);
    }

    [Theory]
    [InlineData(@"cos\nsystem\n", "os.system")]
    [InlineData(@"ios\nsystem\n", "os.system")]
    [InlineData(@"\x83\x01\x02", "copyreg.extension 513")]
    [InlineData(@"\x8c\x02os\x8c\x06system\x93", "os.system")]
    [InlineData(@"X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93", "os.system")]
    [InlineData(@"\x8d\x02\x00\x00\x00\x00\x00\x00\x00os\x94\x95\x00\x00\x00\x00\x00\x00\x00\x00\x8d\x06\x00\x00\x00\x00\x00\x00\x00systemq\x01\x93", "os.system")]
    [InlineData(@"U\x02osr\x01\x00\x00\x00T\x06\x00\x00\x00systemp1\n\x93", "os.system")]
    [InlineData(@"Vos\nS'system'\n\x93", "os.system")]
    [InlineData(@"\x8c\x02os\x8c\x06systemN\x93", "a global whose name was not followed")]
    [InlineData(@"\x8c\x06system\x93", "a global whose name was not followed")]
    [InlineData(@"\x8c\x02os\x8c\x06system\x93\x93", "os.system;a global whose name was not followed")]
    public void Past_the_budget_code_is_still_named(string opcodes, string foreign)
    {
        var outcome = Interpreted.RunPastTheBudget(opcodes);

        outcome.IsKept.ShouldBeFalse();
        outcome.Foreign.ShouldBe(foreign.Split(';'));
    }

    [Theory]
    [InlineData(@"\xff", "pickle-opcode")]
    [InlineData(@"\x97", "pickle-buffer")]
    [InlineData(@"\x80\x06", "pickle-protocol")]
    [InlineData(@"Ix\n", "pickle-number")]
    public void Past_the_budget_what_no_pickler_writes_is_still_damage(string opcodes, string id) =>
        Should.Throw<PickleException>(() => Interpreted.RunPastTheBudget(opcodes)).Id.ShouldBe(id);

    [Fact]
    public void Whatever_takes_more_memory_than_there_is_left_is_let_go()
    {
        static string Many(int count, string opcodes) => string.Concat(Enumerable.Repeat(opcodes, count));
        var name = new string('n', 500);
        var text = new string('t', 1024);
        foreach (var (what, opcodes) in new[]
        {
            ("texts", Many(300, Pickles.Text(text))), ("texts of Python 2", Many(300, "T" + Pickles.Little(1024, 4) + text)), ("lines", Many(300, $"V{text}\n")), ("bytes", Many(600, "B" + Pickles.Little(1024, 4) + text)),
            ("globals", Many(300, $"c{name}\n{name}\n")), ("a tuple", $"({Many(17_000, "N")}t"), ("a list", $"]({Many(13_000, "N")}e"), ("groups", Many(150_000, "(")), ("memo slots", "N" + Many(13_000, "q\0")),
        })
        {
            Interpreted.RunNearTheBudget(opcodes).IsKept.ShouldBeFalse(what);
        }

        Interpreted.RunNearTheBudget("N").IsKept.ShouldBeTrue();
    }

    [Fact]
    public void Past_the_budget_a_file_is_vouched_for_by_its_hash_alone()
    {
        var report = Verifying.Content("a.pkl", Encoding.Latin1.GetBytes(Pickles.PastTheBudget + "N."));

        report.Verdict.ShouldBe(Verdict.HashOnly);
        report.Findings.ShouldHaveSingleItem().What.ShouldBe("its pickle makes more values than the 48 MiB kept here; it is whole to its end mark, and its tensors were not looked at.");
    }
}
