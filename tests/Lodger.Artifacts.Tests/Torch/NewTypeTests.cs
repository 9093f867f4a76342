using System.Text;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>Tensors of types that PyTorch got lately, and of ones that it may get: their storage is untyped and the type stands beside it (torch._utils._rebuild_tensor_v3).</summary>
public sealed class NewTypeTests
{
    private static readonly byte[] _bytes = Encoding.ASCII.GetBytes("abcdefghijkl");

    private static Py.Call Tensor(string type, int elements, string key = "0") => new("torch._utils._rebuild_tensor_v3", [
        new Py.Reference(new Py.Tuple("storage", new Py.Global("torch.storage.UntypedStorage"), key, "cpu", 12)), 0, Py.Sizes(elements), Py.Sizes(1), false,
        new Py.Call("collections.OrderedDict", []), new Py.Global(type), new Py.Dict()]);

    private static byte[] Zip(object? root) => TorchBytes.Zip(root, ("0", _bytes)).Bytes();

    [Theory]
    [InlineData("float4_e2m1fn_x2", 12)]
    [InlineData("bits8", 12)]
    [InlineData("bits16", 6)]
    [InlineData("bits1x8", 12)]
    [InlineData("bits2x4", 12)]
    [InlineData("bits4x2", 12)]
    public void Bits_and_numbers_of_four_of_them_load(string type, int elements)
    {
        var report = FileBytes.Report("w.pt", Zip(new Py.Dict(("w", Tensor("torch." + type, elements)))));

        (report.Verdict, report.IsUnsafe).ShouldBe((Verdict.Loads, false), string.Join('\n', report.Findings));
        report.Findings.ShouldBeEmpty();
        var tensor = report.TensorList.ShouldHaveSingleItem();
        (tensor.Type, tensor.Bytes).ShouldBe((type, 12));
        FileBytes.Report("w.pt", Zip(new Py.Dict(("w", Tensor("torch." + type, elements)))), InspectionDepth.Values).Verdict.ShouldBe(Verdict.Loads);
        FileBytes.Report("w.pt", Zip(new Py.Dict(("w", Tensor("torch." + type, elements + 1))))).Verdict.ShouldBe(Verdict.Damaged);
    }

    [Fact]
    public void A_type_that_is_not_known_here_is_not_judged()
    {
        var root = new Py.Dict(("w", Tensor("torch.int17", 12)), ("p", new Py.Call("torch._utils._rebuild_parameter", [Tensor("torch.int18", 12), true, new Py.Dict()])), ("b", Tensor("torch.uint8", 12)));
        string[] says =
        [
            "HashOnly", "Warning pickle-runs-code: loading it would run code: torch.int17, torch.int18.",
            "Warning torch-type: tensor \"w\" has the type torch.int17, which is not known here; it was not looked at.",
        ];

        Verifying.Content("w.pt", Zip(root)).Lines().ShouldBe(says);
        Verifying.Content("w.pt", TorchBytes.Legacy(root, new object[] { "0" }, (12, _bytes))).Lines().ShouldBe(says);
        Verifying.Content("w.pt", Zip(new Py.Dict(("w", Tensor("torch.int17", 12))))).Lines().ShouldNotContain(line => line.Contains("belong to no tensor", StringComparison.Ordinal));
        Verifying.EveryCutIsCaught("w.pt", Zip(root));
    }

    [Theory]
    [InlineData("torch.nn.int17")]
    [InlineData("numpy.int17")]
    public void What_is_no_type_at_all_is_still_damage(string type) => Verifying.Content("w.pt", Zip(new Py.Dict(("w", Tensor(type, 12)))))
        .Findings.ShouldContain(finding => finding.Id == "torch-tensor" && finding.Severity == Severity.Error);
}
