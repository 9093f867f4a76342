using System.Text;
using System.Text.Json.Nodes;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

public sealed class ReceiptTests : IDisposable
{
    private static readonly ReceiptSubject _subject = new("resnet-abl", 2, "41203312");
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2));

    private readonly TemporaryDirectory _bundle = new TemporaryDirectory()
        .With("best.safetensors", SafetensorsBytes.Small)
        .With("übersicht.json", """{"loss": NaN}""")
        .With("notes.unknown", "done\n");

    public void Dispose() => _bundle.Dispose();

    private async Task<ReceiptOutcome> Create()
    {
        _bundle.Manifest().WriteFile(_bundle[BundleLayout.ManifestPath]);
        var report = await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken);
        return Receipt.Create(_subject, report, _now, "0.1.0");
    }

    [Fact]
    public async Task A_sound_bundle_gives_a_receipt_that_reads_back_the_same()
    {
        var receipt = (await Create()).Receipt.ShouldNotBeNull();
        receipt.Write(_bundle[BundleLayout.ReceiptPath]);

        var read = Receipt.Read(_bundle[BundleLayout.ReceiptPath]).Receipt.ShouldNotBeNull();

        read.Id.ShouldBe(receipt.Id);
        (read.Subject, read.ToolVersion, read.MadeAt).ShouldBe((_subject, "0.1.0", new DateTimeOffset(2026, 1, 2, 1, 4, 5, TimeSpan.Zero)));
        read.HashOnly.ShouldHaveSingleItem().Path.ShouldBe("notes.unknown");
        read.Loaded.Select(file => (file.Path, file.Step, file.Warnings.Count)).ShouldBe([("best.safetensors", 1840, 0), ("übersicht.json", null, 1)]);
        Directory.GetFiles(_bundle[BundleLayout.OwnDirectory]).Length.ShouldBe(2, "no temporary file stays behind");
    }

    [Fact]
    public async Task A_checkpoint_is_on_record_with_its_tensors_its_step_whether_it_resumes_and_what_was_left_open()
    {
        _bundle.With("resume.pth", File.ReadAllBytes(Torch.TorchTable.Fixture("resume.pth")));

        var file = (await Create()).Receipt.ShouldNotBeNull().Files.Single(file => file.Path == "resume.pth");

        (file.Format, file.Verdict, file.Tensors, file.Parameters, file.Step, file.Resumable).ShouldBe(("PyTorch zip", Verdict.Loads, 29, 79, 3, true));
        file.NotChecked.ShouldBe(["the values (--deep reads them)"]);
    }

    [Fact]
    public async Task The_metric_of_the_run_is_on_record_beside_its_checkpoint_and_reads_back()
    {
        _bundle.With("metrics.json", """{"top1": 76.4, "epoch": 3}""").With("bad/metrics.json", """{"loss": NaN}""").With("worse/metrics.json", """{"loss": 1e999}""")
            .With("worse/state.pkl", [0x80, 2, (byte)'}', (byte)'X', 5, 0, 0, 0, .. "epoch"u8, (byte)'G', 0x7f, 0xf0, 0, 0, 0, 0, 0, 0, (byte)'s', (byte)'.']);
        var receipt = (await Create()).Receipt.ShouldNotBeNull();
        receipt.Write(_bundle[BundleLayout.ReceiptPath]);

        var read = Receipt.Read(_bundle[BundleLayout.ReceiptPath]).Receipt.ShouldNotBeNull();

        read.Files.Single(file => file.Path == "best.safetensors").Metric.ShouldBe(new Metric("top1", 76.4, MetricDirection.HigherByConvention, "metrics.json", 3));
        read.Files.Single(file => file.Path == "worse/metrics.json").Metric.ShouldBeNull("infinity is no value");
        read.Files.Single(file => file.Path == "worse/state.pkl").Epoch.ShouldBeNull("infinity is no epoch");
    }

    [Fact]
    public async Task A_receipt_from_before_these_were_told_still_holds()
    {
        (await Create()).Receipt.ShouldNotBeNull().Write(_bundle[BundleLayout.ReceiptPath]);
        var document = JsonNode.Parse(await File.ReadAllTextAsync(_bundle[BundleLayout.ReceiptPath], TestContext.Current.CancellationToken))!.AsObject();
        foreach (var file in document["receipt"]!["files"]!.AsArray())
        {
            file!.AsObject().Remove("notChecked");
            file.AsObject().Remove("metric");
            file.AsObject().Remove("resumable");
        }

        document["id"] = Manifests.Manifest.HashOf(Encoding.UTF8.GetBytes(document["receipt"]!.ToJsonString().Replace("\\u002B", "+")));
        await File.WriteAllTextAsync(_bundle[BundleLayout.ReceiptPath], document.ToJsonString(), TestContext.Current.CancellationToken);

        Receipt.Read(_bundle[BundleLayout.ReceiptPath]).Receipt.ShouldNotBeNull().Files.ShouldAllBe(file => file.NotChecked == null);
    }

    [Fact]
    public async Task The_same_facts_have_the_same_id_and_any_other_fact_another()
    {
        var id = (await Create()).Receipt.ShouldNotBeNull().Id;
        (await Create()).Receipt.ShouldNotBeNull().Id.ShouldBe(id);

        _bundle.With("notes.unknown", "Done\n");
        (await Create()).Receipt.ShouldNotBeNull().Id.ShouldNotBe(id);
    }

    [Fact]
    public async Task A_bundle_that_is_not_sound_gives_reasons_and_no_receipt()
    {
        var manifest = _bundle.Manifest();
        File.Delete(_bundle["best.safetensors"]);
        _bundle.With("new.txt", "x");
        var report = await BundleVerifier.VerifyAsync(_bundle.Path, manifest, cancellation: TestContext.Current.CancellationToken);

        var outcome = Receipt.Create(_subject, report, _now, "0.1.0");

        outcome.Receipt.ShouldBeNull();
        outcome.Reasons.Select(reason => (reason.Id, reason.Path)).ShouldBe([("missing", "best.safetensors"), ("extra", "new.txt")], ignoreOrder: true);
    }

    [Fact]
    public async Task Files_damaged_before_the_manifest_was_made_give_no_receipt_either()
    {
        _bundle.With("best.safetensors", SafetensorsBytes.Small[..^1]);

        (await Create()).Reasons.ShouldHaveSingleItem().Path.ShouldBe("best.safetensors");
    }

    [Fact]
    public async Task A_directory_without_a_manifest_gives_no_receipt()
    {
        var report = await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken);

        Receipt.Create(_subject, report, _now, "0.1.0").Reasons.ShouldHaveSingleItem().Id.ShouldBe("no-manifest");
    }

    [Fact]
    public async Task A_receipt_holds_until_a_file_changes()
    {
        var receipt = (await Create()).Receipt.ShouldNotBeNull();
        (await ReceiptVerifier.VerifyAsync(receipt, _bundle.Path, cancellation: TestContext.Current.CancellationToken)).IsValid.ShouldBeTrue();

        _bundle.With("notes.unknown", "DONE\n");
        var check = await ReceiptVerifier.VerifyAsync(receipt, _bundle.Path, cancellation: TestContext.Current.CancellationToken);

        check.IsValid.ShouldBeFalse();
        check.Findings.ShouldHaveSingleItem().Path.ShouldBe("notes.unknown");
    }

    [Fact]
    public async Task A_receipt_does_not_hold_for_another_manifest_of_the_same_directory()
    {
        var receipt = (await Create()).Receipt.ShouldNotBeNull();
        _bundle.With("notes.unknown", "DONE\n");
        _bundle.Manifest().WriteFile(_bundle[BundleLayout.ManifestPath]);

        (await ReceiptVerifier.VerifyAsync(receipt, _bundle.Path, cancellation: TestContext.Current.CancellationToken))
            .Findings.ShouldHaveSingleItem().Id.ShouldBe("receipt-other-manifest");
    }

    [Theory]
    [InlineData("\"attempt\": 2", "\"attempt\": 3", "receipt-altered")]
    [InlineData("\"version\": 1", "\"version\": 9", "receipt-version")]
    [InlineData("\"attempt\": 2", "\"attempt\": null", "receipt-unreadable")]
    [InlineData("\"job\": \"resnet-abl\"", "\"job\": \"a\", \"job\": \"resnet-abl\"", "receipt-unreadable")]
    [InlineData("}", "", "receipt-unreadable")]
    public async Task A_receipt_that_was_edited_is_refused(string original, string edit, string id)
    {
        var path = _bundle[BundleLayout.ReceiptPath];
        (await Create()).Receipt.ShouldNotBeNull().Write(path);
        var text = File.ReadAllText(path);
        text.ShouldContain(original);
        File.WriteAllText(path, text.Replace(original, edit, StringComparison.Ordinal));

        Receipt.Read(path).Reasons.ShouldHaveSingleItem().Id.ShouldBe(id);
    }
}
