using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>One file looked into, two checkpoints compared, and what a run can go on from.</summary>
public sealed class InspectionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static FileReport File(string path, params TensorEntry[] tensors) =>
        new() { Path = path, DisplayPath = path, Bytes = 1, Verdict = Verdict.Loads, TensorList = tensors };

    private static TensorEntry Tensor(string name, string type, string? sha256, params long[] shape) => new(name, type, shape, 8) { ValuesSha256 = sha256 };

    private static string Names(IEnumerable<TensorEntry> tensors) => string.Join(' ', tensors.Select(tensor => tensor.Name));

    private static string Names(IEnumerable<TensorChange> changes) => Names(changes.Select(change => change.After));

    private Task<FileReport> Inspect(string name, InspectionDepth depth, IProgress<VerifyProgress>? progress = null) =>
        FileInspector.InspectAsync(_directory[name], depth, progress, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData(InspectionDepth.Counts, false, false)]
    [InlineData(InspectionDepth.Tensors, true, false)]
    [InlineData(InspectionDepth.Values, true, true)]
    public async Task A_file_is_told_as_deep_as_was_asked(InspectionDepth depth, bool lists, bool measures)
    {
        _directory.With("m.safetensors", SafetensorsBytes.Small);

        var report = await Inspect("m.safetensors", depth);

        (report.Path, report.Verdict, report.Tensors, report.Parameters, report.Step).ShouldBe(("m.safetensors", Verdict.Loads, 2, 10, 1840));
        report.TensorList.Select(tensor => $"{tensor.Name} {tensor.Type} [{string.Join(',', tensor.Shape)}] {tensor.Bytes} {tensor.Elements}")
            .ShouldBe(lists ? ["a float32 [2,3] 24 6", "b bfloat16 [4] 8 4"] : []);
        report.TensorList.ShouldAllBe(tensor => tensor.ValuesSha256 != null == measures && tensor.Statistics != null == measures);
    }

    [Fact]
    public async Task Progress_ends_at_the_files_size()
    {
        _directory.With("m.safetensors", SafetensorsBytes.Small);
        var told = new Told();

        await Inspect("m.safetensors", InspectionDepth.Counts, told);

        told.Last.ShouldBe(new VerifyProgress(SafetensorsBytes.Small.Length, SafetensorsBytes.Small.Length, 1, 1));
    }

    [Fact]
    public async Task What_is_no_file_is_said_and_not_opened()
    {
        _directory.With("m.safetensors", SafetensorsBytes.Small).With("inner/x", "x");
        System.IO.File.CreateSymbolicLink(_directory["link\u001b"], _directory["m.safetensors"]);
        foreach (var name in (string[])["gone", "inner", "link\u001b"])
        {
            var report = await Inspect(name, InspectionDepth.Values);

            (report.Path, report.DisplayPath, report.Bytes, report.Verdict).ShouldBe((name, name.Replace("\u001b", "\\u{1B}"), 0, Verdict.Damaged));
            report.Findings.ShouldHaveSingleItem().Id.ShouldBe("not-a-file");
        }
    }

    [Fact]
    public void Two_checkpoints_differ_array_by_array()
    {
        var before = File("a", Tensor("gone", "float32", "1", 2), Tensor("same", "float32", "2", 2), Tensor("moved", "float32", "3", 2), Tensor("type", "float32", "4", 2), Tensor("shape", "float32", "5", 2, 3), Tensor("blind", "float32", null, 2), Tensor("half", "float32", "6", 2));
        var after = File("b", Tensor("same", "float32", "2", 2), Tensor("moved", "float32", "9", 2), Tensor("type", "float16", "4", 2), Tensor("shape", "float32", "5", 3, 2), Tensor("blind", "float32", "5", 2), Tensor("half", "float32", null, 2), Tensor("new", "float32", "1", 2));

        var diff = CheckpointDiff.Of([before], [after]);

        (Names(diff.OnlyBefore), Names(diff.OnlyAfter), Names(diff.OtherKind), Names(diff.OtherValues), Names(diff.NotCompared), diff.Same)
            .ShouldBe(("gone", "new", "type shape", "moved", "blind half", 1));
        (diff.HasSameLayout, diff.IsSame).ShouldBe((false, false));
        diff.OtherValues[0].Before.ValuesSha256.ShouldBe("3");
    }

    [Fact]
    public void The_layout_is_the_same_when_names_types_and_shapes_are()
    {
        var one = File("a", Tensor("w", "float32", "1", 2));
        static (bool, bool) Of(FileReport before, FileReport after) => CheckpointDiff.Of([before], [after]) is var diff ? (diff.HasSameLayout, diff.IsSame) : default;
        Of(one, one).ShouldBe((true, true));
        Of(one, File("b", Tensor("w", "float32", "2", 2))).ShouldBe((true, false));
        Of(one, File("b", Tensor("w", "float32", null, 2))).ShouldBe((true, false));
        Of(one, File("b", Tensor("w", "float16", "1", 2))).ShouldBe((false, false));
        Of(one, File("b")).ShouldBe((false, false));
        Of(File("b"), one).ShouldBe((false, false));
    }

    [Fact]
    public void Files_without_arrays_are_the_same_when_their_bytes_are()
    {
        static FileReport Hashed(string path, string? sha256) => File(path) with { Sha256 = sha256 };
        static (bool, bool) Of(FileReport[] before, FileReport[] after) => CheckpointDiff.Of(before, after) is var diff ? (diff.IsSameFile, diff.IsSame) : default;

        Of([Hashed("a", "1")], [Hashed("b", "1")]).ShouldBe((true, true));
        Of([Hashed("a", "1")], [Hashed("a", "2")]).ShouldBe((false, false));
        Of([Hashed("a", null)], [Hashed("a", null)]).ShouldBe((false, false));
        Of([Hashed("a", "1"), Hashed("b", "2")], [Hashed("b", "2"), Hashed("a", "1")]).ShouldBe((true, true));
        Of([Hashed("a", "1"), Hashed("b", "2")], [Hashed("a", "2"), Hashed("b", "1")]).ShouldBe((false, false));
        Of([Hashed("a", "1"), Hashed("b", "2")], [Hashed("a", "1")]).ShouldBe((false, false));
        Of([], []).ShouldBe((false, false));
    }

    [Fact]
    public void In_several_files_an_array_is_named_with_its_file()
    {
        var diff = CheckpointDiff.Of([File("1", Tensor("w", "float32", "1", 2)), File("2", Tensor("w", "float32", "2", 2))], [File("1", Tensor("w", "float32", "1", 2)), File("3", Tensor("w", "float32", "2", 2))]);

        (Names(diff.OnlyBefore), Names(diff.OnlyAfter), diff.Same).ShouldBe(("2: w", "3: w", 1));
    }

    [Theory]
    [InlineData(true, true, true, true, true, true, true, "model, optimizer, step or epoch, scheduler, RNG state, scaler", "", "")]
    [InlineData(true, true, false, false, false, true, true, "model, optimizer, step or epoch", "", "scheduler, RNG state, scaler")]
    [InlineData(true, false, true, true, false, true, false, "model, step or epoch, scheduler, RNG state", "optimizer", "scaler")]
    [InlineData(false, true, false, false, true, true, false, "optimizer, step or epoch, scaler", "model", "scheduler, RNG state")]
    [InlineData(true, true, true, false, false, false, false, "model, optimizer, scheduler", "step or epoch", "RNG state, scaler")]
    [InlineData(false, false, false, false, false, false, false, "", "model, optimizer, step or epoch", "scheduler, RNG state, scaler")]
    public void A_run_can_go_on_from_model_optimizer_and_step(
        bool model, bool optimizer, bool scheduler, bool rng, bool scaler, bool step, bool resumable, string parts, string lacks, string without)
    {
        var state = new TrainingState(model, optimizer, scheduler, rng, scaler, step);

        state.IsResumable.ShouldBe(resumable);
        (string.Join(", ", state.Parts), string.Join(", ", state.Lacks), string.Join(", ", state.Without)).ShouldBe((parts, lacks, without));
    }

    [Theory]
    [InlineData("bool", 1)]
    [InlineData("float8_e8m0fnu", 1)]
    [InlineData("int16", 2)]
    [InlineData("uint16", 2)]
    [InlineData("float16", 2)]
    [InlineData("bfloat16", 2)]
    [InlineData("int32", 4)]
    [InlineData("uint32", 4)]
    [InlineData("float32", 4)]
    [InlineData("qint32", 4)]
    [InlineData("complex32", 4)]
    [InlineData("int64", 8)]
    [InlineData("uint64", 8)]
    [InlineData("float64", 8)]
    [InlineData("complex64", 8)]
    [InlineData("complex128", 16)]
    [InlineData("q4_k", null)]
    [InlineData("Float32", null)]
    public void An_element_takes_as_many_bytes_as_PyTorchs(string type, int? bytes) => ElementType.BytesOf(type).ShouldBe(bytes);

    private sealed class Told : IProgress<VerifyProgress>
    {
        internal VerifyProgress? Last { get; private set; }

        public void Report(VerifyProgress value) => Last = value;
    }
}
