using Lodger.Artifacts.Tests.Torch;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>Models in several files: shards and their index, a graph and its weights, a TensorFlow index and its data.</summary>
public sealed class CompanionTests : IDisposable
{
    private const string Shard1 = """{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}""";
    private const string Shard2 = """{"c":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}""";

    private readonly TemporaryDirectory _model = new TemporaryDirectory()
        .With("m/model-1.safetensors", SafetensorsBytes.Of(Shard1, 32))
        .With("m/model-2.safetensors", SafetensorsBytes.Of(Shard2, 5))
        .With("m/model.safetensors.index.json", """{"metadata":{"total_size":37},"weight_map":{"a":"model-1.safetensors","b":"model-1.safetensors","c":"model-2.safetensors"}}""");

    public void Dispose() => _model.Dispose();

    private static Task<VerificationReport> Verify(TemporaryDirectory directory) => DirectoryVerifier.VerifyAsync(directory.Path, cancellation: TestContext.Current.CancellationToken);

    private async Task<FileReport> Index() => (await Verify(_model)).Files.Single(file => file.Path.EndsWith("index.json", StringComparison.Ordinal));

    private static TemporaryDirectory Tensorflow()
    {
        var directory = new TemporaryDirectory();
        foreach (var name in (string[])["two.index", "two.data-00000-of-00002", "two.data-00001-of-00002"])
        {
            directory.With(name, FormatFixtures.Bytes("tf/" + name));
        }

        return directory;
    }

    [Fact]
    public async Task A_whole_sharded_model_loads_and_its_index_counts_its_tensors()
    {
        var index = await Index();

        index.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', index.Findings));
        (index.Format, index.Tensors, index.Parameters).ShouldBe(("shard index", 3, 15));
        index.Checked.ShouldContain("3 tensors in 2 shards");
    }

    [Fact]
    public async Task A_missing_shard_is_named_with_what_should_be_in_it()
    {
        File.Delete(_model["m/model-2.safetensors"]);
        var index = await Index();

        index.Verdict.ShouldBe(Verdict.Damaged);
        index.Findings.ShouldHaveSingleItem().What.ShouldBe("model-2.safetensors is not here, and 1 tensors should be in it, the first \"c\".");
    }

    [Fact]
    public async Task A_shard_one_byte_short_is_named_by_itself_and_by_its_index()
    {
        _model.With("m/model-1.safetensors", SafetensorsBytes.Of(Shard1, 31));
        var report = await Verify(_model);

        report.Files.Single(file => file.Path == "m/model-1.safetensors").Verdict.ShouldBe(Verdict.Damaged);
        (await Index()).Findings.ShouldHaveSingleItem().What.ShouldStartWith("model-1.safetensors is damaged");
        report.IsSound.ShouldBeFalse();
    }

    [Fact]
    public async Task A_tensor_that_is_not_in_its_shard_is_named()
    {
        _model.With("m/model-2.safetensors", SafetensorsBytes.Of(Shard2.Replace("\"c\"", "\"d\""), 5));

        (await Index()).Findings.ShouldHaveSingleItem().What.ShouldContain("the first \"c\"");
    }

    /// <summary>What torchao's weights and sparse ones are pickled as (torch/_tensor.py): a call that has the inner tensors in its state, or as its parts.</summary>
    [Fact]
    public async Task A_tensor_that_is_made_of_others_is_in_its_shard_by_their_names()
    {
        static Py.Call Wrapped(string key) => new("torch._tensor._rebuild_from_type_v2", [
            new Py.Global("torch._utils._rebuild_wrapper_subclass"), new Py.Global("torchao.dtypes.AffineQuantizedTensor"),
            new Py.Tuple(new Py.Global("torchao.dtypes.AffineQuantizedTensor"), new Py.Global("torch.bfloat16"), Py.Sizes(2), Py.Sizes(1), 0, new Py.Global("torch.strided"), "cpu", false),
            new Py.Dict(("data", Py.Tensor(key, 2)), ("scale", Py.Tensor(key, 2)))]);
        var sparse = new Py.Call("torch._utils._rebuild_sparse_tensor", [new Py.Global("torch.sparse_coo"), new Py.Tuple(Py.Tensor("1", 1, 2), Py.Tensor("1", 2), Py.Sizes(9))]);
        byte[] Shard(params (object?, object?)[] weights) => TorchBytes.Zip(new Py.Dict(weights), ("0", TorchBytes.Floats(1, 2)), ("1", TorchBytes.Floats(1, 2))).Bytes();
        using var directory = new TemporaryDirectory().With("pytorch_model.bin.index.json", """{"weight_map":{"w":"m.bin","w-":"m.bin","s":"m.bin"}}""");
        async Task<FileReport> Verified(byte[] shard) => (await Verify(directory.With("m.bin", shard))).Files.Single(file => file.Path.EndsWith("index.json", StringComparison.Ordinal));

        (await Verified(Shard(("w", Wrapped("0")), ("w-", Py.Tensor("0", 2)), ("w-2", Wrapped("0")), ("s", sparse)))).Verdict.ShouldBe(Verdict.Loads);
        (await Verified(Shard(("w-", Wrapped("0")), ("w-2", Wrapped("0")), ("z", Wrapped("1")))))
            .Findings.ShouldHaveSingleItem().What.ShouldBe("m.bin: 2 of the 3 tensors that should be in it are not, the first \"w\".");
        (await Verified(Shard(("w-", Wrapped("0")), ("s", sparse))))
            .Findings.ShouldHaveSingleItem().What.ShouldBe("m.bin: 1 of the 3 tensors that should be in it are not, the first \"w\".");
    }

    [Fact]
    public async Task A_total_that_the_shards_do_not_have_is_a_warning()
    {
        _model.With("m/model.safetensors.index.json", File.ReadAllText(_model["m/model.safetensors.index.json"]).Replace("37", "38"));
        var index = await Index();

        index.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        index.Findings.ShouldHaveSingleItem().What.ShouldContain("38 bytes, and in the shards they take 37");
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("..")]
    [InlineData("sub\\\\x")]
    public async Task A_shard_elsewhere_is_refused(string shard)
    {
        _model.With("m/model.safetensors.index.json", $$"""{"weight_map": {"a": "{{shard}}"} }""");

        (await Index()).Findings.ShouldHaveSingleItem().What.ShouldContain("no file beside it");
    }

    [Fact]
    public async Task Data_of_a_TensorFlow_checkpoint_is_vouched_for_by_its_index()
    {
        using var directory = Tensorflow();
        var report = await Verify(directory);

        report.Files.ShouldAllBe(file => file.Verdict == Verdict.Loads, string.Join('\n', report.AllFindings));
        report.Files.Select(file => file.Format).ShouldBe(["TF data", "TF data", "TF index"]);
    }

    [Theory]
    [InlineData("two.data-00001-of-00002")]
    [InlineData("two.data-00000-of-00002")]
    public async Task Data_of_a_TensorFlow_checkpoint_that_is_missing_short_or_altered_is_named(string name)
    {
        using var directory = Tensorflow();
        async Task<string> What() => (await Verify(directory)).Files.Single(file => file.Path == "two.index").Findings.ShouldHaveSingleItem().What;
        var whole = File.ReadAllBytes(directory[name]);
        directory.With(name, whole[..^1]);
        (await What()).ShouldMatch($"^{name}: tensor \"(steps|layer_19[^\"]*)\": .* it was cut short");
        directory.With(name, Damage.Flip(whole, -1));
        (await What()).ShouldMatch($"^{name}: tensor \"(steps|layer_19[^\"]*)\" does not fit its CRC");
        File.Delete(directory[name]);
        (await What()).ShouldStartWith($"{name} is not here");
    }

    [Fact]
    public async Task Weights_beside_an_ONNX_graph_must_reach_as_far_as_it_says()
    {
        using var directory = new TemporaryDirectory().With("model.onnx", FormatFixtures.Bytes("onnx_external/model.onnx")).With("weights.data", FormatFixtures.Bytes("onnx_external/weights.data"));
        (await Verify(directory)).Files.ShouldAllBe(file => file.Verdict == Verdict.Loads);

        directory.With("weights.data", FormatFixtures.Bytes("onnx_external/weights.data")[..^1]);
        var report = await Verify(directory);

        report.Files.Single(file => file.Path == "model.onnx").Findings.ShouldHaveSingleItem().What.ShouldBe("weights.data: tensor \"big1\": 512 bytes promised at 512, 511 there: it was cut short.");
    }
}
