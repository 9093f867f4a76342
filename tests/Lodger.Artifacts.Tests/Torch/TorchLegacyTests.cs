using System.Security.Cryptography;
using Lodger.Artifacts.Formats.Torch;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>A file of torch.save as it was before 1.6.</summary>
public sealed class TorchLegacyTests
{
    private static readonly Py.Dict _two = new(("a", Py.Tensor("k0", 2, 3)), ("b", Py.View("k1", [2], [2], 1, 4)), ("c", Py.Tensor("k1", 4)));
    private static readonly (long, byte[]) _six = (6, TorchBytes.Floats(1, 2, 3, 4, 5, 6));
    private static readonly (long, byte[]) _four = (4, TorchBytes.Floats(7, 8, 9, 10));
    private static readonly object[] _keys = ["k0", "k1"];

    private static FileReport Verify(byte[] file, InspectionDepth depth = InspectionDepth.Values)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["a.pt"], file);
        return Verifying.File(directory["a.pt"], depth);
    }

    private static (string Id, string What) Finding(byte[] file, Verdict verdict = Verdict.Damaged)
    {
        var report = Verify(file);
        report.Verdict.ShouldBe(verdict, string.Join('\n', report.Findings));
        report.Tensors.ShouldBe(verdict == Verdict.Damaged ? null : report.Tensors);
        var finding = report.Findings.ShouldHaveSingleItem();
        return (finding.Id, finding.What);
    }

    /// <summary>torch.load opens a tar before it looks for its own pickles, and Python reads the sum leniently.</summary>
    [Theory]
    [InlineData("{0}\0 ", true)]
    [InlineData("{0}", true)]
    [InlineData("0o{0}", true)]
    [InlineData(" +{0}", true)]
    [InlineData("\u0080\0\0\0\0\0{1}", true)]
    [InlineData("", false)]
    [InlineData("77777", false)]
    public void One_that_is_a_tar_as_well_runs_code(string field, bool isTar)
    {
        var bytes = TorchBytes.Legacy(1001, new Py.Dict(("x", new string('x', 600))), new Py.Dict(), Array.Empty<object>());
        bytes.AsSpan(148, 8).Fill((byte)' ');
        var sum = bytes[..512].Sum(value => value);
        var written = System.Text.Encoding.Latin1.GetBytes(string.Format(System.Globalization.CultureInfo.InvariantCulture, field, Convert.ToString(sum, 8), $"{(char)(sum >> 8)}{(char)(sum & 255)}"));
        written.CopyTo(bytes, 148);

        var report = Verifying.Content("m.pt", bytes);

        report.IsUnsafe.ShouldBe(isTar);
        report.Findings.Select(finding => finding.Id).ShouldBe(isTar ? ["tar-runs-code"] : []);
    }

    [Fact]
    public void A_whole_one_is_listed_with_where_its_tensors_lie_and_their_values()
    {
        var file = TorchBytes.Legacy(new Py.Dict(("model", _two), ("step", 5)), _keys, _six, _four);
        var report = Verify(file);

        (report.Format, report.Verdict, report.Tensors, report.Parameters, report.Step).ShouldBe(("PyTorch legacy", Verdict.Loads, 3, 12, 5), string.Join('\n', report.Findings));
        report.Checked.ShouldBe("5 pickles, 3 tensors, every storage, size and offset (this format has no checksums)");
        report.NotChecked.ShouldBeEmpty();
        report.TensorList.Select(tensor => (tensor.Name, tensor.Record, tensor.Bytes, tensor.Statistics!.Min, tensor.Statistics.Max)).ShouldBe([
            ("model.a", null, 24, 1, 6), ("model.b", null, 8, 8, 10), ("model.c", null, 16, 7, 10)]);
        report.TensorList[1].ValuesSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(TorchBytes.Floats(8, 10))));
        Verify(file, InspectionDepth.Tensors).TensorList.ShouldAllBe(tensor => tensor.Statistics == null);
        Verify(file, InspectionDepth.Counts).NotChecked.ShouldBe(["the values (--deep reads them)"]);
    }

    [Fact]
    public void Storages_may_be_listed_in_any_order_and_empty()
    {
        Verify(TorchBytes.Legacy(_two, new object[] { "k1", "k0" }, _four, _six)).TensorList.Select(tensor => tensor.Statistics!.Max).ShouldBe([6, 10, 10]);
        Verify(TorchBytes.Legacy(new Py.Dict(("a", Py.Tensor("k0", 0))), new object[] { "k0" }, (0, []))).Verdict.ShouldBe(Verdict.Loads);
        Verify(TorchBytes.Legacy(new Py.Dict(("n", 1)), Array.Empty<object>())).Verdict.ShouldBe(Verdict.Loads);
    }

    [Fact]
    public void It_is_told_by_its_magic_number()
    {
        var file = TorchBytes.Legacy(null, Array.Empty<object>());
        new TorchLegacyFormat().Name.ShouldBe("PyTorch legacy");
        new TorchLegacyFormat().RecognisesContent(file).ShouldBeTrue();
        new TorchLegacyFormat().RecognisesContent(file.AsSpan(0, 14)).ShouldBeFalse();
        new TorchLegacyFormat().RecognisesContent([.. file[..13], 0x18, .. file[14..]]).ShouldBeFalse();
        Verifying.Content("model.bin", file).Format.ShouldBe("PyTorch legacy");
    }

    [Fact]
    public void What_is_missing_is_named_with_the_tensors_in_it()
    {
        var whole = TorchBytes.Legacy(_two, _keys, _six, _four);

        Finding(whole[..^1]).ShouldBe(("torch-cut", "storage k1 (b, c): 16 bytes promised, 15 there: the file was cut short."));
        Finding(whole[..^16]).ShouldBe(("torch-cut", "storage k1 (b, c): 16 bytes promised, 0 there: the file was cut short."));
        Finding(whole[..^17]).ShouldBe(("torch-cut", "storage k1 (b, c) is not there: the file was cut short."));
        Finding(whole[..^60]).Id.ShouldBe("pickle-cut");
        Finding([.. whole, 1, 2]).ShouldBe(("torch-size", "2 bytes follow its last storage."));
        Finding(TorchBytes.Legacy(_two, _keys, _six, (3, TorchBytes.Floats(7, 8, 9)))).ShouldBe(("torch-record-size", "storage k1 (b, c): 4 elements promised, 3 there."));
        Finding(TorchBytes.Legacy(_two, new object[] { "k0" }, _six)).ShouldBe(("torch-missing-record", "storage k1, which holds b, c, is not there."));
        Finding(TorchBytes.Legacy(_two, new object[] { "k0", "k9" }, _six, _four)).ShouldBe(("torch-legacy", "storage k9 is named by nothing in its object, or is there twice: how long it is cannot be told."));
        Finding(TorchBytes.Legacy(_two, new object[] { "k0", "k0" }, _six, _six)).ShouldBe(("torch-legacy", "storage k0 is named by nothing in its object, or is there twice: how long it is cannot be told."));
        Finding(TorchBytes.Legacy(_two, new object[] { 0, 1 }, _six, _four)).ShouldBe(("torch-legacy", "a storage's key is not a short text."));
    }

    /// <summary>What torch.save writes of a storage alone, of a tensor in what a class of one's own rebuilds, and of one kept where nothing here looks.</summary>
    [Fact]
    public void A_storage_that_no_tensor_views_is_as_long_as_the_object_says()
    {
        foreach (var (root, unsafely) in new (object?, bool)[]
        {
            (Py.Storage("k0", 6), false), (new Py.Dict(("s", Py.Storage("k0", 6))), false), (new Py.Call("my.Mesh", [Py.Storage("k0", 6), 2]), true),
            (new Py.Call("collections.OrderedDict", [], new Py.Dict(("_cache", Py.Tensor("k0", 6)))), false), (new Py.Raw(Py.Opcodes(Py.Storage("k0", 6)) + "0N"), false),
        })
        {
            var whole = TorchBytes.Legacy(root, new object[] { "k0" }, _six);

            (Verify(whole).Verdict, Verify(whole).IsUnsafe).ShouldBe((unsafely ? Verdict.LoadsWithWarning : Verdict.Loads, unsafely), string.Join('\n', Verify(whole).Findings));
            Verifying.EveryCutIsCaught("a.pt", whole);
            Verify([.. whole, 1]).Findings.ShouldContain(finding => finding.What == "1 bytes follow its last storage.");
        }

        Finding(TorchBytes.Legacy(Py.Storage("k0", 6), new object[] { "k0" }, _six)[..^1]).ShouldBe(("torch-cut", "storage k0: 24 bytes promised, 23 there: the file was cut short."));
        Finding(TorchBytes.Legacy(Py.Storage("k0", 6), new object[] { "k0" }, _four)).ShouldBe(("torch-record-size", "storage k0: 6 elements promised, 4 there."));
        Finding(TorchBytes.Legacy(Py.Storage("k0", 6), Array.Empty<object>())).ShouldBe(("torch-missing-record", "storage k0 is not there."));
        Finding(TorchBytes.Legacy(new Py.Reference("k0"), new object[] { "k0" }, _six)).Id.ShouldBe("torch-legacy");
    }

    [Fact]
    public void A_pickle_around_its_object_that_is_none_is_damage()
    {
        var system = new Py.Dict(("little_endian", true));

        Finding(TorchBytes.Legacy(1002, system, _two, _keys, _six, _four)).ShouldBe(("torch-legacy", "its protocol version is not 1001, the only one there is."));
        Finding(TorchBytes.Legacy("1001", system, _two, _keys, _six, _four)).Id.ShouldBe("torch-legacy");
        Finding(TorchBytes.Legacy(_two, new Py.Dict(), _six, _four)).ShouldBe(("torch-legacy", "it has no list of its storages."));
        Finding(TorchBytes.Legacy(new Py.Dict(("w", Py.View("k0", [7], [1], 0, 6))), new object[] { "k0" }, _six)).Id.ShouldBe("torch-bounds");
    }

    [Fact]
    public void Code_in_any_of_its_pickles_is_named_once()
    {
        var code = new Py.Global("os.system");

        Finding(TorchBytes.Legacy(1001, code, new object?[] { code, new Py.Global("os.popen") }, Array.Empty<object>()), Verdict.LoadsWithWarning).ShouldBe(("pickle-runs-code", "loading it would run code: os.system, os.popen."));
    }

    [Fact]
    public void The_values_of_a_big_endian_machine_are_not_judged()
    {
        Finding(TorchBytes.Legacy(1001, new Py.Dict(("little_endian", false)), _two, _keys, _six, _four), Verdict.HashOnly).ShouldBe(("torch-big-endian", "it was written on a big-endian machine; its values were not looked at."));
        Verify(TorchBytes.Legacy(1001, new Py.Dict(("other", false)), _two, _keys, _six, _four)).Verdict.ShouldBe(Verdict.Loads);
        Verify(TorchBytes.Legacy(1001, "linux", _two, _keys, _six, _four)).Verdict.ShouldBe(Verdict.Loads);
    }

    [Fact]
    public void An_object_past_the_budget_is_vouched_for_by_its_hash()
    {
        var large = new Py.Raw("](" + new string('N', 10_000) + "eq\0" + "0" + string.Concat(Enumerable.Repeat("cbuiltins\ndict\nh\0\u0085R0", 100)) + "N");
        var report = Verify(TorchBytes.Legacy(large, _keys, _six, _four));

        (report.Verdict, report.Tensors).ShouldBe((Verdict.HashOnly, null));
        report.Findings.ShouldHaveSingleItem().Id.ShouldBe("pickle-large");
    }

    [Fact]
    public void Scattered_values_are_copied_up_to_four_gibibytes_a_file()
    {
        // each view of two elements takes a stretch of 16 MiB
        using var directory = new TemporaryDirectory();
        var views = Enumerable.Range(0, 257).Select(i => ($"w{i}", (object?)Py.View("k0", [2], [4_194_303], 0, 4_194_304)));
        var beginning = TorchBytes.Legacy(new Py.Dict([.. views]), new object[] { "k0" }, (4_194_304, []));
        File.WriteAllBytes(directory["a.pt"], beginning);
        using (var grown = File.OpenWrite(directory["a.pt"]))
        {
            grown.SetLength(beginning.Length + (4_194_304 * 4));
        }

        var report = Verifying.File(directory["a.pt"], InspectionDepth.Values);

        report.TensorList.Count(tensor => tensor.Statistics is not null).ShouldBe(256);
        report.NotChecked.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(4_194_303, true)]
    [InlineData(4_194_304, false)]
    public void Scattered_values_are_measured_where_they_lie_within_sixteen_mebibytes(long stride, bool measured)
    {
        using var directory = new TemporaryDirectory();
        var beginning = TorchBytes.Legacy(new Py.Dict(("w", Py.View("k0", [2], [stride], 3, 4_194_308))), new object[] { "k0" }, (4_194_308, []));
        File.WriteAllBytes(directory["a.pt"], beginning);
        using (var grown = File.OpenWrite(directory["a.pt"]))
        {
            grown.SetLength(beginning.Length + (4_194_308 * 4));
        }

        var report = Verifying.File(directory["a.pt"], InspectionDepth.Values);

        (report.TensorList.ShouldHaveSingleItem().Statistics is not null).ShouldBe(measured, string.Join('\n', report.Findings));
        report.NotChecked.Count.ShouldBe(measured ? 0 : 1);
    }
}
