using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests.Torch;

public sealed class TorchTests
{
    public static TheoryData<string> Tabled => new(TorchTable.Expected.Keys);

    private static FileReport Verify(string name, InspectionDepth depth = InspectionDepth.Counts) => Verifying.File(TorchTable.Fixture(name), depth);

    [Theory]
    [MemberData(nameof(Tabled))]
    public void Every_tensor_is_what_the_real_PyTorch_reports(string name)
    {
        var report = Verify(name, InspectionDepth.Values);

        report.Verdict.ShouldBeOneOf([Verdict.Loads, Verdict.LoadsWithWarning], string.Join('\n', report.Findings));
        TorchTable.ShouldFit(report, TorchTable.Expected[name]);
    }

    [Theory]
    [InlineData("resume.pth", "PyTorch zip", 10, 79, 3)]
    [InlineData("like_newer.pth", "PyTorch zip", 10, 79, 3)]
    [InlineData("lightning.ckpt", "PyTorch zip", 10, 79, 3750)]
    [InlineData("optimizer_step.pth", "PyTorch zip", 10, 79, 3)]
    public void A_training_state_is_resumable_and_says_its_step_and_the_models_size(string name, string format, int atLeast, int parameters, int step)
    {
        var report = Verify(name);

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        (report.Format, report.Parameters, report.Step, report.Training!.IsResumable).ShouldBe((format, parameters, step, true));
        report.Tensors!.Value.ShouldBeGreaterThan(atLeast);
    }

    [Fact]
    public void What_a_checkpoint_lacks_is_listed()
    {
        Verify("resume.pth").Training!.Without.ShouldBeEmpty();
        Verify("lightning.ckpt").Training!.Without.ShouldBe(["RNG state", "scaler"]);
        Verify("no_step.pth").Training!.Lacks.ShouldBe(["step or epoch"]);
        Verify("zip_state_dict.pt").Training!.Lacks.ShouldBe(["optimizer", "step or epoch"]);
        Verify("optimizer.pt").Training!.Parts.ShouldBe(["optimizer", "step or epoch"]);
        Verify("optimizer.pt").Step.ShouldBe(3);
        Verify("types.pt").Training!.IsResumable.ShouldBeFalse();
    }

    [Theory]
    [InlineData("zip_whole_module.pt", "torch.nn.modules.container.Sequential")]
    [InlineData("module_legacy.pth", "torch.nn.modules.container.Sequential")]
    public void A_module_saved_whole_is_whole_and_would_run_code_which_is_named(string name, string global)
    {
        var report = Verify(name);

        report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        report.Findings.ShouldContain(finding => finding.Id == "pickle-runs-code" && finding.What.Contains(global));
    }

    [Fact]
    public void Past_the_budget_a_harmless_global_is_still_known_by_its_name_and_the_advice_is_to_load_it_guarded()
    {
        var pickle = Pickles.PastTheBudget + Pickles.ShortText("collections") + "\u0094" + Pickles.ShortText("OrderedDict") + "\u0094\u0093\u0094)R.";
        var report = Verifying.Content("large.pkl", Pickles.Of(pickle));

        report.Verdict.ShouldBe(Verdict.HashOnly);
        var finding = report.Findings.ShouldHaveSingleItem();
        (finding.Id, report.IsUnsafe).ShouldBe(("pickle-large", false));
        finding.Fix.ShouldContain("weights_only=True");
    }

    [Fact]
    public void A_zip_that_is_not_told_as_PyTorchs_and_holds_a_pickle_where_PyTorch_looks_is_not_simply_sound()
    {
        var bytes = TorchFile.OfPickle(Pickles.Canary("never")).Without("data.pkl").With("data.pkl", Pickles.Canary("never")).Bytes();

        var report = Verifying.Content("pytorch_model.bin", bytes);
        (report.Format, report.Verdict).ShouldBe(("zip", Verdict.LoadsWithWarning));
        report.Findings.ShouldHaveSingleItem().What.ShouldContain("\"archive/data.pkl\" is a pickle where torch.load takes one");
        Verifying.Content("pytorch_model.pt", bytes).IsUnsafe.ShouldBeTrue();
    }

    [Fact]
    public void A_name_longer_than_any_is_cut()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["long.pt"], TorchFile.OfPickle(Pickles.Of(TorchDamage.Named(3, new string('k', 600), "h\u0001"))).Bytes());

        Verifying.File(directory["long.pt"], InspectionDepth.Tensors).TensorList.ShouldHaveSingleItem().Name.ShouldBe($"{new string('k', 600)}.{new string('k', 399)}...");
    }

    [Fact]
    public void A_TorchScript_archive_loads_and_its_program_is_noted()
    {
        var report = Verify("torchscript.pt");

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        report.Findings.ShouldContain(finding => finding.Id == "torchscript");
    }

    [Fact]
    public void Types_without_a_storage_class_are_read_as_newer_versions_write_them()
    {
        var tensor = Verify("newer_types.pt", InspectionDepth.Values).TensorList.ShouldHaveSingleItem();

        (tensor.Name, tensor.Type, tensor.Bytes, tensor.Statistics!.Min, tensor.Statistics.Max).ShouldBe(("counts", "uint16", 24, 60000, 60011));
        tensor.Shape.ShouldBe([3, 4]);
    }

    [Fact]
    public void Values_that_are_not_finite_are_a_warning_only_where_values_were_asked_for()
    {
        Verify("unusual.pt").Verdict.ShouldBe(Verdict.Loads);
        var report = Verify("unusual.pt", InspectionDepth.Values);

        report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        report.Findings.Single(finding => finding.Id == "values-not-finite").What.ShouldContain("weights (1 NaN, 2 infinite of 16)");
        report.Findings.Single(finding => finding.Id == "values-all-zero").What.ShouldContain("zeros");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Every_protocol_of_a_plain_pickle_is_interpreted(int protocol)
    {
        var report = Verify($"protocol{protocol}.pkl", InspectionDepth.Tensors);

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        (report.Format, report.Step).ShouldBe(("pickle", 77));
        report.TensorList.ShouldHaveSingleItem().Shape.ShouldBe([2, 3]);
    }

    [Fact]
    public void A_distributed_checkpoint_loads_shard_by_shard_and_as_a_whole()
    {
        var whole = Verify("distributed/.metadata", InspectionDepth.Tensors);
        whole.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', whole.Findings));
        (whole.Tensors, whole.Parameters, whole.Training!.IsResumable).ShouldBe((11, 79, true));
        whole.TensorList.Single(tensor => tensor.Name == "model.0.weight").Shape.ShouldBe([5, 7]);

        var shards = new[] { Verify("distributed/__0_0.distcp"), Verify("distributed/__1_0.distcp") };
        shards.ShouldAllBe(shard => shard.Verdict == Verdict.Loads, string.Join('\n', shards.SelectMany(shard => shard.Findings)));
        shards.Sum(shard => shard.Parameters).ShouldBe(79 + 12);
    }
}
