using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>What a YAML text holds, counted value by value, and what is refused in which line.</summary>
public sealed class YamlTests
{
    private const string OpenEnd = "Loads Note yaml-open-end: its last line has no line end.";

    private static FileReport Verify(string text) => Verifying.Content("c.yaml", Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("a.yaml", "YAML")]
    [InlineData("A.YAML", "YAML")]
    [InlineData("a.yml", "YAML")]
    [InlineData("A.YML", "YAML")]
    [InlineData("yaml", "hash only")]
    public void The_name_says_that_it_is_YAML(string name, string format) => Verifying.Content(name, "a: 1\n"u8).Format.ShouldBe(format);

    [Theory]
    [InlineData("# nothing\n", 0)]
    [InlineData("\n  \n\r\n", 0)]
    [InlineData("a: 1\n", 2)]
    [InlineData("\uFEFFa: 1\n", 2)]
    [InlineData("\uFEFF# [\n", 0)]
    [InlineData("a: # b: [2\n  'b' # c\nd: [1] # e\n", 5)]
    [InlineData("a: 1\r\nb: 2\r\n", 4)]
    [InlineData("a:\tb\n", 2)]
    [InlineData("a: 1 # b: [2\n", 2)]
    [InlineData("a: 1\t# b: [2\n", 2)]
    [InlineData("#a: *b\n  # c: *d\na: 1\n", 2)]
    [InlineData("a: b#c\n", 2)]
    [InlineData("a: b # c\n*b : d\n", 2, "line 2: *b stands for nothing that came before it.")]
    [InlineData("a: http://x:80/y?z\n", 2)]
    [InlineData("a: -1\nb: ?x\nc: :y\nd: - - z\n", 8)]
    [InlineData("a: ]\nb: }x\nc: x, y\n", 6)]
    [InlineData("a: b | c > d & e * f ! g\n", 2)]
    [InlineData("- a\n- - b\n- c\n", 3)]
    [InlineData("? a\n: b\n? c\n", 3)]
    [InlineData("-\ta\n", 1)]
    [InlineData("a:\n- b\n-\n", 2)]
    [InlineData("a: 1\n\t\n \t \nb: 2\n", 4)]
    [InlineData("a: 'it''s'\nb: ''\n", 4)]
    [InlineData("a: '\\q \"'\nb: \"'\"\n", 4)]
    [InlineData("'a': \"b\"\n\"c\": 'd'\n", 4)]
    [InlineData("a: \"\\0\\a\\b\\t\\\t\\n\\v\\f\\r\\e\\ \\\"\\/\\\\\\N\\_\\L\\P\\x41\\u0041\\U00000041\"\n", 2)]
    [InlineData("a: \"x\n  y: [z\"\nb: c\n", 4)]
    [InlineData("a: \"x\\\n  y\\\r\n  z\"\nb: c\n", 4)]
    [InlineData("a: [1, 2]\n", 4)]
    [InlineData("{a: b, c: d}\n", 5)]
    [InlineData("{\"a\":1,'b':\"c\"}\n", 5)]
    [InlineData("{a:[1],b:{c: d}}\n", 8)]
    [InlineData("[a:, b]\n", 3)]
    [InlineData("[a:b, c d, e,]\n", 4)]
    [InlineData("[-1, -, |, >x]\n", 5)]
    [InlineData("[a #b, c\n, d#e]\n", 3)]
    [InlineData("a: [1,\n  2,\n\t3\n]\nb: 4\n", 7)]
    [InlineData("[a\n b, c]\n", 4)]
    [InlineData("a: [[], {}, [[x]]]\n", 7)]
    [InlineData("a: &x 1\nb: *x\n", 4)]
    [InlineData("a: &x\n  b: *x\n", 3)]
    [InlineData("a: [&x 1, *x, {k: *x}]\nb: *x\n", 9)]
    [InlineData("a: &k x\n*k : 1\n", 4)]
    [InlineData("a: &k x\nb: {*k : 1, *k: 2}\n", 8)]
    [InlineData("a: !t v\nb: !!str v\nc: [!t v, !t,v]\n", 8)]
    [InlineData("a: b\n  c d\n   e\nf: g\n", 4)]
    [InlineData("a: b\n\n  *c\nd: e\n", 4)]
    [InlineData("a: b\n *c\n", 2)]
    [InlineData("a: b\n   c\n  *d\n", 2)]
    [InlineData("- a\n  *b\n- c\n *d\n", 2)]
    [InlineData("? a\n  *b\n: c\n", 2)]
    [InlineData("m:\n- - a\n  - &b\n    - x\nn: *b\n", 5)]
    [InlineData("- - a\n   *b\n  - c\n", 2)]
    [InlineData("- k: a\n   *b\n  l: c\n", 4)]
    [InlineData("--- a\n[b\n", 1)]
    [InlineData("a b\n*c\n", 1)]
    [InlineData("  a b\n  *c\n", 1)]
    [InlineData("---\na: 1\n...\n---\n- b\n", 3)]
    [InlineData("--- a\n--- b\n---\tc\n---", 3, null)]
    [InlineData("---a\n", 1)]
    [InlineData("----\n", 1)]
    [InlineData("a\n---\nb\n", 2)]
    [InlineData("a: |\n  b: \"c\n  [*x\nd: 1\n", 4)]
    [InlineData("a: >-\n  b\n\n   'c\n  d\ne: 1\n", 4)]
    [InlineData("a: |\n\n \n  *b\n \r\n  *c\nd: 1\n", 4)]
    [InlineData("a:\n  b: |\n  c: 1\n", 5)]
    [InlineData("a:\n  b: |\n   *c\n   *d\n", 3)]
    [InlineData("a:\n  b: |2\n    *c\n      *d\n    *e\n  f: 1\n", 5)]
    [InlineData("- |\n *a\n- b\n", 2)]
    [InlineData("a: |\n  b\n", 2)]
    [InlineData("a: |\n   \n", 2)]
    public void Its_scalars_brackets_and_aliases_are_counted(string text, int values, string? wrong = null)
    {
        var report = Verify(text);

        if (wrong is not null)
        {
            report.Lines().ShouldBe(["Damaged", $"Error yaml-invalid: {wrong}"]);
            return;
        }

        report.Verdict.ShouldBe(Verdict.Loads, string.Join('\n', report.Findings));
        report.Checked.ShouldBe($"{values} values: characters, quotes, brackets, anchors; not a full parse");
    }

    [Theory]
    [InlineData("a: *b\n", "line 1: *b stands for nothing that came before it.")]
    [InlineData("a: [*b]\n", "line 1: *b stands for nothing that came before it.")]
    [InlineData("a: {k: *b,c: d}\n", "line 1: *b stands for nothing that came before it.")]
    [InlineData("a: 1\n\n# x\nb: *\n", "line 4: * stands for nothing that came before it.")]
    [InlineData("a: &x 1\n---\nb: *x\n", "line 3: *x stands for nothing that came before it.")]
    [InlineData("a: &x 1\n...\nb: *x\n", "line 3: *x stands for nothing that came before it.")]
    [InlineData("a: \"x\ny\"\nb: *c\n", "line 3: *c stands for nothing that came before it.")]
    [InlineData("a: \"x\\\ny\"\nb: *c\n", "line 3: *c stands for nothing that came before it.")]
    [InlineData("a: \"x\\ty\"\nb: *c\n", "line 2: *c stands for nothing that came before it.")]
    [InlineData("a: 'x\n\ny'\nb: *c\n", "line 4: *c stands for nothing that came before it.")]
    [InlineData("a: [x,\ny]\nb: *c\n", "line 3: *c stands for nothing that came before it.")]
    [InlineData("a: |\n  x\n\n  y\nb: *c\n", "line 5: *c stands for nothing that came before it.")]
    [InlineData("- a: |\n    x\n  b: *c\n", "line 3: *c stands for nothing that came before it.")]
    [InlineData("a: b\n# c\n  *d\n", "line 3: *d stands for nothing that came before it.")]
    [InlineData("a: b # c\n  *d\n", "line 2: *d stands for nothing that came before it.")]
    [InlineData("a: b\n*d\n", "line 2: *d stands for nothing that came before it.")]
    [InlineData("  a: b\n  *d\n", "line 2: *d stands for nothing that came before it.")]
    [InlineData("- a\n*d\n", "line 2: *d stands for nothing that came before it.")]
    [InlineData("? a\n*d\n", "line 2: *d stands for nothing that came before it.")]
    [InlineData("a:\n  *d\n", "line 2: *d stands for nothing that came before it.")]
    [InlineData("a: 'b'\n  *d\n", "line 2: *d stands for nothing that came before it.")]
    [InlineData("a b\n---\n*d\n", "line 3: *d stands for nothing that came before it.")]
    [InlineData("[a\n b]\n*d\n", "line 3: *d stands for nothing that came before it.")]
    [InlineData("a: 1\n\tb: 2\n", "line 2: a tab indents it, which YAML forbids.")]
    [InlineData("a:\n  b: 1\n  \tc: 2\n", "line 3: a tab indents it, which YAML forbids.")]
    [InlineData("a: [1}\n", "line 1: } closes another kind of bracket.")]
    [InlineData("a: {1: 2\n]\n", "line 2: ] closes another kind of bracket.")]
    [InlineData("a: [1, 2\n", "line 2: the text ends before [ is closed: it was cut short.")]
    [InlineData("a: [{b: [c]", "line 2: the text ends before { is closed: it was cut short.")]
    [InlineData("a: 1\nb: 'x\ny\n", "line 2: a ' that opens here (byte 8) is never closed: the text was cut short.")]
    [InlineData("a: '''", "line 1: a ' that opens here (byte 3) is never closed: the text was cut short.")]
    [InlineData("a: \"b\\", "line 1: a \" that opens here (byte 3) is never closed: the text was cut short.")]
    [InlineData("a: \"b\\\"", "line 1: a \" that opens here (byte 3) is never closed: the text was cut short.")]
    [InlineData("a: \"x\n\\q\"\n", "line 2: a backslash in a quoted text escapes nothing.")]
    [InlineData("a: \"\\.\"\n", "line 1: a backslash in a quoted text escapes nothing.")]
    public void What_every_reader_refuses_is_damage_and_its_line_is_named(string text, string what) =>
        Verify(text).Lines().ShouldBe(["Damaged", $"Error yaml-invalid: {what}"]);

    [Theory]
    [InlineData("", "LoadsWithWarning Warning empty: it is empty.")]
    [InlineData("a: 1", OpenEnd)]
    [InlineData("a: |\n  b", OpenEnd)]
    [InlineData("a: |\n   ", OpenEnd)]
    [InlineData("a: 1\nb", OpenEnd)]
    [InlineData("a: 'b'", OpenEnd)]
    [InlineData("a: 'python/x'\nb: !!map {}\nc: python/y\n", "Loads")]
    [InlineData("a: !!python/none\nb: !!python/tuple [1]\n", 1)]
    [InlineData("x:\n\n  - [1, !!python/object:a.B {}]\n", 3)]
    [InlineData("- - a\n  - !!python/object:a.B {}\n", 2)]
    [InlineData("x: [!!str,python/y]\n", "Loads")]
    [InlineData("- !<tag:yaml.org,2002:python/object:a.B>\n", 1)]
    public void What_is_odd_is_said(string text, object says) => ReportLines.Only("c.yaml", text).ShouldBe(
        says is int line ? $"LoadsWithWarning Warning yaml-runs-code: line {line} has a tag that makes Python objects, which run code when loaded." : (string)says);

    /// <summary>PyYAML makes an object in each of the first; the others it refuses, or takes for something else.</summary>
    [Theory]
    [InlineData("%TAG !p! tag:yaml.org,2002:pyth\n---\na: !p!on/object/apply:os.getcwd []\n", 3)]
    [InlineData("%TAG\t!p!\ttag:yaml.org,2002:pyth\n---\na: !p!on/object/apply:os.getcwd []\n", 3)]
    [InlineData("%TAG !p! tag:yaml.org,2002:python/object/ap\n---\na: !p!ply:os.getcwd []\n", 1)]
    [InlineData("%TAG !p! tag:yaml.org,2002:pyth\n--- !p!on/object/apply:os.getcwd []\n...\n%TAG !p! tag:x\n--- a\n", 2)]
    [InlineData("%TAG ! tag:yaml.org,2002:python/\n---\na: !object/apply:os.getcwd []\n", 1)]
    [InlineData("%TAG !! tag:yaml.org,2002:python/object/\n---\na: !!apply:os.getcwd []\n", 1)]
    [InlineData("%TAG !p-1_! tag:%79aml.org,2002:python\n---\n[!p-1_!%2Fobject/apply:os.getcwd []]\n", 3)]
    [InlineData("%TAG !p! tag:yaml.org\n---\n[!p!,2002:python/object/apply:os.getcwd []]\n", 3)]
    [InlineData("a: !<tag:yaml.org,2002:%70ython/object/apply:os.getcwd> []\n", 1)]
    [InlineData("- 1\n- [!<tag:yaml.org,2002:python/object/apply:os.getcwd> []]\n", 2)]
    [InlineData("a: !!p%79thon/object/apply:os.getcwd []\n", 1)]
    [InlineData("{\"a\":!!python/object/apply:os.getcwd []}\n", 1)]
    [InlineData("- - |\n  - !!python/object/apply:os.getcwd []\n", 2)]
    [InlineData("a: |1\n   x\n '\nb: !!python/object/apply:os.getcwd []\nc: \"'\"\n", 4)]
    [InlineData("a: !Ref b\nc: !Sub '${x}'\nd: !GetAtt e.f\nf: ! g\nh: !!binary AAAA\n", null)]
    [InlineData("a: !python/object/apply:os.getcwd []\n", null)]
    [InlineData("a: !%21python/object/apply:os.getcwd []\n", null)]
    [InlineData("a: !<!python/object/apply:os.getcwd> []\n", null)]
    [InlineData("%TAG !p! tag:yaml.org,2002:\n---\na: !p!str 1\nb: !q!python/x 1\n", null)]
    [InlineData("%TAG !p! tag:yaml.org,2003:\n---\na: !p!python/object/apply:os.getcwd []\n", null)]
    [InlineData("%TAG !p! tag:yaml.org,2002:pyx\n---\na: !p!thon/object/apply:os.getcwd []\n", null)]
    [InlineData("%TAG\n---\na: !!pyth%6\n", null)]
    public void A_tag_that_makes_Python_objects_is_found_however_it_is_written(string text, int? line)
    {
        var report = Verify(text);

        report.Findings.Where(finding => finding.Id == "yaml-runs-code").Select(finding => finding.What)
            .ShouldBe(line is null ? [] : [$"line {line} has a tag that makes Python objects, which run code when loaded."], string.Join('\n', report.Findings));
        report.IsUnsafe.ShouldBe(line is not null);
    }

    [Fact]
    public void What_is_odd_about_its_characters_is_said_too()
    {
        ReportLines.Only("c.yaml", [.. "a: "u8, 0xE4, (byte)'\n']).ShouldBe("LoadsWithWarning Warning text-not-utf8: it is not UTF-8 from byte 3 on.");
        ReportLines.Only("c.yaml", [0xFF, 0xFE, (byte)'a', 0]).ShouldBe("HashOnly Warning yaml-utf16: it begins with UTF-16's mark, and only UTF-8 is read here.");
        ReportLines.Only("c.yaml", [0xFE, 0xFF, 0, (byte)'a']).ShouldBe("HashOnly Warning yaml-utf16: it begins with UTF-16's mark, and only UTF-8 is read here.");
    }

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void A_thousand_brackets_are_judged_and_one_more_is_not(int levels, bool tooDeep) => ReportLines.Only("c.yaml", new string('[', levels) + new string(']', levels) + "\n")
        .ShouldBe(tooDeep ? "HashOnly Warning yaml-too-deep: line 1: brackets are nested deeper than 1000." : "Loads");

    [Theory]
    [InlineData(0, "LoadsWithWarning")]
    [InlineData(1, "HashOnly")]
    public void Sixteen_mebibytes_are_read_and_one_byte_more_is_not(int more, string verdict)
    {
        using var directory = new TemporaryDirectory().With("c.yaml", "#");
        using (var file = File.OpenHandle(directory["c.yaml"], FileMode.Open, FileAccess.Write))
        {
            RandomAccess.SetLength(file, (16 * 1024 * 1024) + more); // sparse
        }

        var report = Verifying.File(directory["c.yaml"]);

        report.Findings.Count.ShouldBe(more == 0 ? 2 : 1);
        report.Lines()[..2].ShouldBe([verdict, more == 0
            ? "Warning text-nul: it has 16777215 NUL bytes, the first at byte 1: a machine that lost power leaves such holes."
            : "Warning yaml-too-large: it has 16777217 bytes, and YAML is only read up to 16777216."]);
    }
}
