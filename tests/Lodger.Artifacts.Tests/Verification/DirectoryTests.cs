using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>A whole directory: which verdicts make it sound, what is missing or too much, where links lead, and its metrics.</summary>
public sealed class DirectoryTests : IDisposable
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private Task<VerificationReport> Verify(VerifyOptions? options = null) => DirectoryVerifier.VerifyAsync(_directory.Path, options, cancellation: TestContext.Current.CancellationToken);

    private static FileReport File(string path, Verdict verdict = Verdict.Loads, long bytes = 1) => new() { Path = path, DisplayPath = path, Bytes = bytes, Verdict = verdict };

    private static Manifest Made(params ManifestEntry[] entries) => Manifest.Create(DateTimeOffset.UnixEpoch, "/work/out", entries).Manifest.ShouldNotBeNull();

    private static ManifestFile Listed(string path) => ManifestFile.Of(path, 4, Hash);

    [Theory]
    [InlineData(Verdict.Loads, true)]
    [InlineData(Verdict.LoadsWithWarning, true)]
    [InlineData(Verdict.HashOnly, true)]
    [InlineData(Verdict.Damaged, false)]
    [InlineData(Verdict.Missing, false)]
    [InlineData(Verdict.Extra, false)]
    public void One_file_that_is_not_as_promised_spoils_the_whole(Verdict verdict, bool sound) =>
        new VerificationReport("/d", null, [File("a"), File("b", verdict)], []).IsSound.ShouldBe(sound);

    [Theory]
    [InlineData(Severity.Note, true)]
    [InlineData(Severity.Warning, true)]
    [InlineData(Severity.Error, false)]
    public void An_error_about_the_whole_spoils_it(Severity severity, bool sound)
    {
        var report = new VerificationReport("/d", null, [File("a") with { Findings = [new Finding("f", Severity.Note, "a", "w", "x")] }], [new Finding("w", severity, "", "w", "x")]);

        report.IsSound.ShouldBe(sound);
        report.AllFindings.Select(finding => finding.Id).ShouldBe(["w", "f"]);
    }

    [Fact]
    public void Totals_and_the_tree_sum_up_what_is_there()
    {
        var report = new VerificationReport("/d\u001b", null, [
            File("a", Verdict.Loads, 1), File("d/a/x", Verdict.LoadsWithWarning, 2), File("d/b/y", Verdict.HashOnly, 4), File("d/z", Verdict.Damaged, 8), File("e\u001b/q", Verdict.Missing, 16), File("r", Verdict.Extra, 32)], []);

        report.Totals.ShouldBe(new VerificationTotals(5, 47, 1, 1, 1, 1, 1, 1));
        var tree = report.Tree();
        (tree.Name, string.Join(' ', tree.Files.Select(file => file.Path)), string.Join(' ', tree.Directories.Select(inner => inner.Name))).ShouldBe(("/d\\u{1B}", "a r", "d e\\u{1B}"));
        tree.Totals.ShouldBe(report.Totals);
        var d = tree.Directories[0];
        (string.Join(' ', d.Files.Select(file => file.Path)), string.Join(' ', d.Directories.Select(inner => $"{inner.Name}:{inner.Files.Single().Path}"))).ShouldBe(("d/z", "a:d/a/x b:d/b/y"));
        (d.Totals.Files, d.Totals.Bytes).ShouldBe((3, 14));
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(2, true)]
    public async Task More_files_and_links_than_are_allowed_are_refused(int most, bool refused)
    {
        _directory.With("x.json", "{}").With("y.json", "{}");
        System.IO.File.CreateSymbolicLink(_directory["l"], "x.json");

        var report = await Verify(new VerifyOptions { MaxFiles = most });

        report.Findings.Where(finding => finding.Severity == Severity.Error).Select(finding => finding.Id).ShouldBe(refused ? ["too-many-files"] : []);
        (await Verify(new VerifyOptions { MaxFiles = 0 })).Findings.ShouldHaveSingleItem().Id.ShouldBe("too-many-files");
    }

    [Fact]
    public async Task An_empty_file_and_a_name_with_the_mark_of_what_is_no_UTF8_are_files_like_others()
    {
        _directory.With("a.log", "").With("b\ufffd.json", "{}");

        var report = await Verify();

        report.Findings.ShouldBeEmpty();
        report.Files.Select(file => (file.Path, file.Verdict)).ShouldBe([("a.log", Verdict.LoadsWithWarning), ("b\ufffd.json", Verdict.Loads)]);
    }

    [Fact]
    public async Task Arrays_that_only_an_index_asked_for_are_not_told()
    {
        _directory.With("m.safetensors", SafetensorsBytes.Small).With("m.safetensors.index.json", """{"weight_map": {"a": "m.safetensors", "b": "m.safetensors"} }""");

        var report = await Verify();

        report.Files.ShouldAllBe(file => file.Verdict == Verdict.Loads && file.TensorList.Count == 0);
    }

    [Theory]
    [InlineData(InspectionDepth.Counts, 0)]
    [InlineData(InspectionDepth.Tensors, 2)]
    public async Task Arrays_are_told_as_deep_as_was_asked(InspectionDepth depth, int listed)
    {
        _directory.With("m.safetensors", SafetensorsBytes.Small);

        (await Verify(new VerifyOptions { Depth = depth, FilesAtOnce = 0 })).Files.Single().TensorList.Count.ShouldBe(listed);
    }

    [Fact]
    public async Task Missing_and_extra_files_and_links_are_told_with_what_to_do()
    {
        _directory.With("kept.json", "{}").With("extra.json", "[").With(".lodger/notes", "own");
        var manifest = Made(ManifestFile.Of("kept.json", 2, Manifest.HashOf("{}"u8)), Listed("gone\u001b.json"), new ManifestFile("caf%E9", 4, Hash), ManifestLink.Of("latest", "kept.json"), ManifestLink.Of("out", "/etc/passwd"));
        System.IO.File.CreateSymbolicLink(_directory["latest"], "kept.json");
        System.IO.File.CreateSymbolicLink(_directory["other"], "kept.json");

        var report = await BundleVerifier.VerifyAsync(_directory.Path, manifest, cancellation: TestContext.Current.CancellationToken);

        report.Files.Select(file => $"{file.DisplayPath} {file.Verdict} {file.Bytes} {string.Join(',', file.Findings.Select(finding => finding.Id))}").ShouldBe(
            ["caf%E9 Missing 4 name-not-utf8", "extra.json Extra 1 extra,json-invalid", "gone\\u{1B}.json Missing 4 missing", "kept.json Loads 2 "]);
        report.Files[2].Path.ShouldBe("gone\u001b.json");
        report.Findings.Select(finding => $"{finding.Severity} {finding.Id} {finding.Path}").ShouldBe(["Note symlink latest", "Error symlink-leads-out out", "Error symlink-extra other"]);
        report.Findings.Single(finding => finding.Path == "latest").What.ShouldBe("a symbolic link to kept.json, here as on the machine.");
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void A_link_leads_home_over_eight_links_at_most(int links, bool home)
    {
        var chain = Enumerable.Range(1, links).Select(i => ManifestLink.Of($"l{i}", i == links ? "a" : $"l{i + 1}")).ToArray();

        new LinkTargets(Made([Listed("a"), .. chain])).LeadsToListed(chain[0]).ShouldBe(home);
    }

    [Theory]
    [InlineData("d/l", "x", true)]
    [InlineData("d/l", "./x", true)]
    [InlineData("d/l", ".//x/", true)]
    [InlineData("d/l", "../d/x", true)]
    [InlineData("d/l", "../d", true)]
    [InlineData("d/l", "..", false)]
    [InlineData("d/l", "../..", false)]
    [InlineData("d/l", "../../d/x", false)]
    [InlineData("d/l", "e/../x", true)]
    [InlineData("d/l", "y", false)]
    [InlineData("l", "/work/out/d/x", true)]
    [InlineData("l", "/work/out/d", true)]
    [InlineData("l", "/work/out", false)]
    [InlineData("l", "/work/out/", false)]
    [InlineData("l", "/work/outd/x", false)]
    [InlineData("l", "/work/out/../out/d/x", false)]
    [InlineData("l", "work/out/d/x", false)]
    [InlineData("l", "é", true)]
    public void A_links_text_is_worked_out_without_a_disk(string path, string target, bool home)
    {
        var link = ManifestLink.Of(path, target);

        new LinkTargets(Made(Listed("d/x"), Listed("é"), link)).LeadsToListed(link).ShouldBe(home);
    }

    [Theory]
    [InlineData("data/é", "data/é/a", true)]
    [InlineData("data/é", "data/é", true)]
    [InlineData("data/é", "data/éa", false)]
    [InlineData("data/é", "data", false)]
    [InlineData("data/é", "data/x/../é/a", false)]
    [InlineData("data/é", "./../out/data/é/a", false)]
    [InlineData("other", "data/é/a", false)]
    public void Where_only_some_paths_were_listed_a_link_must_stay_in_them(string root, string target, bool home)
    {
        var link = ManifestLink.Of("l", target);

        new LinkTargets(Made(Listed("data/é/a"), Listed("data/éa"), link), [root]).LeadsToListed(link).ShouldBe(home);
    }

    [Fact]
    public void The_metric_of_a_directory_is_put_beside_its_checkpoints_and_the_end_of_a_run_is_asked_first()
    {
        static Metric Named(string name) => new(name, 1, MetricDirection.Unknown, "f", null);
        List<FileReport> reports =
        [
            File("a/history.json") with { Metric = Named("history") }, File("a/summary.json") with { Metric = Named("summary") }, File("a/results.json") with { Metric = Named("results") },
            File("a/m.pt") with { Tensors = 2 }, File("a/own.pt") with { Tensors = 2, Metric = Named("own") }, File("a/none.npz") with { Tensors = 0 }, File("a/notes.txt"),
            File("b/metrics.json", Verdict.Damaged) with { Metric = Named("damaged") }, File("b/m.pt") with { Tensors = 2 },
            File("c/log.json", Verdict.LoadsWithWarning) with { Metric = Named("warned") }, File("c/m.pt") with { Tensors = 2 }, File("c/d/m.pt") with { Tensors = 2 },
        ];

        NeighbourMetrics.Spread(reports).Where(report => report.Metric is not null && !report.Path.EndsWith(".json", StringComparison.Ordinal)).Select(report => $"{report.Path} {report.Metric!.Name}")
            .ShouldBe(["a/m.pt results", "a/own.pt own", "c/m.pt warned"]);
        NeighbourMetrics.Spread([reports[3]]).Single().Metric.ShouldBeNull();
    }
}
