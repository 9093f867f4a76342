using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>Tensors in pickles that torch.save did not write: pickle.dump, joblib and cloudpickle let a storage write itself, as a file of torch.save's older format.</summary>
public sealed class TorchInPickleTests
{
    private static readonly Py.Call _ordered = new("collections.OrderedDict", []);

    /// <summary>A storage as its __reduce__ has it (torch/storage.py).</summary>
    private static Py.Call Storage(params float[] values) => new("torch.storage._load_from_bytes", [
        TorchBytes.Legacy(
            1001, new Py.Dict(("protocol_version", 1001), ("little_endian", true), ("type_sizes", new Py.Dict(("short", 2), ("int", 4), ("long", 4)))),
            Py.Storage("94251423746240", values.Length), new object[] { "94251423746240" }, (values.Length, TorchBytes.Floats(values)))]);

    private static object?[] View(int size) => [Storage(new float[size]), 0, Py.Sizes(size), Py.Sizes(1), false, _ordered];

    private static Py.Call Tensor(int size) => new("torch._utils._rebuild_tensor_v2", View(size));

    private static readonly byte[] _embedding = Py.Pickle(new Py.Dict(("emb", Tensor(3)), ("step", 7)));

    private static FileReport Verify(object? value, string name = "a.pkl") => Verifying.Content(name, Py.Pickle(value));

    [Theory]
    [InlineData("features.pkl")]
    [InlineData("features.joblib")]
    [InlineData("features")]
    public void One_that_was_dumped_is_whole_would_run_code_and_has_its_tensors_left_open(string name)
    {
        var report = Verifying.Content(name, _embedding);

        report.Lines().ShouldBe(["LoadsWithWarning", "Warning pickle-runs-code: loading it would run code: torch.storage._load_from_bytes."]);
        (report.IsUnsafe, report.Tensors, report.Step).ShouldBe((true, 0, 7));
        report.NotChecked.ShouldBe(["its tensors: their storages lie in the pickle as files of torch.save's own", "what the code it names would do"]);
    }

    [Fact]
    public void What_is_left_open_in_many_is_said_once() =>
        Verifying.Content("episodes.pkl", [.. _embedding, .. _embedding, .. _embedding]).NotChecked.Count.ShouldBe(2);

    [Fact]
    public void One_that_is_cut_anywhere_is_damage() => Verifying.EveryCutIsCaught("features.pkl", _embedding);

    [Fact]
    public void However_a_tensor_is_wrapped_it_is_found_there()
    {
        foreach (var value in new object?[]
        {
            Storage(1, 2), new object?[] { Tensor(3), Tensor(2_000) }, new Py.Call("torch._utils._rebuild_parameter", [Tensor(3), true, _ordered]),
            new Py.Call("torch._utils._rebuild_tensor_v3", [.. View(2), new Py.Global("torch.float8_e5m2"), new Py.Dict()]),
            new Py.Call("torch._utils._rebuild_qtensor", [Storage(1), 0, Py.Sizes(4), Py.Sizes(1), new Py.Tuple(new Py.Global("torch.per_tensor_affine"), 0.5, 0), false, _ordered]),
            new Py.Call("torch._tensor._rebuild_from_type_v2", [new Py.Global("torch._utils._rebuild_tensor_v2"), new Py.Global("torch.Tensor"), new Py.Tuple(View(3)), new Py.Dict()]),
        })
        {
            var report = Verify(value);

            report.Lines().ShouldBe(["LoadsWithWarning", "Warning pickle-runs-code: loading it would run code: torch.storage._load_from_bytes."]);
            report.NotChecked.Count.ShouldBe(2);
        }
    }

    [Fact]
    public void A_storage_that_is_anything_else_is_still_damage() => Verify(new Py.Call("torch._utils._rebuild_tensor_v2", [new Py.Call("os.system", ["x"]), .. View(3)[1..]]))
        .Findings.ShouldContain(finding => finding.What == "tensor \"\": a tensor's storage is not described as PyTorch describes one.");
}
