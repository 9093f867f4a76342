using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>What is said of whole JSON files beyond their grammar: oddities, keys, how far training was.</summary>
public sealed class JsonFileTests
{
    private const string BareNumber = "LoadsWithWarning Warning json-bare-number: it ends in a bare number, which a cut could have shortened unseen.";
    private const string OpenEnd = "LoadsWithWarning Warning jsonl-open-end: the last line is whole, but no newline follows it.";
    private const string Mark = "LoadsWithWarning Warning json-byte-order-mark: it begins with a byte order mark, which many readers refuse.";

    private static string Twice(string key) => $"Loads Note json-duplicate-key: the key \"{key}\" occurs twice in one object.";

    private static FileReport Verify(string name, string text) => Verifying.Content(name, Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("a.json", "JSON")]
    [InlineData("A.JSON", "JSON")]
    [InlineData("run.ipynb", "JSON")]
    [InlineData("RUN.IPYNB", "JSON")]
    [InlineData("a.jsonl", "JSON Lines")]
    [InlineData("A.JSONL", "JSON Lines")]
    [InlineData("a.ndjson", "JSON Lines")]
    [InlineData("A.NdJson", "JSON Lines")]
    [InlineData("json", "hash only")]
    [InlineData("a.json5", "hash only")]
    public void The_name_says_that_it_is_JSON(string name, string format) => Verify(name, "{}\n").Format.ShouldBe(format);

    [Theory]
    [InlineData("12", BareNumber)]
    [InlineData("-1.5e3\n", BareNumber)]
    [InlineData("[12]", "Loads")]
    [InlineData("{\"a\":12}", "Loads")]
    [InlineData("\"12\"", "Loads")]
    [InlineData("null", "Loads")]
    [InlineData("\uFEFF{}", Mark)]
    [InlineData("{\"a\":1,\"a\":2}", "a")]
    [InlineData("{\"a\":1,\"b\":{\"a\":2},\"c\":[{\"a\":1},{\"a\":2}]}", "Loads")]
    [InlineData("{\"a\":1,\"b\":{\"a\":2,\"c\":1,\"c\":2},\"a\":3}", "c")]
    [InlineData("[{\"a\":1,\"b\":[1,2]},{\"a\":[{}],\"a\":2}]", "a")]
    [InlineData("{\"a\":[\"a\",\"a\"],\"b\":\"a\"}", "Loads")]
    [InlineData("{\"\":1,\"\":2}", "")]
    [InlineData("{\"ab\":1,\"ba\":2,\"a\":3,\"b\":4,\"aa\":5,\"bb\":6}", "Loads")]
    [InlineData("{\"\u00e9\\n\":1,\"\u00e9\\t\":2,\"\u00e9\\n\":3}", "\u00e9\\n")]
    [InlineData("{\"0123456789012345678901234567890123456789-A\":1,\"0123456789012345678901234567890123456789-B\":2}", "Loads")]
    [InlineData("{\"0123456789012345678901234567890123456789-A\":1,\"0123456789012345678901234567890123456789-A\":2}", "0123456789012345678901234567890123456789")]
    public void An_oddity_of_a_document_is_said(string text, string says) =>
        ReportLines.Only("m.json", text).ShouldBe(says.StartsWith("Loads", StringComparison.Ordinal) ? says : Twice(says));

    [Theory]
    [InlineData("{\"step\":1}\n{\"step\":2}\n", 2)]
    [InlineData("{\"step\":1}\r\n\r\n{\"step\":2}", 2)]
    [InlineData("{\n \"a\": {}\n}\n{\n \"step\": 2\n}\n", 2)]
    [InlineData("{\"a\":1}{\"a\":1} [1]{\"step\":2}", 4)]
    [InlineData("1\n\"a\"\nnull\n{\"step\":2}\n", 4)]
    public void Several_documents_in_one_file_are_checked_each_and_said(string text, int documents)
    {
        var report = Verify("m.json", text);

        report.Lines().ShouldBe(["Loads", $"Note json-several: it holds {documents} documents one after another, and most readers of JSON take one alone."]);
        (report.Step, report.Checked).ShouldBe((2, $"{documents} documents one after another"));
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\":", "it ends in the middle of a value: it was cut short.")]
    [InlineData("{\"a\":1}\n{\"a\":1}}\n", "it has a '}' where that cannot stand.")]
    [InlineData("{\"a\":1}0\n", "it has a '0' where that cannot stand.")]
    [InlineData("{\"a\":1} \"a\"\n", "it has a '\"' where that cannot stand.")]
    [InlineData("{\"a\":1}\n\0\0\0", "it has a byte 0x00 where that cannot stand.")]
    [InlineData("{\"a\":1}\n{} 7", "it has a '7' where that cannot stand.")]
    [InlineData("[1,\n2] 3", "it has a '3' where that cannot stand.")]
    [InlineData("{\"a\":1}\ngarbage", "it has a 'g' where that cannot stand.")]
    public void What_follows_a_document_and_is_none_is_damage(string text, string says) => ReportLines.Only("m.json", text).ShouldBe("Damaged Error json-invalid: " + says);

    [Theory]
    [InlineData("[NaN]", 1)]
    [InlineData("{\"a\":-Infinity,\"b\":Infinity,\"c\":[NaN,NaN]}", 4)]
    public void Every_NaN_and_infinity_is_counted(string text, int times) =>
        ReportLines.Only("m.json", text).ShouldBe($"LoadsWithWarning Warning json-not-finite: it has NaN or Infinity {times} times, which Python reads and strict readers refuse.");

    [Fact]
    public void A_byte_order_mark_alone_or_half_of_one_is_no_document()
    {
        Verifying.Content("m.json", [0xEF, 0xBB, 0xBF]).Lines().ShouldContain("Error json-invalid: it is empty.");
        ReportLines.Only("m.json", [0xEF, 0xBB]).ShouldBe("Damaged Error json-invalid: it has a byte 0xEF where that cannot stand.");
        ReportLines.Only("m.jsonl", [0xEF, 0xBB, 0xBF, .. "{}\n"u8]).ShouldBe(Mark);
    }

    [Fact]
    public void A_text_longer_than_what_is_read_at_once_is_read_to_its_end()
    {
        var filler = string.Join(',', Enumerable.Range(0, 90_000).Select(i => $"\"é{i}\""));

        var report = Verify("m.json", $$"""{"step":1,"log":[{{filler}}],"epoch":4}""");

        (report.Verdict, report.Step, report.Epoch, report.Checked).ShouldBe((Verdict.Loads, 1, 4, "the whole document"));
        ReportLines.Only("m.json", $"[{filler}").ShouldStartWith("Damaged");
        ReportLines.Only("m.json", $"[{filler}x{filler}]").ShouldBe("Damaged Error json-invalid: it has a 'x' where that cannot stand.");
        ReportLines.Only("m.jsonl", $"[]\n[{filler}x{filler}]\n[{filler}]\n").ShouldBe("Damaged Error json-invalid: line 2: it has a 'x' where that cannot stand.");
        Verify("m.jsonl", $"[{filler}]\n[{filler}]\n").Checked.ShouldBe("every line, 2 documents");
    }

    [Fact]
    public void Lines_that_end_where_reading_stopped_are_gone_on_with() =>
        Verify("m.jsonl", string.Concat(Enumerable.Repeat("{\"step\":123456}\n", 40_000))).Checked.ShouldBe("every line, 40000 documents");

    [Theory]
    [InlineData("""{"step": 7}""", 7L, null)]
    [InlineData("""{"global_step": 7, "epoch": 0.5}""", 7L, 0.5)]
    [InlineData("""{"step": "7", "epoch": "2"}""", null, null)]
    [InlineData("""{"step": [5], "epoch": {"epoch": 5} }""", null, null)]
    [InlineData("""{"a": {"step": 5}, "b": [{"epoch": 5}], "c": {} }""", null, null)]
    [InlineData("""{"a": {"x": 5}, "step": 6}""", 6L, null)]
    [InlineData("""[{"step": 5}]""", null, null)]
    [InlineData("""{"step": 5, "iter": 9}""", 9L, null)]
    [InlineData("""{"step": 100000000000000000000000000000000000000}""", null, null)]
    [InlineData("""{"step": true, "epoch": null}""", null, null)]
    public void The_step_and_epoch_stand_at_the_top_as_numbers(string text, long? step, double? epoch)
    {
        var report = Verify("m.json", text);

        (report.Step, report.Epoch).ShouldBe((step, epoch));
    }

    [Fact]
    public void A_key_a_name_or_a_number_of_up_to_39_bytes_is_kept()
    {
        var (kept, tooLong) = (new string('m', 39), new string('m', 40));
        Verify("metrics.json", $$"""{"{{kept}}": 2}""").Metric!.Name.ShouldBe(kept);
        Verify("metrics.json", $$"""{"{{tooLong}}": 2}""").Metric.ShouldBeNull();
        Verify("metrics.json", $$"""{"main_metric": "{{kept}}", "{{kept}}": 2, "accuracy": 1}""").Metric!.Name.ShouldBe(kept);
        Verify("metrics.json", $$"""{"main_metric": "{{tooLong}}", "accuracy": 1}""").Metric!.Name.ShouldBe("accuracy");
        Verify("metrics.json", $$"""{"accuracy": 0.{{new string('5', 37)}} }""").Metric!.Value.ShouldBe(5.0 / 9, 1e-12);
        Verify("metrics.json", $$"""{"accuracy": 0.{{new string('5', 38)}} }""").Metric.ShouldBeNull();
    }

    [Theory]
    [InlineData("", "LoadsWithWarning Warning empty: it is empty.", "size and SHA-256")]
    [InlineData("\n\n", "LoadsWithWarning Warning jsonl-empty: it has no line.", "every line, 0 documents")]
    [InlineData("{}\n", "Loads", "every line, 1 documents")]
    [InlineData("{}\r\n\r\n[]\r\n", "Loads", "every line, 2 documents")]
    [InlineData("{}\n{}", OpenEnd, "every line, 2 documents")]
    [InlineData("1\n2\n", "Loads", "every line, 2 documents")]
    [InlineData("{}\n12", BareNumber, "every line, 2 documents")]
    [InlineData("12\n{}", OpenEnd, "every line, 2 documents")]
    [InlineData("{}\n \t", "Loads", "every line, 1 documents")]
    [InlineData("{\"a\":1}\n{\"a\":2}\n", "Loads", "every line, 2 documents")]
    [InlineData("{\"a\":1}\n{\"b\":1,\"b\":1}\n", "Loads Note json-duplicate-key: the key \"b\" occurs twice in one object.", "every line, 2 documents")]
    [InlineData("[1", "Damaged Error json-invalid: line 1: it ends in the middle of a value: it was cut short.", null)]
    [InlineData("{}\n\n[\n]\n", "Damaged Error json-invalid: line 3: it ends in the middle of a value: it was cut short.", null)]
    [InlineData("{}\n-\n{}\n", "Damaged Error json-invalid: line 2: it has a number that is not complete.", null)]
    [InlineData("{}\n{} {}\n{}\n", "Damaged Error json-invalid: line 2: it has a '{' where that cannot stand.", null)]
    [InlineData("{}\n[1", "Damaged Error json-invalid: line 2: it ends in the middle of a value: it was cut short.", null)]
    public void What_is_said_of_lines(string text, string says, string? isChecked)
    {
        ReportLines.Only("log.jsonl", text).ShouldBe(says);
        Verify("log.jsonl", text).Checked.ShouldBe(isChecked ?? Verify("log.jsonl", text).Checked);
    }

    [Fact]
    public void Nesting_past_the_limit_in_a_line_is_not_judged_and_later_lines_start_over()
    {
        ReportLines.Only("log.jsonl", $"{{}}\n{new string('[', 1001)}\n").ShouldBe("HashOnly Warning json-too-deep: line 2: it is nested deeper than 1000 levels.");
        var deep = new string('[', 600) + new string(']', 600);
        ReportLines.Only("log.jsonl", $"{deep}\n{deep}\n{{\"step\":2}}\n").ShouldBe("Loads");
    }

    [Fact]
    public void Keys_are_compared_until_a_hundred_thousand_are_open_at_once()
    {
        static string Keys(int from, int count) => string.Concat(Enumerable.Range(from, count).Select(i => $"\"{i}\":0,"));
        ReportLines.Only("m.json", $$"""{{{Keys(0, 99_998)}}"twice":1,"twice":2}""").ShouldBe("Loads Note json-duplicate-key: the key \"twice\" occurs twice in one object.");
        ReportLines.Only("m.json", $$"""{{{Keys(0, 99_999)}}"twice":1,"twice":2}""").ShouldBe("Loads");

        // those of an object that was closed do not count any more
        ReportLines.Only("m.jsonl", $"{{{Keys(0, 60_000)}\"a\":0}}\n{{{Keys(0, 60_000)}\"b\":1,\"b\":2}}\n").ShouldBe("Loads Note json-duplicate-key: the key \"b\" occurs twice in one object.");
    }
}
