using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>What a receipt vouches for, and what makes it worth nothing.</summary>
public sealed class ReceiptRuleTests : IDisposable
{
    private static readonly ReceiptSubject _subject = new("resnet-abl", 2, "41203312");
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2));

    private readonly TemporaryDirectory _bundle = new TemporaryDirectory()
        .With("a/best.safetensors", SafetensorsBytes.Small)
        .With("a/metrics.json", """{"top1": 76.4, "epoch": 3}""")
        .With("a/run.log", "step 1")
        .With("bare.json", "12")
        .With("notes.unknown", "done\n");

    public void Dispose() => _bundle.Dispose();

    private async Task<Receipt> Create()
    {
        _bundle.Manifest().WriteFile(_bundle[BundleLayout.ManifestPath]);
        var report = await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken);
        return Receipt.Create(_subject, report, _now, "0.1.0").Receipt.ShouldNotBeNull();
    }

    private Task<ReceiptCheck> Check(Receipt receipt) => ReceiptVerifier.VerifyAsync(receipt, _bundle.Path, cancellation: TestContext.Current.CancellationToken);

    [Fact]
    public async Task Everything_it_knows_of_a_bundle_is_on_record()
    {
        var manifest = _bundle.Manifest();
        var receipt = await Create();

        (receipt.ManifestSha256, receipt.RosterSha256, receipt.ManifestMadeAt, receipt.TotalBytes).ShouldBe((manifest.Sha256, manifest.RosterSha256, manifest.MadeAt, manifest.TotalBytes));
        (receipt.Subject, receipt.ToolVersion, receipt.MadeAt).ShouldBe((_subject, "0.1.0", new DateTimeOffset(2026, 1, 2, 1, 4, 5, TimeSpan.Zero)));
        receipt.Files.Select(file => (file.Path, file.Bytes, file.Sha256)).ShouldBe(manifest.Files.Select(file => (file.Path!, file.Bytes, file.Sha256)));
        receipt.Files.Select(file => $"{file.Format}, {file.Verdict}, {file.Tensors}, {file.Parameters}, {file.Step}, {file.Epoch}, {file.Metric?.Name}, {file.Warnings.Count}").ShouldBe(
            [
                "safetensors, Loads, 2, 10, 1840, 3, top1, 0",
                "JSON, Loads, , , , 3, top1, 0",
                "text, Loads, , , , , , 0",
                "JSON, LoadsWithWarning, , , , , , 1",
                "hash only, HashOnly, , , , , , 0",
            ]);
        receipt.Files[3].Warnings.ShouldBe(["it ends in a bare number, which a cut could have shortened unseen."]);
        receipt.Loaded.Select(file => file.Path).ShouldBe(["a/best.safetensors", "a/metrics.json", "a/run.log", "bare.json"]);
        receipt.HashOnly.Select(file => file.Path).ShouldBe(["notes.unknown"]);
    }

    [Fact]
    public async Task It_holds_for_its_bundle_and_says_what_was_verified()
    {
        var check = await Check(await Create());

        (check.IsValid, check.Findings.Count, check.Report!.Files.Count).ShouldBe((true, 0, 5));
    }

    [Fact]
    public async Task A_file_added_or_lost_since_makes_it_worthless()
    {
        var receipt = await Create();
        File.Delete(_bundle["bare.json"]);
        _bundle.With("new.json", "{}");

        var check = await Check(receipt);

        check.IsValid.ShouldBeFalse();
        check.Findings.Select(finding => (finding.Id, finding.Path)).ShouldBe([("missing", "bare.json"), ("extra", "new.json")]);
    }

    [Fact]
    public async Task Without_the_manifest_it_was_made_for_it_holds_for_nothing()
    {
        var receipt = await Create();
        File.Delete(_bundle[BundleLayout.ManifestPath]);
        var gone = await Check(receipt);
        (gone.IsValid, gone.Findings.ShouldHaveSingleItem().Id, gone.Report).ShouldBe((false, "manifest-unreadable", null));

        _bundle.With("new.json", "{}");
        _bundle.Manifest().WriteFile(_bundle[BundleLayout.ManifestPath]);
        var other = await Check(receipt);
        (other.IsValid, other.Findings.ShouldHaveSingleItem().Id, other.Report).ShouldBe((false, "receipt-other-manifest", null));
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("sha256")]
    [InlineData("path")]
    [InlineData("fewer")]
    public async Task One_that_vouches_for_other_files_than_its_manifest_lists_holds_for_nothing(string what)
    {
        (await Create()).Write(_bundle[BundleLayout.ReceiptPath]);
        var document = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(_bundle[BundleLayout.ReceiptPath], TestContext.Current.CancellationToken))!;
        var files = document["receipt"]!["files"]!.AsArray();
        switch (what)
        {
            case "bytes":
                files[0]!["bytes"] = 1;
                break;
            case "sha256":
                files[0]!["sha256"] = files[1]!["sha256"]!.DeepClone();
                break;
            case "path":
                files[0]!["path"] = "a/worst.safetensors";
                break;
            default:
                files.RemoveAt(0);
                break;
        }

        // whoever edits one by hand can make its id fit as well
        document["id"] = Manifests.Manifest.HashOf(System.Text.Encoding.UTF8.GetBytes(document["receipt"]!.ToJsonString().Replace("\\u002B", "+")));
        await File.WriteAllTextAsync(_bundle[BundleLayout.ReceiptPath], document.ToJsonString(), TestContext.Current.CancellationToken);

        var check = await Check(Receipt.Read(_bundle[BundleLayout.ReceiptPath]).Receipt.ShouldNotBeNull());

        (check.IsValid, check.Findings.ShouldHaveSingleItem().Id, check.Report).ShouldBe((false, "receipt-other-files", null));
    }

    [Fact]
    public void What_cannot_be_read_is_said_and_gives_no_receipt()
    {
        _bundle.With("null.json", "null");
        Receipt.Read(_bundle["gone"]).Reasons.ShouldHaveSingleItem().Id.ShouldBe("receipt-unreadable");
        Receipt.Read(_bundle["a"]).Reasons.ShouldHaveSingleItem().Id.ShouldBe("receipt-unreadable");
        Receipt.Read(_bundle["null.json"]).Reasons.ShouldHaveSingleItem().Id.ShouldBe("receipt-version");
    }

    [Theory]
    [InlineData(0, "cannot be read")]
    [InlineData(1, "is larger than any receipt")]
    public void A_gibibyte_is_the_most_that_is_read(int more, string says)
    {
        using (var file = File.OpenHandle(_bundle["huge"], FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(file, (1L << 30) + more); // sparse
        }

        var outcome = Receipt.Read(_bundle["huge"]);

        outcome.Receipt.ShouldBeNull();
        outcome.Reasons.ShouldHaveSingleItem().What.ShouldContain(says);
    }
}
