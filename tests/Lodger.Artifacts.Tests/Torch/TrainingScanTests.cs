using System.Globalization;
using Lodger.Artifacts.Formats.Torch;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>Which parts of a training run a checkpoint holds, told by their names and by what they look like.</summary>
public sealed class TrainingScanTests
{
    private static readonly Py.Call _tensor = Py.Tensor("0", 1);
    private static readonly Py.Call _pair = Py.Tensor("1", 2);

    private static string PartsOf(object? root)
    {
        var parts = TrainingScan.Of(Py.Read(root));
        return string.Join(' ', new[]
        {
            parts.ModelParts.Count > 0 ? $"model[{string.Join(',', parts.ModelParts)}]" : "",
            parts.Optimizer ? "optimizer" : "", parts.Scheduler ? "scheduler" : "", parts.Rng ? "rng" : "", parts.Scaler ? "scaler" : "",
            parts.Step is { } step ? $"step={step}" : "", parts.Epoch is { } epoch ? $"epoch={epoch.ToString(CultureInfo.InvariantCulture)}" : "",
            parts.StepTensor is { } tensor ? $"step in {tensor}" : "",
        }.Where(part => part.Length > 0));
    }

    private static string PartsOf(string name, object? value) => PartsOf(new Py.Dict((name, value)));

    private static Py.Dict Optimizer(object? step, object? key = null) => new(("state", new Py.Dict((key ?? 0, new Py.Dict(("step", step))))), ("param_groups", Array.Empty<object>()));

    [Fact]
    public void Weights_alone_are_a_model()
    {
        PartsOf(new Py.Dict(("a.weight", _tensor), ("a.bias", _pair))).ShouldBe("model[]");
        PartsOf(new Py.Dict(("a.weight", _tensor), ("a._extra_state", null))).ShouldBe("model[]");
        PartsOf(new Py.Dict(("step", _tensor), ("a.bias", _pair))).ShouldBe("model[]");
        PartsOf(_tensor).ShouldBe("model[]");
        PartsOf(new Py.Call("my.Module", [])).ShouldBe("model[]");
        PartsOf(new Py.Dict()).ShouldBe("");
        PartsOf(new object[] { _tensor }).ShouldBe("");
        PartsOf(new Py.Dict(("a.weight", _tensor), (1, _tensor))).ShouldBe("");
        PartsOf(new Py.Dict(("a.weight", _tensor), ("rng_state", _pair))).ShouldBe("rng");
        PartsOf(new Py.Dict(("a.weight", _tensor), ("note", "x"))).ShouldBe("");
    }

    [Fact]
    public void A_part_is_a_model_by_its_name_or_by_holding_nothing_but_tensors()
    {
        PartsOf("model", new Py.Dict(("layers", new Py.Dict(("w", _tensor), ("n", 1))))).ShouldBe("model[model]");
        PartsOf("State_Dict", new Py.Dict(("n", 1))).ShouldBe("model[State_Dict]");
        PartsOf("model", new Py.Call("my.Module", [])).ShouldBe("model[model]");
        PartsOf("model", new Py.Dict()).ShouldBe("");
        PartsOf("model", "resnet").ShouldBe("");
        PartsOf("mine", new Py.Dict(("w", _tensor), ("b", _tensor))).ShouldBe("model[mine]");
        PartsOf("mine", new Py.Dict(("w", _tensor), ("n", 1))).ShouldBe("");
        PartsOf("mine", new Py.Dict()).ShouldBe("");
        PartsOf("mine", new Py.Call("my.Module", [])).ShouldBe("");
        PartsOf(new Py.Dict((5, new Py.Dict(("w", _tensor))), ("n", "x"))).ShouldBe("");
        PartsOf(new Py.Dict(("ema", new Py.Dict(("n", 1))), ("critic", new Py.Dict(("n", 1))), ("n", "x"))).ShouldBe("model[ema,critic]");
    }

    [Fact]
    public void An_optimizer_has_a_state_and_groups_of_parameters_wherever_it_is()
    {
        PartsOf("optimizer", Optimizer(5)).ShouldBe("optimizer step=5");
        PartsOf("any", Optimizer(0)).ShouldBe("optimizer step=0");
        PartsOf("optimizer", Optimizer(-5)).ShouldBe("optimizer");
        PartsOf("optimizer", Optimizer("5")).ShouldBe("optimizer");
        PartsOf("optimizers", new object[] { Optimizer(5), Optimizer(6) }).ShouldBe("optimizer step=5");
        PartsOf("optimizers", new Py.Tuple(Optimizer(5))).ShouldBe("optimizer step=5");
        PartsOf("optimizers", new Py.Dict(("g", Optimizer(5)), ("d", Optimizer(6)))).ShouldBe("optimizer step=5");
        PartsOf("optimizer", new Py.Dict([("inner", Optimizer(9)), .. Optimizer(5).Entries])).ShouldBe("optimizer step=5");
        PartsOf("optimizer", new Py.Dict(("state", new Py.Dict()), ("param_groups", 1))).ShouldBe("optimizer");
        PartsOf("optimizer", new Py.Dict(("state", new Py.Dict((0, 1))), ("param_groups", 1))).ShouldBe("optimizer");
        PartsOf("optimizer", new Py.Dict(("state", 1), ("param_groups", 1))).ShouldBe("optimizer");
        PartsOf("optimizer", new Py.Dict(("state", new Py.Dict()))).ShouldBe("");
        PartsOf("optimizer", new Py.Dict(("param_groups", 1))).ShouldBe("");
        PartsOf("optimizer", "adam").ShouldBe("");
    }

    [Fact]
    public void An_optimizer_may_have_a_file_of_its_own()
    {
        PartsOf(Optimizer(7)).ShouldBe("optimizer step=7");
        PartsOf(Optimizer(_tensor)).ShouldBe("optimizer step in state.0.step");
        PartsOf(new Py.Dict(("x", Optimizer(7)), ("epoch", 2))).ShouldBe("optimizer step=7 epoch=2");
    }

    [Fact]
    public void A_step_in_a_tensor_is_named_to_be_read()
    {
        PartsOf("optimizer", Optimizer(_tensor)).ShouldBe("optimizer step in optimizer.state.0.step");
        PartsOf("optimizer", Optimizer(_tensor, "w")).ShouldBe("optimizer step in optimizer.state.w.step");
        PartsOf("optimizer", Optimizer(_pair)).ShouldBe("optimizer");
        PartsOf(new Py.Dict(("global_step", _tensor), ("note", "x"))).ShouldBe("step in global_step");
        PartsOf(new Py.Dict(("global_step", _pair), ("note", "x"))).ShouldBe("");
        PartsOf(new Py.Dict(("global_stop", _tensor), ("note", "x"))).ShouldBe("");
        PartsOf(new Py.Dict(("global_step", _tensor), ("optimizer", Optimizer(_tensor)))).ShouldBe("optimizer step in global_step");
    }

    [Fact]
    public void A_step_and_an_epoch_are_counts()
    {
        PartsOf("step", 3).ShouldBe("step=3");
        PartsOf("global_step", 0).ShouldBe("step=0");
        PartsOf("iteration", 5.0).ShouldBe("step=5");
        PartsOf("step", 5.5).ShouldBe("");
        PartsOf("step", -1).ShouldBe("");
        PartsOf("step", 9.3e18).ShouldBe("");
        PartsOf("step", 9223372036854775808.0).ShouldBe("");
        PartsOf("step", true).ShouldBe("");
        PartsOf("loss", 3).ShouldBe("");
        PartsOf("epoch", 3).ShouldBe("epoch=3");
        PartsOf("epoch", 0).ShouldBe("epoch=0");
        PartsOf("epoch", 2.5).ShouldBe("epoch=2.5");
        PartsOf("epoch", -1).ShouldBe("");
        PartsOf("epoch", 9223372036854775808.0).ShouldBe("");
        PartsOf(new Py.Dict(("optimizer", Optimizer(9)), ("step", 3))).ShouldBe("optimizer step=3");
        PartsOf("step", new Py.Call("numpy.core.multiarray.scalar", [Py.Dtype("i8"), new byte[] { 44, 1, 0, 0, 0, 0, 0, 0 }])).ShouldBe("step=300");
    }

    [Fact]
    public void A_scheduler_a_scaler_and_random_states_are_told_by_what_they_hold()
    {
        PartsOf("any", new Py.Dict(("last_epoch", 1))).ShouldBe("scheduler");
        PartsOf("any", new Py.Dict(("_step_count", 1))).ShouldBe("scheduler");
        PartsOf("any", new Py.Dict(("_last_lr", 1))).ShouldBe("scheduler");
        PartsOf("any", new object[] { "x", new Py.Dict(("last_epoch", 1)) }).ShouldBe("scheduler");
        PartsOf("any", new Py.Tuple("x", new Py.Dict(("last_epoch", 1)))).ShouldBe("scheduler");
        PartsOf("lr_scheduler", new Py.Dict(("gamma", 1))).ShouldBe("");
        PartsOf("any", new Py.Dict(("scale", 2.0), ("growth_factor", 2.0))).ShouldBe("scaler");
        PartsOf("scaler", new Py.Dict(("scale", 2.0))).ShouldBe("");
        PartsOf("scaler", new Py.Dict(("growth_factor", 2.0))).ShouldBe("");
        PartsOf("cuda_RNG_state", "x").ShouldBe("rng");
        PartsOf("numpy_random_state", new object[] { 1 }).ShouldBe("rng");
        PartsOf("random_states", "x").ShouldBe("rng");
        PartsOf("generator_state", "x").ShouldBe("rng");
        PartsOf("rng_state", null).ShouldBe("");
        PartsOf("random", "x").ShouldBe("");
        PartsOf(new Py.Dict(("torch_rng", _tensor), ("other", _tensor), ("note", "x"))).ShouldBe("rng");
        PartsOf(new Py.Dict(("a_rng", _tensor), ("b_rng", _tensor), ("note", "x"))).ShouldBe("rng");
    }
}
