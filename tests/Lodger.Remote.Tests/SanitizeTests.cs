using FsCheck;
using FsCheck.Fluent;
using Lodger.Remote.Text;

namespace Lodger.Remote.Tests;

public sealed class SanitizeTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\u001b[31;1mred\u001b[0mb", "aredb")]
    [InlineData("\u001b]0;owned\u0007title", "title")]
    [InlineData("\u001b]8;;http://x\u001b\\link", "link")]
    [InlineData("\u009b31mcsi", "csi")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("bell\u0007 back\b null\0", "bell back null")]
    [InlineData("abc\u202edef", "abcdef")]
    [InlineData("caf\u00e9 \u2713 \ud83d\ude00", "caf\u00e9 \u2713 \ud83d\ude00")]
    [InlineData("cut\u001b", "cut")]
    [InlineData("cut\u001b[", "cut")]
    public void One_line_is_left_without_anything_that_moves_a_terminal(string text, string expected) => Sanitize.Line(text).ShouldBe(expected);

    [Fact]
    public void Blocks_keep_their_lines_and_progress_bars_become_lines()
    {
        Sanitize.Block("a\r\nb\rc\td\n").ShouldBe("a\nb\nc\td\n");
        Sanitize.Line(new string('x', 1000), 10).ShouldBe("xxxxxxxxxx…");
    }

    [Fact]
    public void No_control_character_survives_whatever_comes()
    {
        var pieces = Gen.Elements("\u001b", "[", "]", "31m", "\u009b", "\u0007", "\\", "\r", "\n", "x", "\u202e", "\u0090", "\0", "é");
        Prop.ForAll(Gen.ArrayOf(pieces).ToArbitrary(), parts =>
        {
            var clean = Sanitize.Block(string.Concat(parts));
            return clean.All(c => c is '\n' or '\t' || !char.IsControl(c)) && !clean.Contains('\u202e');
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }
}
