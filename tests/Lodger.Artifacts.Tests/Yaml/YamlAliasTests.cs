using System.Text;

namespace Lodger.Artifacts.Tests;

/// <summary>What a reader gets that copies each aliased value: counted to the last value at the limit of ten million.</summary>
public sealed class YamlAliasTests
{
    private const long Limit = 10_000_000;

    // each defines the anchor a; how many values it has when its own aliases are unfolded, and how many of them are the anchor's node
    [Theory]
    [InlineData("k: &a x\n", 2, 1)]
    [InlineData("k: &a [x, y]\n", 4, 3)]
    [InlineData("k: &a {b: {c: d}, e: [f]}\n", 9, 8)]
    [InlineData("k: &a\n  b: 1\n  c: 2\n", 5, 4)]
    [InlineData("k: &a\n  b:\n    c: 2\n\n  d: [1, 2]\nl: m\n", 10, 7)]
    [InlineData("- &a\n  - x\n  - y\n- z\n", 3, 2)]
    [InlineData("k: &a\n  b: [1]\n  c: 2\n", 6, 5)]
    [InlineData("k: [&a x]\nl: [[&b y], z]\n", 8, 1)]
    [InlineData("k: [&a [x, y], z]\n", 6, 3)]
    [InlineData("k: [[&a {x: y}, z], w]\n", 8, 3)]
    [InlineData("k: &a x\nl: &a [x, y]\n", 6, 3)]
    [InlineData("k: &b [x, y]\nl: &a [*b, *b]\n", 12, 7)]
    [InlineData("k: &b\n  l: &a\n    m: n\n  o: p\n", 6, 2)]
    [InlineData("k: &a |\n  text\n  more\nl: m\n", 4, 1)]
    [InlineData("k: &a \"x\n\ny\"\nl: m\n", 4, 1)]
    public void An_alias_weighs_what_its_anchors_node_holds(string defines, int values, int weight)
    {
        var (under, over) = (Filled(defines, values, weight, Limit), Filled(defines, values, weight, Limit + 1));

        ReportLines.Only("c.yaml", under).ShouldBe("Loads");
        ReportLines.Only("c.yaml", over).ShouldStartWith("LoadsWithWarning Warning yaml-alias-bomb: its aliases unfold ");
        ReportLines.Only("c.yaml", over).ShouldEndWith(" values to more than 10000000.");
    }

    [Theory]
    [InlineData(20)]
    [InlineData(64)]
    [InlineData(130)]
    public void A_bomb_larger_than_any_number_is_one_too(int levels)
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x]\n");
        for (var i = 1; i <= levels; i++)
        {
            text.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n");
        }

        ReportLines.Only("c.yaml", text.ToString()).ShouldStartWith("LoadsWithWarning Warning yaml-alias-bomb: ");
    }

    [Theory]
    [InlineData(10_000, "Loads")]
    [InlineData(10_001, "HashOnly Warning yaml-too-many: it has more than 10000 anchors.")]
    public void Ten_thousand_anchors_are_kept(int anchors, string says) =>
        ReportLines.Only("c.yaml", string.Concat(Enumerable.Range(0, anchors).Select(i => $"- &a{i} x\n"))).ShouldBe(says);

    /// <summary>Goes on with lists of the alias, lists of those, and plain values, to exactly the total.</summary>
    private static string Filled(string defines, long values, long weight, long total)
    {
        var text = new StringBuilder(defines);
        var units = new Stack<(string Alias, long Weight)>([("*a", weight)]);
        foreach (var name in (string[])["p", "q", "r"])
        {
            var (alias, each) = units.Peek();
            text.Append($"{name}: &{name} [{string.Join(", ", Enumerable.Repeat(alias, 80))}]\n");
            values += 2 + (80 * each);
            units.Push(($"*{name}", 1 + (80 * each)));
        }

        text.Append("rest: [");
        values += 2;
        foreach (var (alias, each) in units.Append(("x", 1L)))
        {
            for (; values + each <= total; values += each)
            {
                text.Append(alias).Append(", ");
            }
        }

        return text.Append("]\n").ToString();
    }
}
