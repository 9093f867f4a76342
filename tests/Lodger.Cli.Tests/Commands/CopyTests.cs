using System.Security.Cryptography;
using System.Text.Json;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

public sealed class CopyTests : IDisposable
{
    private readonly TestStage stage = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => stage.Dispose();

    /// <summary>Results with the receipt that a pull would have left.</summary>
    private async Task<string> BundleAsync()
    {
        var bundle = Path.GetDirectoryName(stage.Write("results/digits/metrics.json", "{\"top1\": 0.97}"))!;
        var bytes = await File.ReadAllBytesAsync(Path.Combine(bundle, "metrics.json"), Token);
        var manifest = Manifest.Create(Samples.Start, "/workspace/digits", [new ManifestFile("metrics.json", bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)))]).Manifest!;
        Directory.CreateDirectory(Path.Combine(bundle, BundleLayout.OwnDirectory));
        manifest.WriteFile(Path.Combine(bundle, BundleLayout.ManifestPath));
        var report = await BundleVerifier.VerifyAsync(bundle, manifest, cancellation: Token);
        Receipt.Create(new ReceiptSubject("digits.k3f9qa", 1, "41200871"), report, Samples.Start, "test").Receipt!.Write(Path.Combine(bundle, BundleLayout.ReceiptPath));
        return bundle;
    }

    [Fact]
    public async Task A_bundle_is_copied_by_its_directory_without_a_server_and_a_job_s_by_its_name()
    {
        var bundle = await BundleAsync();
        (await stage.RunAsync("copy", "results/digits", "nas")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("3 files,");
        stage.OutInOneLine.ShouldContain("(3 sent): every byte was read back from there and is what the receipt says.");
        (await File.ReadAllTextAsync(Path.Combine(stage.Directory, "nas/digits/metrics.json"), Token)).ShouldContain("0.97");
        (await stage.RunAsync("verify", "nas/digits")).ShouldBe(ExitCode.Ok, "the copy is a bundle of its own");

        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { ResultsDirectory = bundle });
        (await stage.RunAsync("copy", "resnet", "nas", "--json")).ShouldBe(ExitCode.Ok);
        var json = JsonDocument.Parse(stage.Out[stage.Out.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
        (json.GetProperty("files").GetInt32(), json.GetProperty("sent").GetInt32()).ShouldBe((3, 0));
    }

    [Fact]
    public async Task What_is_not_home_yet_is_said_to_be_so()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { ResultsDirectory = Path.Combine(stage.Directory, "results", "resnet") });
        (await stage.RunAsync("copy", "resnet", "nas")).ShouldBe(ExitCode.NotFound);
        stage.Error.ReplaceLineEndings(" ").ShouldContain("is not home and proven yet.");
        stage.Error.ShouldContain($"lodger pull {Samples.Job.Name}");
    }

    [Theory]
    [InlineData(true, "The host is a datacenter.")]
    [InlineData(false, "The host is NOT a datacenter: whoever runs it can read the credentials")]
    [InlineData(null, "The platform does not say whether the host is a datacenter")]
    public async Task A_host_sends_only_after_a_yes_and_whatever_it_lacked_or_failed_at_goes_from_here(bool? datacenter, string said)
    {
        var bundle = await BundleAsync();
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home with { ResultsDirectory = bundle });
        server.Clouds = new("vast.ai (account anna)", Samples.Rental, datacenter, 0.02m, [new CloudConnection("7", "my-bucket", "s3")]);
        server.HostCopyTold.Enqueue(new(CloudCopyState.Failed, "Cloud Copy Operation Failed: 403"));
        string[] copy = ["copy", "resnet", "nas", "--by-host", "my-bucket"];

        (await stage.RunAsync(copy)).ShouldBe(ExitCode.ApprovalNeeded);
        stage.Error.ShouldContain("lodger copy resnet nas --by-host my-bucket --yes");
        stage.Answers = "n\n";
        (await stage.RunAsync(copy)).ShouldBe(ExitCode.ApprovalNeeded);
        server.HostCopied.ShouldBeNull();
        stage.OutInOneLine.ShouldContain(said);
        Directory.Exists(Path.Combine(stage.Directory, "nas")).ShouldBeFalse("a no is a no to the whole");

        stage.Answers = "y\n";
        (await stage.RunAsync(copy)).ShouldBe(ExitCode.Ok);
        server.HostCopied.ShouldNotBeNull().ConnectionId.ShouldBe("7");
        stage.OutInOneLine.ShouldContain("(3 sent): every byte was read back");
        (await stage.RunAsync("copy", "resnet", "nas", "--by-host", "other", "--yes")).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain("my-bucket (s3, 7)");
    }

    [Fact]
    public async Task What_was_not_proven_or_changed_since_is_not_copied()
    {
        stage.Write("plain/metrics.json", "{}");
        (await stage.RunAsync("copy", "./plain", "nas")).ShouldBe(ExitCode.NotFound);
        stage.Error.ShouldContain("has no .lodger/receipt.json");

        var bundle = await BundleAsync();
        await File.WriteAllTextAsync(Path.Combine(bundle, "metrics.json"), "{\"top1\": 0.98}", Token);
        (await stage.RunAsync("copy", "results/digits", "nas")).ShouldBe(ExitCode.NotVerified);
        stage.Error.ShouldContain("metrics.json differs");
        (await stage.RunAsync("copy", "results/digits", ":s3,secret_access_key=x:bucket")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("rclone config");
    }
}
