using System.Text;
using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>What an index of shards says, as far as it can be told without the shards.</summary>
public sealed class ShardIndexTests
{
    private static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);

    private static string Wrong(string json)
    {
        var finding = Finding("m.index.json", Bytes(json));
        finding.Id.ShouldBe("shards-invalid");
        return finding.What;
    }

    [Fact]
    public void An_index_tells_which_tensors_must_be_in_which_shard_and_their_bytes()
    {
        var report = Whole("m.safetensors.INDEX.json", Bytes("""{"metadata":{"more":{"total_size":5},"total_size":37,"list":[1]},"other":{"weight_map":{"x":"y"},"total_size":1},"weight_map":{"a":"1.bin","b":"2.bin","c":"1.bin"},"last":[1]}"""));

        (report.Format, report.Checked, report.CompanionsTotalBytes).ShouldBe(("shard index", "3 tensors in 2 shards", 37));
        report.Companions.Select(companion => $"{companion.Name}: {string.Join(',', companion.Tensors)}").ShouldBe(["1.bin: a,c", "2.bin: b"]);
    }

    [Theory]
    [InlineData("37", 37L)]
    [InlineData("0", 0L)]
    [InlineData("37.0", 37L)]
    [InlineData("4e9", 4000000000L)]
    [InlineData("-1", null)]
    [InlineData("1e300", null)]
    [InlineData("\"37\"", null)]
    [InlineData("{\"total_size\":37}", null)]
    [InlineData("null", null)]
    public void The_total_is_a_count_of_bytes(string total, long? bytes) =>
        Whole("m.index.json", Bytes($$"""{"metadata":{"format":3,"total_size":{{total}},"x":5},"weight_map":{"a":"s"} }""")).CompanionsTotalBytes.ShouldBe(bytes);

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"weight_map":7,"metadata":8}""")]
    [InlineData("""{"metadata":8,"x":{"total_size":3},"weights":{"a":"b"}}""")]
    [InlineData("""{"deep":{"weight_map":{"a":"b"}}}""")]
    public void Without_a_map_of_weights_it_is_any_other_JSON(string json)
    {
        var report = Report("m.index.json", Bytes(json));
        var note = report.Findings.ShouldHaveSingleItem();

        report.Verdict.ShouldBe(Verdict.Loads);
        (note.Id, note.Severity).ShouldBe(("shards-none", Severity.Note));
        report.Checked.ShouldNotContain("shards");
        report.Companions.ShouldBeEmpty();
    }

    [Fact]
    public void An_empty_map_is_an_index_of_no_shard() => Whole("m.index.json", Bytes("""{"weight_map":{}}""")).Checked.ShouldBe("0 tensors in 0 shards");

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\".\"")]
    [InlineData("\"..\"")]
    [InlineData("\"a/b\"")]
    [InlineData("\"a\\\\b\"")]
    [InlineData("null")]
    public void A_shard_that_is_no_file_beside_it_is_damage(string shard) => Wrong($$"""{"weight_map":{"a":{{shard}}} }""").ShouldContain("tensor \"a\" is in \"");

    [Theory]
    [InlineData("7")]
    [InlineData("{\"x\":1}")]
    [InlineData("[\"x\"]")]
    public void A_shard_that_is_no_name_is_damage(string shard) => Wrong($$"""{"weight_map":{"a":{{shard}}} }""").ShouldStartWith("it is JSON, but no index of shards: ");

    [Fact]
    public void What_is_no_JSON_is_damage_of_that_kind()
    {
        var report = Report("m.index.json", Bytes("""{"weight_map":{"a":"s"}"""));

        report.Verdict.ShouldBe(Verdict.Damaged);
        report.Findings.ShouldAllBe(finding => !finding.Id.StartsWith("shards"));
        report.Companions.ShouldBeEmpty();
    }

    [Fact]
    public void JSON_as_deep_as_any_other_may_be_is_read()
    {
        var deep = new string('[', 500) + new string(']', 500);

        Whole("m.index.json", Bytes($$"""{"other":{{deep}},"metadata":{"x":{{deep}}},"weight_map":{"a":"s"} }""")).Checked.ShouldBe("1 tensors in 1 shards");
    }

    [Fact]
    public void JSON_that_is_too_deep_to_judge_is_not_read_further()
    {
        var deep = new string('[', 1500) + new string(']', 1500);
        var report = Report("m.index.json", Bytes($$"""{"weight_map":{"a":"s"},"other":{{deep}} }"""));

        report.Verdict.ShouldNotBe(Verdict.Loads);
        report.Companions.ShouldBeEmpty();
    }
}
