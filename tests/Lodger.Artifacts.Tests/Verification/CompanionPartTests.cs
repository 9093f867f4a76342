using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Inspection;
using Lodger.Artifacts.Verification;
using Lodger.Artifacts.Verification.Companions;

namespace Lodger.Artifacts.Tests;

/// <summary>Files that need others: which stretches must be there, which CRCs must fit, which arrays a shard must have.</summary>
public sealed class CompanionPartTests : IDisposable
{
    // CRC-32C of RFC 3720, B.4
    private const uint ZeroCrc = 0x8A91_36AA;
    private const uint OnesCrc = 0x62A8_AB43;
    private const uint CountingCrc = 0x46DD_794E;

    private readonly TemporaryDirectory _directory = new TemporaryDirectory()
        .With("data", [.. new byte[32], .. Enumerable.Repeat((byte)0xFF, 32), .. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    public void Dispose() => _directory.Dispose();

    private ListedFile Data => new("data", _directory["data"], 96);

    private string? Wrong(params CompanionPart[] parts) => CompanionParts.Wrong(Needed(parts), Data, TestContext.Current.CancellationToken);

    private static Companion Needed(params CompanionPart[] parts)
    {
        var companion = new Companion("data");
        companion.Parts.AddRange(parts);
        return companion;
    }

    private static FileReport Report(string path, Verdict verdict = Verdict.Loads) => new() { Path = path, DisplayPath = path, Bytes = 1, Verdict = verdict };

    private List<FileReport> Run(params FileReport[] reports) =>
        new CompanionCheck([.. reports.Where(report => report.Verdict != Verdict.Missing).Select(report => Data with { Path = report.Path })], TestContext.Current.CancellationToken).Run([.. reports]);

    [Fact]
    public void Stretches_that_are_there_and_fit_are_right()
    {
        Wrong(new CompanionPart("c", 64, 32, CountingCrc), new CompanionPart("a", 0, 32, ZeroCrc), new CompanionPart("b", 32, 32, OnesCrc)).ShouldBeNull();
        Wrong(new CompanionPart("a", 0, 32, ZeroCrc), new CompanionPart("empty", 10, 0, 0), new CompanionPart("free", 10, 80, null), new CompanionPart("end", 96, 0, 0)).ShouldBeNull();
        Wrong().ShouldBeNull();
        CompanionParts.Checked(Needed(new CompanionPart("a", 0, 1, null), new CompanionPart("a", 0, 1, 5))).ShouldBe("every offset, size and CRC");
        CompanionParts.Checked(Needed(new CompanionPart("a", 0, 1, null))).ShouldBe("every offset and size; values have no checksum");
    }

    [Fact]
    public void A_stretch_that_is_not_there_not_apart_or_not_as_it_was_is_named()
    {
        Wrong(new CompanionPart("a", 0, 97, null)).ShouldBe("tensor \"a\": 97 bytes promised at 0, 96 there: it was cut short.");
        Wrong(new CompanionPart("a", 90, 7, null)).ShouldBe("tensor \"a\": 7 bytes promised at 90, 6 there: it was cut short.");
        Wrong(new CompanionPart("a\u001b", 200, 7, null)).ShouldBe("tensor \"a\\u{1B}\": 7 bytes promised at 200, 0 there: it was cut short.");
        Wrong(new CompanionPart("b", 95, 9, null), new CompanionPart("a", 95, 8, null), new CompanionPart("c", 96, 1, null)).ShouldBe("tensor \"a\": 8 bytes promised at 95, 1 there: it was cut short.");
        Wrong(new CompanionPart("a", 0, 32, OnesCrc)).ShouldBe("tensor \"a\" does not fit its CRC: bytes were altered.");
        Wrong(new CompanionPart("a", 0, 32, ZeroCrc), new CompanionPart("b", 31, 1, 0x527D_5351)).ShouldBe("tensor \"b\" begins at 31, inside another that ends at 32.");
        _directory.With("data", "x");
        File.Delete(_directory["data"]);
        Wrong(new CompanionPart("a", 0, 32, ZeroCrc)).ShouldNotBeNull().ShouldStartWith("it cannot be read: ");
        Wrong(new CompanionPart("a", 0, 32, null)).ShouldBeNull("without a CRC nothing is read");
    }

    [Fact]
    public void What_another_needs_and_is_gone_damaged_or_short_makes_that_other_damaged()
    {
        FileReport Needy(Companion companion) => Report("d/graph") with { Companions = [companion] };
        var parts = Needed(new CompanionPart("w", 0, 97, null), new CompanionPart("v", 0, 1, null));
        var shard = new Companion("data");
        shard.Tensors.AddRange(["w", "v"]);

        string Says(params FileReport[] reports) => Run(reports).Single(report => report.Path == "d/graph") is var graph && graph.Findings.Count == 1 ? $"{graph.Verdict} {graph.Findings[0].Id}: {graph.Findings[0].What}" : $"{graph.Verdict}";
        Says(Needy(parts)).ShouldBe("Damaged companion-missing: data is not here, and 2 tensors should be in it, the first \"w\".");
        Says(Needy(new Companion("data"))).ShouldBe("Damaged companion-missing: data is not here.");
        Says(Needy(shard), Report("d/data", Verdict.Missing)).ShouldBe("Damaged companion-missing: data is not here, and 2 tensors should be in it, the first \"w\".");
        Says(Needy(shard), Report("data")).ShouldBe("Damaged companion-missing: data is not here, and 2 tensors should be in it, the first \"w\".");
        Says(Needy(shard), Report("d/data", Verdict.Damaged)).ShouldBe("Damaged companion-damaged: data is damaged, and 2 tensors should be in it, the first \"w\".");
        Says(Needy(parts), Report("d/data")).ShouldBe("Damaged companion-short: data: tensor \"w\": 97 bytes promised at 0, 96 there: it was cut short.");
        Says(Needy(shard), Report("d/data") with { TensorList = [new TensorEntry("v", "int8", [1], 1)] }).ShouldBe("Damaged companion-short: data: 1 of the 2 tensors that should be in it are not, the first \"w\".");
        Says(Needy(shard), Report("d/data", Verdict.HashOnly)).ShouldBe("Loads");
        Says(Needy(shard), Report("d/data") with { TensorList = [new TensorEntry("v", "int8", [1], 1), new TensorEntry("w", "int8", [1], 1)] }).ShouldBe("Loads");
        Says(Needy(new Companion("data")), Report("d/data")).ShouldBe("Loads");
    }

    [Theory]
    [InlineData(Verdict.Damaged)]
    [InlineData(Verdict.Missing)]
    public void A_file_that_is_itself_not_whole_is_not_asked_for_others(Verdict verdict) =>
        Run(Report("graph", verdict) with { Companions = [new Companion("data")] })[0].Findings.ShouldBeEmpty();

    [Fact]
    public void Data_without_a_format_of_its_own_is_vouched_for_by_the_file_that_needs_it()
    {
        var needy = Report("graph") with { Format = "ONNX model", Companions = [Needed(new CompanionPart("w", 0, 96, null))] };
        Run(needy, Report("data", Verdict.HashOnly)).Select(report => $"{report.Verdict} {report.Format}, {report.Checked}").ShouldContain("Loads ONNX data, 1 tensors of graph, every offset and size; values have no checksum");
        Run(needy, Report("data", Verdict.HashOnly) with { Format = "GGUF" })[1].Verdict.ShouldBe(Verdict.HashOnly);
        Run(needy, Report("data", Verdict.LoadsWithWarning))[1].Verdict.ShouldBe(Verdict.LoadsWithWarning);
        Run(needy with { Companions = [new Companion("data")] }, Report("data", Verdict.HashOnly))[1].Verdict.ShouldBe(Verdict.HashOnly);
    }

    [Theory]
    [InlineData(12L, Verdict.Loads, Verdict.Loads)]
    [InlineData(null, Verdict.Loads, Verdict.Loads)]
    [InlineData(13L, Verdict.Loads, Verdict.LoadsWithWarning)]
    [InlineData(13L, Verdict.HashOnly, Verdict.HashOnly)]
    public void A_total_that_the_shards_do_not_have_is_a_warning(long? total, Verdict before, Verdict after)
    {
        static FileReport Shard(string name, long bytes) => Report(name) with { Tensors = 1, Parameters = bytes, TensorList = [new TensorEntry("w", "int8", [bytes], bytes)] };
        var needy = Report("graph", before) with { Companions = [new Companion("a"), new Companion("b")], CompanionsTotalBytes = total };

        var index = Run(needy, Shard("a", 5), Shard("b", 7))[0];

        index.Verdict.ShouldBe(after);
        index.Findings.Select(finding => finding.Id).ShouldBe(total == 13 ? ["companion-total"] : []);
        if (total != 13)
        {
            (index.Tensors, index.Parameters).ShouldBe((2, 12));
            var own = Run(needy with { Tensors = 9, Parameters = 8 }, Shard("a", 5), Shard("b", 7))[0];
            (own.Tensors, own.Parameters).ShouldBe((9, 8));
            Run(needy, Shard("a", 5), Report("b"))[0].Tensors.ShouldBeNull();
        }
    }

    [Fact]
    public void A_shard_whose_arrays_were_not_all_listed_is_held_to_neither_names_nor_total()
    {
        var shard = new Companion("data");
        shard.Tensors.Add("w");
        FileReport Of(int listed, long? total) =>
            Run(Report("index") with { Companions = [shard], CompanionsTotalBytes = total }, Report("data") with { TensorList = [.. Enumerable.Repeat(new TensorEntry("v", "int8", [1], 1), listed)] })[0];

        Of(199_999, null).Verdict.ShouldBe(Verdict.Damaged);
        Of(200_000, null).Verdict.ShouldBe(Verdict.Loads);
        Run(Report("index") with { Companions = [new Companion("data")], CompanionsTotalBytes = 5 }, Report("data"))[0].Verdict.ShouldBe(Verdict.Loads);
    }

    [Fact]
    public void Twenty_of_the_files_that_are_missing_are_named()
    {
        var needy = Report("graph") with { Companions = [.. Enumerable.Range(0, 25).Select(i => new Companion($"s{i}"))] };

        Run(needy)[0].Findings.Count.ShouldBe(20);
        Run(Report("other"))[0].Findings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("m/a.safetensors", InspectionDepth.Tensors)]
    [InlineData("m/a.SAFETENSORS", InspectionDepth.Tensors)]
    [InlineData("m/a.bin", InspectionDepth.Tensors)]
    [InlineData("m/a.pt", InspectionDepth.Tensors)]
    [InlineData("m/a.pth", InspectionDepth.Tensors)]
    [InlineData("m/a.json", InspectionDepth.Counts)]
    [InlineData("a.safetensors", InspectionDepth.Counts)]
    [InlineData("m/n/a.safetensors", InspectionDepth.Counts)]
    public void Arrays_are_known_by_name_beside_an_index_of_shards(string path, InspectionDepth depth)
    {
        ShardedDirectories.Of([Data with { Path = "m/model.safetensors.index.json" }, Data with { Path = "m/n/x.json" }]).DepthOf(path).ShouldBe(depth);
        ShardedDirectories.Of([Data]).DepthOf(path).ShouldBe(InspectionDepth.Counts);
    }
}
