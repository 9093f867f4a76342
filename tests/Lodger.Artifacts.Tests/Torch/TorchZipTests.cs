using System.Security.Cryptography;
using Lodger.Artifacts.Formats.Torch;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Tests.Zip;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>A file of torch.save: its pickle, its records, and what is said of them.</summary>
public sealed class TorchZipTests
{
    private static readonly byte[] _six = TorchBytes.Floats(1, 2, 3, 4, 5, 6);

    private static FileReport Verify(ZipBytes zip, InspectionDepth depth = InspectionDepth.Values) => Verify(zip.Bytes(), depth);

    private static FileReport Verify(byte[] file, InspectionDepth depth = InspectionDepth.Values)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["a.pt"], file);
        return Verifying.File(directory["a.pt"], depth);
    }

    private static (string Id, string What) Finding(ZipBytes zip, Verdict verdict = Verdict.Damaged)
    {
        var report = Verify(zip);
        report.Verdict.ShouldBe(verdict, string.Join('\n', report.Findings));
        var finding = report.Findings.ShouldHaveSingleItem();
        return (finding.Id, finding.What);
    }

    private static Py.Dict Checkpoint(object? step) => new(
        ("model", new Py.Dict(("w", Py.Tensor("0", 2, 3)), ("tied", Py.Tensor("0", 2, 3)), ("part", Py.View("0", [2], [1], 4, 6)))),
        ("optimizer", new Py.Dict(("state", new Py.Dict((0, new Py.Dict(("step", step))))), ("param_groups", Array.Empty<object>()))),
        ("rng_state", Py.View("2", [4], [1], 0, 4, "ByteStorage")), ("epoch", 2));

    [Fact]
    public void A_checkpoint_says_its_parts_its_step_and_its_models_numbers()
    {
        var report = Verify(TorchBytes.Zip(Checkpoint(Py.Tensor("1")), ("0", _six), ("1", TorchBytes.Floats(42)), ("2", [1, 2, 3, 4])), InspectionDepth.Counts);

        (report.Format, report.Verdict, report.Tensors, report.Parameters, report.Step, report.Epoch).ShouldBe(("PyTorch zip", Verdict.Loads, 5, 8, 42, 2), string.Join('\n', report.Findings));
        report.Checked.ShouldBe("pickle, 5 tensors, every record, size, offset and CRC");
        report.NotChecked.ShouldBe(["the values (--deep reads them)"]);
        report.Training.ShouldBe(new TrainingState(true, true, false, true, false, true));
        report.TensorList.ShouldBeEmpty();
        report.Findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("FloatStorage", "00002842", 42L)]
    [InlineData("LongStorage", "2A00000000000000", 42L)]
    [InlineData("IntStorage", "00000000", 0L)]
    [InlineData("FloatStorage", "00002A42", null)]
    [InlineData("FloatStorage", "0000C07F", null)]
    [InlineData("IntStorage", "FFFFFFFF", null)]
    [InlineData("LongStorage", "0080C6A47E8D0300", 1_000_000_000_000_000L)]
    [InlineData("LongStorage", "0000F444829E2200", null)]
    public void A_step_in_a_tensor_is_read(string storage, string bytes, long? step) =>
        Verify(TorchBytes.Zip(Checkpoint(Py.View("1", [], [], 0, 1, storage)), ("0", _six), ("1", Convert.FromHexString(bytes)), ("2", [1, 2, 3, 4]))).Step.ShouldBe(step);

    [Fact]
    public void A_step_said_plainly_is_taken_before_one_in_a_tensor()
    {
        var both = new Py.Dict([.. Checkpoint(Py.Tensor("1")).Entries, ("step", 3)]);

        Verify(TorchBytes.Zip(both, ("0", _six), ("1", TorchBytes.Floats(42)), ("2", [1, 2, 3, 4]))).Step.ShouldBe(3);
    }

    [Fact]
    public void A_step_that_lies_packed_is_not_looked_for()
    {
        var zip = new ZipBytes().With("archive/data.pkl", Py.Pickle(new Py.Dict(("step", Py.View("0", [1], [1], 1, 2)), ("note", "x"))), 8).With("archive/data/0", TorchBytes.Floats(1, 7), 8);

        Verify(zip).Step.ShouldBeNull();
        Verify(TorchBytes.Zip(new Py.Dict(("step", Py.View("0", [1], [1], 1, 2)), ("note", "x")), ("0", TorchBytes.Floats(1, 7)))).Step.ShouldBe(7);
    }

    [Fact]
    public void Numbers_of_all_tensors_and_arrays_count_where_no_part_is_the_models()
    {
        var report = Verify(TorchBytes.Zip(new Py.Dict(("a", Py.Tensor("0", 6)), ("mean", Py.Array("u1", "|", new byte[12], 3, 4)), ("note", "x")), ("0", _six)));

        (report.Tensors, report.Parameters, report.Training).ShouldBe((2, 18, null));
        Verify(TorchBytes.Zip(new Py.Dict(("model", new Py.Dict(("w", Py.Tensor("0", 6)))), ("mean", Py.Array("u1", "|", new byte[12], 3, 4))), ("0", _six))).Parameters.ShouldBe(6);
    }

    [Fact]
    public void Every_tensor_is_listed_with_where_it_lies_and_what_its_values_are_like()
    {
        var views = new Py.Dict(
            ("row", Py.View("0", [3], [1], 3, 6)), ("turned", Py.View("0", [3, 2], [1, 3], 0, 6)), ("every second", Py.View("0", [2], [2], 1, 6)), ("spread", Py.View("0", [2, 2], [0, 1], 4, 6)),
            ("nothing", Py.View("0", [0, 3], [3, 1], 0, 6)));
        var report = Verify(TorchBytes.Zip(views, ("0", _six)));

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        report.NotChecked.ShouldBeEmpty();
        string Values(params float[] values) => Convert.ToHexStringLower(SHA256.HashData(TorchBytes.Floats(values)));
        report.TensorList.Select(tensor => (tensor.Name, tensor.Type, tensor.Bytes, tensor.Record, tensor.Offset, tensor.ValuesSha256, tensor.Statistics!.Min, tensor.Statistics.Max)).ShouldBe([
            ("row", "float32", 12, "data/0", 12, Values(4, 5, 6), 4, 6), ("turned", "float32", 24, "data/0", 0, Values(1, 4, 2, 5, 3, 6), 1, 6),
            ("every second", "float32", 8, "data/0", 4, Values(2, 4), 2, 4), ("spread", "float32", 16, "data/0", 16, Values(5, 6, 5, 6), 5, 6), ("nothing", "float32", 0, "data/0", 0, Values(), null, null)]);
        report.TensorList.Select(tensor => string.Join(',', tensor.Strides ?? [])).ShouldBe(["", "1,3", "2", "0,1", ""]);
        report.TensorList[1].Shape.ShouldBe([3, 2]);
        Verify(TorchBytes.Zip(views, ("0", _six)), InspectionDepth.Tensors).TensorList.ShouldAllBe(tensor => tensor.Statistics == null && tensor.Record == "data/0");
    }

    [Fact]
    public void A_large_turned_tensor_is_measured_in_the_order_of_its_shape()
    {
        var values = Enumerable.Range(0, 50 * 70).Select(i => (float)i).ToArray();
        var turned = Enumerable.Range(0, 70).SelectMany(column => Enumerable.Range(0, 50).Select(row => values[(row * 70) + column])).ToArray();
        var deep = Enumerable.Range(0, 7).SelectMany(c => Enumerable.Range(0, 50).SelectMany(a => Enumerable.Range(0, 10).Select(b => values[(a * 70) + (b * 7) + c]))).ToArray();
        var report = Verify(TorchBytes.Zip(new Py.Dict(("a", Py.View("0", [70, 50], [1, 70], 0, 3500)), ("b", Py.View("0", [7, 50, 10], [1, 70, 7], 0, 3500))), ("0", TorchBytes.Floats(values))));

        report.TensorList[0].ValuesSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(TorchBytes.Floats(turned))));
        report.TensorList[1].ValuesSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(TorchBytes.Floats(deep))));
        (report.TensorList[0].Statistics!.Values, report.TensorList[0].Statistics!.Mean).ShouldBe((3500, 1749.5));
    }

    [Fact]
    public void Thirty_views_of_one_record_are_all_measured()
    {
        var views = Enumerable.Range(0, 30).Select(i => ((object?)$"v{i}", (object?)Py.View("0", [2], [1], i, 31))).ToArray();
        var report = Verify(TorchBytes.Zip(new Py.Dict(views), ("0", TorchBytes.Floats([.. Enumerable.Range(0, 31).Select(i => (float)i)]))));

        report.TensorList.Select(tensor => (tensor.Statistics!.Min, tensor.Statistics.Max)).ShouldBe(Enumerable.Range(0, 30).Select(i => ((double?)i, (double?)(i + 1))));
    }

    [Fact]
    public void A_record_that_comes_in_many_pieces_is_measured_to_its_end()
    {
        var values = Enumerable.Range(0, 90_000).Select(i => (float)i).ToArray();
        var report = Verify(TorchBytes.Zip(new Py.Dict(("all", Py.Tensor("0", 90_000)), ("end", Py.View("0", [40_000], [1], 50_000, 90_000))), ("0", TorchBytes.Floats(values))));

        report.TensorList.Select(tensor => (tensor.Statistics!.Min, tensor.Statistics.Max)).ShouldBe([(0, 89_999), (50_000, 89_999)]);
        report.TensorList[1].ValuesSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(TorchBytes.Floats(values[50_000..]))));
    }

    [Fact]
    public void Values_that_cannot_be_measured_are_said_to_be_left()
    {
        var negative = new Py.Call("torch._utils._rebuild_tensor_v2", [Py.Storage("0", 6), 0, Py.Sizes(6), Py.Sizes(1), false, new Py.Dict(), new Py.Dict(("neg", true))]);
        var report = Verify(TorchBytes.Zip(new Py.Dict(("n", negative), ("packed", Py.View("1", [7], [1], 2, 9, "QUInt4x2Storage")), ("endless", Py.View("0", [1L << 62], [0], 0, 6)), ("w", Py.Tensor("0", 6))), ("0", _six), ("1", [1, 2, 3, 4, 5, 6, 7, 8, 9])));

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        report.NotChecked.ShouldBe(["the values of 3 tensors that are scattered in their records"]);
        report.TensorList.Select(tensor => (tensor.Name, tensor.Type, tensor.Bytes, tensor.Offset, tensor.Statistics is not null)).ShouldBe([
            ("n", "float32", 24, 0, false), ("packed", "quint4x2", 4, 1, false), ("endless", "float32", long.MaxValue, 0, false), ("w", "float32", 24, 0, true)]);
    }

    [Fact]
    public void Turned_tensors_in_a_packed_record_are_left_and_those_in_order_measured()
    {
        var zip = new ZipBytes().With("archive/data.pkl", Py.Pickle(new Py.Dict(("t", Py.View("0", [3, 2], [1, 3], 0, 6)), ("w", Py.Tensor("0", 6))))).With("archive/data/0", _six, 8);
        var report = Verify(zip);

        report.NotChecked.ShouldBe(["the values of 1 tensors that are scattered in their records"]);
        report.TensorList.Select(tensor => tensor.Statistics is not null).ShouldBe([false, true]);
    }

    [Fact]
    public void Big_endian_values_are_not_measured_and_little_endian_ones_are()
    {
        var big = Verify(TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6)))).With("archive/byteorder", "big").With("archive/data/0", _six));
        var little = Verify(TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6)))).With("archive/byteorder", "little").With("archive/data/0", _six));

        (big.Verdict, little.Verdict).ShouldBe((Verdict.Loads, Verdict.Loads));
        big.NotChecked.ShouldBe(["the values: its values are big endian"]);
        big.TensorList.ShouldHaveSingleItem().Statistics.ShouldBeNull();
        little.TensorList.ShouldHaveSingleItem().Statistics.ShouldNotBeNull();
        Finding(TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6))), ("0", _six)).With("archive/byteorder", "bi")).ShouldBe(("torch-byteorder", "record byteorder says neither little nor big."));
        Finding(TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6))), ("0", _six)).With("archive/byteorder", "littlest")).Id.ShouldBe("torch-byteorder");
    }

    [Fact]
    public void Records_that_belong_to_no_tensor_are_counted()
    {
        var zip = TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6))), ("0", _six), ("1", [1]), ("2", [2])).With("archive/.data/serialization_id", "17").With("archive/notes.txt", "x");
        var report = Verify(zip);

        report.Verdict.ShouldBe(Verdict.Loads);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.Severity, finding.What).ShouldBe(("torch-unused-record", Severity.Note, "2 of its records belong to no tensor."));
        Verify(TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6)))).With("archive/.data/0", _six)).TensorList.ShouldHaveSingleItem().Record.ShouldBe(".data/0");
        Verify(TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6)))).With("archive/.data/0", "other").With("archive/data/0", _six)).TensorList.ShouldHaveSingleItem().Record.ShouldBe("data/0");
        Finding(TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6))), ("0", _six)).With("archive/.data/9", "x"), Verdict.Loads).What.ShouldBe("1 of its records belong to no tensor.");
    }

    [Fact]
    public void A_record_that_is_missing_short_or_altered_is_named_with_the_tensors_in_it()
    {
        var four = new Py.Dict(("a", Py.Tensor("0", 6)), ("b", Py.Tensor("0", 6)), ("c", Py.Tensor("0", 6)), ("d", Py.Tensor("0", 6)));
        var three = new Py.Dict(four.Entries[..3]);

        Finding(TorchBytes.Zip(three)).ShouldBe(("torch-missing-record", "record data/0, which holds a, b, c, is not there."));
        Finding(TorchBytes.Zip(four)).ShouldBe(("torch-missing-record", "record data/0, which holds a, b, c and 1 more, is not there."));
        Finding(TorchBytes.Zip(three, ("0", _six[..^1]))).ShouldBe(("torch-record-size", "record data/0 (a, b, c): 24 bytes promised, 23 there."));
        Finding(TorchBytes.Zip(three).With("archive/data/0", _six, 0, member => member.Crc = 1)).ShouldBe(("torch-record", $"record data/0 (a, b, c): its CRC is {ZipBytes.Crc(_six):x8}, and 00000001 was promised: bytes were altered."));
        Finding(TorchBytes.Zip(three, ("0", _six)).With("archive/readme", "x", 0, member => (member.Size, member.PackedSize) = (2, 2)).With("archive/more", "x")).ShouldBe(("torch-record", "record readme: its 2 bytes reach into what follows."));
        Finding(TorchBytes.Zip(three, ("0", _six)).With("archive/readme", "x", 0, member => member.Crc = 1)).What.ShouldStartWith("record readme: its CRC");
        Finding(TorchBytes.Zip(new Py.Dict(("w", Py.View("0", [7], [1], 0, 6))), ("0", _six))).ShouldBe(("torch-bounds", "tensor \"w\" reaches to element 7 of record 0, which has 6: offset 0, shape [7], strides [1]."));
        Finding(TorchBytes.Zip(new Py.Dict(("w", Py.Tensor("0", 6)), ("v", Py.View("0", [3], [1], 0, 3, "DoubleStorage"))), ("0", _six)))
            .ShouldBe(("torch-storage", "record 0 is said to be 6 of float32 and 3 of float64 (tensor \"v\")."));
    }

    [Fact]
    public void What_is_wrong_with_its_pickle_is_told()
    {
        Finding(new ZipBytes().With("a/data.pkl", "N.abc")).ShouldBe(("pickle-size", "record data.pkl: its pickle ends 3 bytes before its record does."));
        Finding(new ZipBytes().With("a/data.pkl", "t.")).ShouldBe(("pickle-stack", "record data.pkl: its pickle is broken before byte 1: it closes a group that it did not open."));
        Finding(new ZipBytes().With("a/data.pkl", "N.", 0, member => member.Crc = 1)).ShouldBe(("torch-zip", $"record data.pkl: its CRC is {ZipBytes.Crc("N."u8):x8}, and 00000001 was promised: bytes were altered."));
        Finding(TorchBytes.Zip(new Py.Dict(("w", new Py.Call("torch._utils._rebuild_tensor", [1, 2, 3, 4]))))).ShouldBe(("torch-storage", "tensor \"w\": a tensor's storage is not described as PyTorch describes one."));
        Finding(TorchBytes.Zip(new Py.Global("os.system")), Verdict.LoadsWithWarning).ShouldBe(("pickle-runs-code", "loading it would run code: os.system."));
    }

    /// <summary>torch.jit.load calls __setstate__ while it makes the objects; everything else of a program runs when the model is called.</summary>
    [Theory]
    [InlineData("archive/code/__torch__.py", 0, 0, true)]
    [InlineData("Archive/CODE/x/m.py", 8, 70_000, true)]
    [InlineData("archive/code/__torch__.py", 0, 65_530, true)]
    [InlineData("archive/extra/readme", 0, 0, false)]
    public void A_TorchScript_program_that_runs_while_it_is_loaded_is_unsafe(string record, ushort method, int before, bool isUnsafe)
    {
        FileReport Of(string program) => Verify(TorchBytes.Zip(new Py.Dict()).With("archive/constants.pkl", Py.Pickle(new Py.Tuple())).With(record, TorchBytes.Ascii(new string('#', before) + program), method));

        var report = Of("\n  def __setstate__(self: __torch__.M,\n    state: int) -> NoneType:\n");

        report.IsUnsafe.ShouldBe(isUnsafe);
        report.Findings.Select(finding => finding.Id).ShouldBe(isUnsafe ? ["torchscript", "torchscript-runs-code"] : ["torchscript"]);
        Of("\n  def forward(self: __torch__.M) -> int:\n    return 1\n").IsUnsafe.ShouldBeFalse();
    }

    [Fact]
    public void Code_is_not_hidden_behind_other_findings()
    {
        var zip = TorchBytes.Zip(new Py.Global("os.system"));
        for (var i = 0; i < 25; i++)
        {
            zip.With($"archive/../x{i}", string.Empty);
        }

        var report = Verify(zip);

        (report.Verdict, report.IsUnsafe).ShouldBe((Verdict.LoadsWithWarning, true));
        report.Findings.Select(finding => (finding.Id, finding.What)).ShouldBe(
            [("torch-path", "member \"archive/../x0\" and 24 more have names that lead out of a directory."), ("pickle-runs-code", "loading it would run code: os.system.")]);
    }

    [Fact]
    public void Values_nested_too_deep_are_not_judged_and_one_that_holds_itself_is_noted()
    {
        var deep = Finding(new ZipBytes().With("a/data.pkl", new string(']', 201) + new string('a', 200) + "."), Verdict.HashOnly);

        deep.Id.ShouldBe("pickle-limits");
        deep.What.ShouldStartWith("its values are nested deeper than 200 levels at 0.0.0.");
        deep.What.ShouldEndWith("; the rest was not looked at.");
        Finding(new ZipBytes().With("a/data.pkl", "]q\0h\0a."), Verdict.Loads).ShouldBe(("pickle-cycle", "the value \"0\" holds itself."));
    }

    [Fact]
    public void Its_records_lie_in_the_directory_of_the_one_that_is_listed_first()
    {
        Verify(new ZipBytes { IsDirectoryBackwards = true }.With("x/readme", "1").With("y/data.pkl", "N.").With("y/version", "3")).Verdict.ShouldBe(Verdict.Loads);
        Finding(new ZipBytes().With("x/readme", "1").With("y/data.pkl", "N.")).ShouldBe(("torch-no-pickle", "it is a zip without the record x/data.pkl, which says what the others are."));
        Verify(new ZipBytes().With("data.pkl", "N.").With("data/0", "1")).Findings.ShouldHaveSingleItem().Id.ShouldBe("torch-unused-record");
        Finding(new ZipBytes().With("x/data.pkl", "N.").With("data.PKL", "N.")).ShouldBe((
            "torch-duplicate",
            "it has two records called data.pkl, x/data.pkl and data.PKL, in two directories or in names that differ in case alone: which one PyTorch would load cannot be told."));
        Finding(new ZipBytes().With("x/data.pkl", "N.").With("x/constants.pkl", "N.").With("y/constants.pkl", "N.")).What.ShouldStartWith("it has two records called constants.pkl, x/constants.pkl and y/constants.pkl");
        Finding(new ZipBytes().With("x/data.pkl", "N.").With("x/a", "1", 0, member => member.Flags = 1), Verdict.HashOnly).ShouldBe(("torch-method", "member \"x/a\" is encrypted or packed in a way (method 0) that is not read here."));
        Verify(new ZipBytes().With("x/data.pkl", "N.").With("x/a", "1", 0, member => member.Flags = 1)).Tensors.ShouldBeNull();
        Verify(new ZipBytes().With("archive/data.pkl", "N.").With("a", "1")).Verdict.ShouldBe(Verdict.Loads);
        Verify(new ZipBytes().With("x/data.pkl", "N.").With("x/a\0", "1")).Findings.Select(finding => finding.What).ShouldContain("the name of record x/a\\u{0} has a zero byte, where PyTorch ends it.");
    }

    [Fact]
    public void A_program_in_it_is_noted_and_its_own_types_are_no_code()
    {
        var report = Verify(new ZipBytes().With("x/data.pkl", Py.Pickle(new Py.Call("__torch__.my.Net", []))).With("x/constants.pkl", "N."));

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, finding.Severity, finding.What).ShouldBe(("torchscript", Severity.Note, "it carries a TorchScript program, which runs when the model is called."));
        report.NotChecked.ShouldBe(["whether its program compiles"]);
        Finding(new ZipBytes().With("x/data.pkl", Py.Pickle(new Py.Call("__torch__.my.Net", []))), Verdict.LoadsWithWarning).What.ShouldBe("loading it would run code: __torch__.my.Net.");
    }

    [Theory]
    [InlineData("__torch__.torch.nn.Linear", true)]
    [InlineData("torch.jit._pickle.build_intlist", true)]
    [InlineData("torch.jit._pickle.build_tensorlist", true)]
    [InlineData("torch.jit._pickle.build_doublelist", true)]
    [InlineData("torch.jit._pickle.build_boollist", true)]
    [InlineData("torch.jit._pickle.build_tensor_from_id", true)]
    [InlineData("torch.jit._pickle.restore_type_tag", true)]
    [InlineData("torch.jit._pickle.other", false)]
    [InlineData("my.__torch__.Net", false)]
    public void The_globals_of_a_program_are_known(string name, bool isKnown) => TorchScriptGlobals.Allows(name).ShouldBe(isKnown);

    [Theory]
    [InlineData("a.pt", true)]
    [InlineData("a.PTH", true)]
    [InlineData("a.ckpt", true)]
    [InlineData("a.ptl", true)]
    [InlineData("a.bin", false)]
    public void It_is_told_by_its_name(string name, bool isOne)
    {
        new TorchZipFormat().RecognisesName(name).ShouldBe(isOne);
        new TorchLegacyFormat().RecognisesName(name).ShouldBe(isOne);
    }

    [Fact]
    public void It_is_told_by_its_first_record_or_by_how_PyTorch_aligns_it()
    {
        static bool Recognises(string name, byte[] extra, int cut = 4096)
        {
            var bytes = new ZipBytes().With(name, "N.", 0, member => member.LocalExtra = extra).Bytes();
            return new TorchZipFormat().RecognisesContent(bytes.AsSpan(0, Math.Min(cut, bytes.Length)));
        }

        Recognises("a/data.pkl", []).ShouldBeTrue();
        Recognises(new string('a', 300) + "/data.pkl", []).ShouldBeTrue();
        Recognises("a/data.pkl", [], 40).ShouldBeTrue();
        Recognises("a/data.pkl", [], 39).ShouldBeFalse();
        Recognises("data.pkl", []).ShouldBeFalse();
        Recognises("a/b", [.. "FB"u8, 0, 0]).ShouldBeTrue();
        Recognises("a/b", [.. "FB"u8, 0x2C, 1, .. new byte[300]]).ShouldBeTrue();
        Recognises("a/b", [.. "FB"u8, 0xFC, 0, .. new byte[252]]).ShouldBeTrue();
        Recognises("a/b", [.. "FB"u8, 0]).ShouldBeFalse();
        Recognises("a/b", [.. "FA"u8, 0, 0]).ShouldBeFalse();
        new TorchZipFormat().RecognisesContent("PK\x03\x05 and so on, more than thirty bytes of it"u8).ShouldBeFalse();
        new TorchZipFormat().AgreesWithName([.. "PK\x03\x04"u8, .. new byte[26]]).ShouldBeFalse();
        new TorchZipFormat().AgreesWithName([.. "PK\x03\x04"u8, .. new byte[27]]).ShouldBeTrue();
    }

    [Fact]
    public void What_torch_export_and_torch_package_write_is_checked_as_a_zip_and_not_judged()
    {
        var export = new ZipBytes().With("model/archive_format", "pt2").With("model/models/model.json", "{}").With("model/data/weights/weight_0", "abcd").With("model/version", "3");
        Verifying.Content("model.pt", export.Bytes()).Lines().ShouldBe(
            ["HashOnly", "Warning torch-other: it is a whole zip of 4 records, and torch.save did not write it: it has no record model/data.pkl. What its records hold was not looked at."]);
        Verifying.Content("model.pt", export.Bytes()).Checked.ShouldBe("4 records, every header, size and CRC");
        var altered = export.Bytes();
        altered[altered.AsSpan().IndexOf("abcd"u8)] ^= 1;
        Verifying.Content("model.pt", altered).Verdict.ShouldBe(Verdict.Damaged);

        var package = Verifying.Content("model.pt", new ZipBytes().With("model/.data/extern_modules", "torch\n").With("model/model/model.pkl", "N.").Bytes());
        (package.Verdict, package.IsUnsafe, package.Findings[0].Id).ShouldBe((Verdict.HashOnly, true, "package-runs-code"));

        // tensors' bytes as torch.save names them, and no pickle: that one is lost
        Finding(new ZipBytes().With("model/data/0", "abcd").With("model/version", "3")).ShouldBe(("torch-no-pickle", "it is a zip without the record model/data.pkl, which says what the others are."));
    }

    [Theory]
    [InlineData("model.ckpt", "\u000a\u0010weights", Verdict.HashOnly)]
    [InlineData("distutils.pth", "import os; x = 1\n", Verdict.HashOnly)]
    [InlineData("model.ckpt", "PK", Verdict.Damaged)]
    [InlineData("model.ckpt", "P", Verdict.Damaged)]
    [InlineData("model.ckpt", "\0\0\0\0\0\0", Verdict.Damaged)]
    [InlineData("model.pt", "\u000a\u0010weights", Verdict.Damaged)]
    [InlineData("model.ptl", "import os; x = 1\n", Verdict.Damaged)]
    public void A_name_that_others_use_too_does_not_make_their_files_damaged(string name, string content, Verdict verdict) =>
        Verifying.Content(name, TorchBytes.Ascii(content)).Lines().ShouldBe([verdict.ToString(), verdict == Verdict.Damaged
            ? "Error torch-content: it is named as a PyTorch file and begins as none does."
            : "Warning torch-content: it does not begin as a PyTorch file does, and other programs use such names too."]);

    [Theory]
    [InlineData("no zip at all")]
    [InlineData("PK")]
    public void What_begins_as_no_PyTorch_file_is_damage(string content)
    {
        var finding = Verify(TorchBytes.Ascii(content)).Findings.ShouldHaveSingleItem();

        (finding.Id, finding.What).ShouldBe(("torch-content", "it is named as a PyTorch file and begins as none does."));
    }
}
