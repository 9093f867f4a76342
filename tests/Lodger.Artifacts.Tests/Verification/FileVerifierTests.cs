using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>One file against its line in the manifest, and what cannot be read or goes on changing.</summary>
public sealed class FileVerifierTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private FileReport Verify(string name, ManifestFile? promised = null, Action<long>? hashedMore = null) => FileVerifier.Verify(
        new ListedFile(name, _directory[name], File.Exists(_directory[name]) ? new FileInfo(_directory[name]).Length : 1), promised, hashedMore ?? (_ => { }), TestContext.Current.CancellationToken);

    private static ManifestFile Promised(string content) => ManifestFile.Of("x", content.Length, Manifest.HashOf(System.Text.Encoding.UTF8.GetBytes(content)));

    [Theory]
    [InlineData("a.json", "{}", "{}", "Loads")]
    [InlineData("a.json", "{}", "[]", "Damaged", "Error hash-differs: its SHA-256 is 44136fa355b3..., on the machine it was 4f53cda18c2b...: same size, other content.")]
    [InlineData("a.json", "{}", "{ }", "Damaged", "Error size-differs: it has 2 bytes; on the machine it had 3.")]
    [InlineData("a.unknown", "{}", "{}", "HashOnly")]
    [InlineData("a.unknown", "{}", "[]", "Damaged", "Error hash-differs: its SHA-256 is 44136fa355b3..., on the machine it was 4f53cda18c2b...: same size, other content.")]
    [InlineData("a.txt", "", "", "LoadsWithWarning", "Warning empty: it is empty.")]
    [InlineData("a.json", "", "", "Damaged", "Error empty: it is empty, and no JSON file is.")]
    [InlineData("a.unknown", "", "", "HashOnly")]
    [InlineData("a.unknown", "", "x", "Damaged", "Error size-differs: it has 0 bytes; on the machine it had 1.")]
    public void A_file_is_held_to_the_size_and_hash_it_had_on_the_machine(string name, string here, string there, params string[] says)
    {
        _directory.With(name, here);

        var report = Verify(name, Promised(there));

        report.Lines().ShouldBe(says);
        (report.Bytes, report.Sha256).ShouldBe((here.Length, Manifest.HashOf(System.Text.Encoding.UTF8.GetBytes(here))));
    }

    [Fact]
    public void A_file_that_is_gone_or_cannot_be_opened_is_damage_without_a_hash()
    {
        var report = Verify("gone.json", Promised("{}"));

        (report.Verdict, report.Sha256, report.Format, report.Bytes).ShouldBe((Verdict.Damaged, null, "hash only", 1));
        report.Findings.ShouldHaveSingleItem().Id.ShouldBe("unreadable");
    }

    [Fact]
    public void A_file_that_grows_while_it_is_read_is_damage_without_a_hash()
    {
        _directory.With("a.log", "step 1\n");

        var report = Verify("a.log", Promised("step 1\n"), _ => File.AppendAllText(_directory["a.log"], "step 2\n"));

        report.Lines().ShouldBe(["Damaged", "Error changing: it changed while it was read."]);
        (report.Sha256, report.Bytes).ShouldBe((null, 7));
    }

    [Fact]
    public void Everything_that_is_known_of_a_file_is_in_its_report()
    {
        _directory.With("m.safetensors", SafetensorsBytes.Small);

        var report = Verify("m.safetensors");

        (report.Path, report.DisplayPath, report.Bytes, report.Sha256, report.Format).ShouldBe(
            ("m.safetensors", "m.safetensors", SafetensorsBytes.Small.Length, Manifest.HashOf(SafetensorsBytes.Small), "safetensors"));
        (report.Verdict, report.Tensors, report.Parameters, report.Step, report.Epoch, report.IsUnsafe).ShouldBe((Verdict.Loads, 2, 10, 1840, 3, false));
    }

    [Fact]
    public void A_file_that_runs_code_is_called_unsafe()
    {
        _directory.With("c.yaml", "a: !!python/object:os.x {}\n");

        Verify("c.yaml").IsUnsafe.ShouldBeTrue();
    }

    [Fact]
    public void Progress_is_told_every_16_MiB_and_when_the_last_file_is_done()
    {
        const long Step = 16L * 1024 * 1024;
        var told = new Told();
        var meter = new ProgressMeter(told, 5 * Step, filesTotal: 2);

        meter.HashedMore(Step - 1);
        told.ShouldBeEmpty();
        meter.HashedMore(1);
        meter.FileDone();
        meter.HashedMore(Step - 1);
        told.ShouldBe([new VerifyProgress(Step, 5 * Step, 0, 2)]);
        meter.HashedMore(2 * Step);
        meter.FileDone();
        told.ShouldBe([new VerifyProgress(Step, 5 * Step, 0, 2), new VerifyProgress((4 * Step) - 1, 5 * Step, 1, 2), new VerifyProgress((4 * Step) - 1, 5 * Step, 2, 2)]);
        new ProgressMeter(progress: null, 1, filesTotal: 1).FileDone();
    }

    private sealed class Told : List<VerifyProgress>, IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value) => Add(value);
    }
}
