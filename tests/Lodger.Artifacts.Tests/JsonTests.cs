using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

public sealed class JsonTests
{
    private static FileReport Verify(string name, string text) => Verifying.Content(name, Encoding.UTF8.GetBytes(text));

    [Fact]
    public void A_document_loads_and_tells_its_step()
    {
        var report = Verify("state.json", """{"global_step": 1840, "epoch": 2.5, "log": [{"step": 7, "loss": 1e-3}], "ok": [true, false, null, "\u00e9\n", -0.5]}""");

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        (report.Step, report.Epoch).ShouldBe((1840, 2.5));
    }

    [Fact]
    public void Every_cut_of_a_document_is_damage() =>
        Verifying.EveryCutIsCaught("m.json", Encoding.UTF8.GetBytes("""{"a": [1, 2.5e+3, "é\u0041\\"], "b": {"c": null, "d": true}}"""));

    [Theory]
    [InlineData("{\"a\":1,}")]
    [InlineData("[1 2]")]
    [InlineData("[01]")]
    [InlineData("[1.]")]
    [InlineData("[+1]")]
    [InlineData("[\"\\x\"]")]
    [InlineData("[\"\u0001\"]")]
    [InlineData("{1:2}")]
    [InlineData("[]]")]
    [InlineData("[}")]
    [InlineData("nul")]
    [InlineData("'a'")]
    [InlineData(" ")]
    [InlineData("{} 7")]
    public void What_is_not_JSON_is_damage(string text) => Verify("m.json", text).Verdict.ShouldBe(Verdict.Damaged, text);

    [Theory]
    [InlineData(new byte[] { (byte)'"', 0xFF, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xC0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xED, 0xA0, 0x80, (byte)'"' })]
    [InlineData(new byte[] { (byte)'"', 0xE2, 0x82, (byte)'"' })]
    public void A_string_that_is_not_UTF8_is_damage(byte[] text) => Verifying.Content("m.json", text).Verdict.ShouldBe(Verdict.Damaged);

    [Fact]
    public void Pythons_NaN_is_a_warning_not_damage()
    {
        var report = Verify("m.json", """{"loss": NaN, "lr": [Infinity, -Infinity]}""");

        report.Verdict.ShouldBe(Verdict.LoadsWithWarning);
        report.Findings.ShouldHaveSingleItem().What.ShouldContain("3 times");
    }

    [Fact]
    public void A_key_that_occurs_twice_is_noted()
    {
        var report = Verify("m.json", """{"a": 1, "b": {"a": 2}, "a": 3}""");

        report.Verdict.ShouldBe(Verdict.Loads);
        report.Findings.ShouldHaveSingleItem().What.ShouldContain("\"a\"");
    }

    [Fact]
    public void Nesting_past_the_limit_is_not_judged_and_costs_no_stack() =>
        Verify("m.json", new string('[', 2_000_000)).Verdict.ShouldBe(Verdict.HashOnly);

    [Fact]
    public void Lines_are_checked_one_by_one_and_the_last_step_counts()
    {
        var report = Verify("log.jsonl", "{\"step\":1,\"loss\":2.0}\n\n{\"step\":2,\"loss\":1.5}\n");

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        report.Step.ShouldBe(2);
        report.Checked.ShouldContain("2 documents");
    }

    [Fact]
    public void A_cut_last_line_is_named()
    {
        var report = Verify("log.jsonl", "{\"step\":1}\n{\"step\":2}\n{\"st");

        report.Verdict.ShouldBe(Verdict.Damaged);
        report.Findings[0].What.ShouldStartWith("line 3:");
    }

    [Fact]
    public void Lines_cut_anywhere_are_caught_but_for_a_cut_between_lines()
    {
        var whole = "{\"step\":1}\n[true]\n\"text\"\n"u8.ToArray();
        using var directory = new TemporaryDirectory();
        for (var length = 0; length < whole.Length; length++)
        {
            var report = Verifying.Content("log.jsonl", whole.AsSpan(0, length));
            var betweenLines = length > 0 && whole[length - 1] == (byte)'\n';
            (report.Verdict == Verdict.Loads).ShouldBe(betweenLines, $"cut to {length}: {report.Verdict}");
        }
    }

    [Theory]
    [InlineData("{\"a\":1}\nnonsense\n", "line 2:")]
    [InlineData("{\"a\":\n1}\n", "line 1:")]
    [InlineData("{} {}\n", "line 1:")]
    public void A_line_that_is_not_one_document_is_damage(string text, string words)
    {
        var report = Verify("log.jsonl", text);

        report.Verdict.ShouldBe(Verdict.Damaged);
        report.Findings[0].What.ShouldStartWith(words);
    }
}
