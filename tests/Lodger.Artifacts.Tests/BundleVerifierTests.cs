using System.Diagnostics;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

public sealed class BundleVerifierTests : IDisposable
{
    private readonly TemporaryDirectory _bundle = new TemporaryDirectory()
        .With("seed0/best.safetensors", SafetensorsBytes.Small)
        .With("seed0/metrics.json", """{"top1": 76.4}""")
        .With("notes.unknown", "done\n");

    public void Dispose() => _bundle.Dispose();

    private Task<VerificationReport> Verify(Manifest manifest) => BundleVerifier.VerifyAsync(_bundle.Path, manifest, cancellation: TestContext.Current.CancellationToken);

    private static FileReport One(VerificationReport report, string path) => report.Files.Single(file => file.Path == path);

    [Fact]
    public async Task A_bundle_as_it_was_on_the_machine_is_sound()
    {
        var manifest = _bundle.Manifest();
        manifest.WriteFile(_bundle[BundleLayout.ManifestPath]);

        var report = await Verify(manifest);

        report.IsSound.ShouldBeTrue(string.Join('\n', report.AllFindings));
        report.Files.Select(file => (file.Path, file.Verdict)).ShouldBe(
            [("notes.unknown", Verdict.HashOnly), ("seed0/best.safetensors", Verdict.Loads), ("seed0/metrics.json", Verdict.Loads)]);
        report.Files.Select(file => file.Sha256).ShouldBe(manifest.Files.Select(file => file.Sha256));
        (report.Totals.Files, report.Totals.Bytes).ShouldBe((3, manifest.TotalBytes));
    }

    [Theory]
    [InlineData("notes.unknown", "size-differs")]
    [InlineData("seed0/best.safetensors", "safetensors-layout")]
    public async Task A_file_one_byte_short_is_damaged_and_named(string path, string id)
    {
        var manifest = _bundle.Manifest();
        var whole = File.ReadAllBytes(_bundle[path]);
        _bundle.With(path, whole[..^1]);

        var report = await Verify(manifest);

        report.IsSound.ShouldBeFalse();
        One(report, path).Verdict.ShouldBe(Verdict.Damaged);
        One(report, path).Findings.ShouldContain(finding => finding.Id == id && finding.Path == path && finding.Fix.StartsWith("Pull it again", StringComparison.Ordinal));
        One(report, path).Findings.ShouldContain(finding => finding.Id == "size-differs");
        report.Files.Count(file => file.Verdict == Verdict.Damaged).ShouldBe(1);
    }

    [Fact]
    public async Task A_flipped_bit_is_damage_even_where_the_format_cannot_see_it()
    {
        var manifest = _bundle.Manifest();
        var altered = SafetensorsBytes.Small.ToArray();
        altered[^1] ^= 1;
        _bundle.With("seed0/best.safetensors", altered);

        One(await Verify(manifest), "seed0/best.safetensors").Findings.ShouldHaveSingleItem().Id.ShouldBe("hash-differs");
    }

    [Fact]
    public async Task A_missing_and_an_extra_file_are_each_named()
    {
        var manifest = _bundle.Manifest();
        File.Move(_bundle["notes.unknown"], _bundle["log2.txt"]);

        var report = await Verify(manifest);

        report.IsSound.ShouldBeFalse();
        (One(report, "notes.unknown").Verdict, One(report, "log2.txt").Verdict).ShouldBe((Verdict.Missing, Verdict.Extra));
        (report.Totals.Missing, report.Totals.Extra, report.Totals.Files).ShouldBe((1, 1, 3));
    }

    [Fact]
    public async Task A_link_in_place_of_a_file_is_not_followed()
    {
        var manifest = _bundle.Manifest();
        using var outside = new TemporaryDirectory().With("secret", File.ReadAllBytes(_bundle["notes.unknown"]));
        File.Delete(_bundle["notes.unknown"]);
        File.CreateSymbolicLink(_bundle["notes.unknown"], outside["secret"]);
        Directory.CreateSymbolicLink(_bundle["dir"], outside.Path);

        var report = await Verify(manifest);

        One(report, "notes.unknown").Verdict.ShouldBe(Verdict.Missing);
        report.Files.ShouldNotContain(file => file.Path.Contains("secret"));
        report.Findings.Select(finding => (finding.Id, finding.Path)).ShouldBe([("symlink-extra", "dir"), ("symlink-extra", "notes.unknown")], ignoreOrder: true);
    }

    [Theory]
    [InlineData("latest", "seed0/best.safetensors", true)]
    [InlineData("latest", "seed0", true)]
    [InlineData("seed0/latest", "../notes.unknown", true)]
    [InlineData("seed0/latest", "./../seed0//metrics.json", true)]
    [InlineData("latest", "/workspace/results/notes.unknown", true)]
    [InlineData("latest", "chained", true)]
    [InlineData("latest", "/workspace/results2/notes.unknown", false)]
    [InlineData("latest", "/etc/passwd", false)]
    [InlineData("latest", "../results/notes.unknown", false)]
    [InlineData("latest", "gone.txt", false)]
    [InlineData("latest", "latest", false)]
    public async Task A_link_on_the_machine_must_lead_to_what_the_manifest_lists(string path, string target, bool sound)
    {
        var manifest = _bundle.Manifest(ManifestLink.Of(path, target), ManifestLink.Of("chained", "notes.unknown"));

        var report = await Verify(manifest);

        report.IsSound.ShouldBe(sound, string.Join('\n', report.AllFindings));
        report.Findings.Any(finding => finding.Id == "symlink-leads-out").ShouldBe(!sound);
    }

    [Theory]
    [InlineData("workspace/out/latest", "a.json", true)]
    [InlineData("workspace/out/latest", "/workspace/out/a.json", true)]
    [InlineData("workspace/out/latest", "../out", true)]
    [InlineData("workspace/out/latest", "/workspace", false)]
    [InlineData("workspace/out/latest", "..", false)]
    [InlineData("workspace/out/latest", "/", false)]
    [InlineData("workspace/out/latest", "/workspace/other", false)]
    [InlineData("workspace/out/latest", "/workspace/out2", false)]
    [InlineData("workspace/out/latest", "unlisted/../a.json", false)]
    [InlineData("workspace/out/latest", "/mnt/../workspace/out/a.json", false)]
    public async Task Where_only_some_paths_were_listed_a_link_must_lead_into_one_of_them(string path, string target, bool sound)
    {
        using var home = new TemporaryDirectory();
        var file = Directory.CreateDirectory(Path.Combine(home.Path, "workspace/out")).FullName + "/a.json";
        await File.WriteAllTextAsync(file, "{}", TestContext.Current.CancellationToken);
        var sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("{}"u8));
        var manifest = Manifest.Create(DateTimeOffset.UnixEpoch, "/", [ManifestFile.Of("workspace/out/a.json", 2, sha256), ManifestLink.Of(path, target)]).Manifest.ShouldNotBeNull();

        var report = await BundleVerifier.VerifyAsync(home.Path, manifest, new VerifyOptions { LinkRoots = ["workspace/out"] }, cancellation: TestContext.Current.CancellationToken);

        report.IsSound.ShouldBe(sound, string.Join('\n', report.AllFindings));
        report.Findings.Any(finding => finding.Id == "symlink-leads-out").ShouldBe(!sound);
    }

    [Fact]
    public async Task A_pipe_is_named_and_never_opened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pipes are made with mkfifo");
        using (var mkfifo = Process.Start("mkfifo", [_bundle["pipe.json"]]))
        {
            mkfifo.WaitForExit(TimeSpan.FromMinutes(2)).ShouldBeTrue();
        }

        var report = await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken);

        report.Findings.ShouldHaveSingleItem().Id.ShouldBe("not-a-file");
        report.IsSound.ShouldBeFalse();
    }

    [Fact]
    public async Task A_name_that_is_not_UTF8_is_named_and_the_files_beside_it_are_still_verified()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "names are bytes only there");
        using (var shell = Process.Start("/bin/sh", ["-c", "cd \"$0\" && : > \"$(printf 'caf\\351')\" && ln -s x \"$(printf 'lin\\351')\" && mkdir \"$(printf 'dir\\351')\"", _bundle.Path]))
        {
            shell.WaitForExit(TimeSpan.FromMinutes(2)).ShouldBeTrue();
            shell.ExitCode.ShouldBe(0);
        }

        var report = await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken);
        try
        {
            report.Files.Count.ShouldBe(3);
            report.Findings.Count(finding => finding.Severity == Severity.Error).ShouldBe(3);
            report.Findings.Count(finding => finding.Id == "name-not-utf8").ShouldBe(3);
        }
        finally
        {
            using var remove = Process.Start("rm", ["-r", _bundle.Path]); // .NET cannot delete such names
            remove.WaitForExit(TimeSpan.FromMinutes(2)).ShouldBeTrue();
            Directory.CreateDirectory(_bundle.Path);
        }
    }

    [Fact]
    public async Task Lodgers_own_directory_being_a_link_is_an_error_and_nothing_is_written_through_it()
    {
        using var outside = new TemporaryDirectory();
        Directory.CreateSymbolicLink(_bundle[BundleLayout.OwnDirectory], outside.Path);

        Should.Throw<IOException>(() => _bundle.Manifest().WriteFile(_bundle[BundleLayout.ManifestPath]));
        var report = await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken);

        Directory.GetFiles(outside.Path).ShouldBeEmpty();
        report.Findings.ShouldHaveSingleItem().Id.ShouldBe("own-directory-link");
    }

    [Fact]
    public async Task A_report_can_be_walked_as_a_tree()
    {
        _bundle.With("seed0/deep/er/x.json", "[1");

        var tree = (await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken)).Tree();

        tree.Files.ShouldHaveSingleItem().Path.ShouldBe("notes.unknown");
        var seed0 = tree.Directories.ShouldHaveSingleItem();
        (seed0.Name, seed0.Files.Count, seed0.Totals.Damaged).ShouldBe(("seed0", 2, 1));
        seed0.Directories.Single().Directories.Single().Files.Single().Path.ShouldBe("seed0/deep/er/x.json");
    }

    [Fact]
    public async Task A_directory_without_a_manifest_is_verified_by_load_alone()
    {
        File.CreateSymbolicLink(_bundle["latest"], "seed0");

        var report = await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken);

        report.Manifest.ShouldBeNull();
        report.IsSound.ShouldBeTrue();
        report.Files.Count.ShouldBe(3);
        report.Findings.ShouldHaveSingleItem().Severity.ShouldBe(Severity.Note);
    }

    [Fact]
    public async Task A_manifest_in_the_directory_is_used_and_a_broken_one_is_an_error()
    {
        _bundle.Manifest().WriteFile(_bundle[BundleLayout.ManifestPath]);
        (await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken)).Manifest.ShouldNotBeNull();

        _bundle.With(BundleLayout.ManifestPath, "lodger-manifest 1 0 /r\n");
        var report = await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken);

        report.Findings.ShouldHaveSingleItem().Id.ShouldBe("manifest-truncated");
        (report.IsSound, report.Files.Count).ShouldBe((false, 3));
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_a_finding() =>
        (await DirectoryVerifier.VerifyAsync(_bundle["nowhere"], cancellation: TestContext.Current.CancellationToken)).Findings.ShouldHaveSingleItem().Id.ShouldBe("no-directory");

    [Fact]
    public async Task A_name_that_lies_about_the_content_is_said()
    {
        _bundle.With("weights.npy", SafetensorsBytes.Small);

        var file = One(await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken), "weights.npy");

        (file.Verdict, file.Format).ShouldBe((Verdict.LoadsWithWarning, "safetensors"));
        file.Findings.ShouldHaveSingleItem().Id.ShouldBe("name-misleads");
    }

    [Fact]
    public async Task A_name_with_terminal_escapes_is_harmless_on_screen()
    {
        _bundle.With("a\u001b[2J\u202eb.json", "[");

        var file = (await DirectoryVerifier.VerifyAsync(_bundle.Path, cancellation: TestContext.Current.CancellationToken)).Files.Single(file => file.Path.Contains('\u001b'));

        file.DisplayPath.ShouldBe("a\\u{1B}[2J\\u{202E}b.json");
        file.Findings[0].ToString().ShouldNotContain('\u001b');
    }

    [Fact]
    public async Task Progress_ends_at_the_total()
    {
        var told = new List<VerifyProgress>();
        var progress = new Recorder(told);

        await BundleVerifier.VerifyAsync(_bundle.Path, _bundle.Manifest(), progress: progress, cancellation: TestContext.Current.CancellationToken);

        var last = told[^1];
        (last.BytesDone, last.FilesDone).ShouldBe((last.BytesTotal, 3));
    }

    [Fact]
    public async Task Cancellation_stops_it()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => BundleVerifier.VerifyAsync(_bundle.Path, _bundle.Manifest(), cancellation: cancelled.Token));
    }

    private sealed class Recorder(List<VerifyProgress> told) : IProgress<VerifyProgress>
    {
        public void Report(VerifyProgress value)
        {
            lock (told)
            {
                told.Add(value);
            }
        }
    }
}
