using System.Text;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Tests.Yaml;

public sealed class YamlTextTests
{
    [Fact]
    public void Nodes_know_where_they_stand()
    {
        var errors = new List<SpecError>();
        YamlMap map = YamlText.Parse("a: 1\nb:\n  - x\n  - {c: y}\n", "f", errors).ShouldBeOfType<YamlMap>();
        errors.ShouldBeEmpty();
        var list = map.Find("b")!.Value.ShouldBeOfType<YamlList>();
        (list.Items[1].Line, list.Items[1].Column).ShouldBe((4, 5));
    }

    [Theory]
    [InlineData("a: 1\na: 2", "f:2:1  a: This key stands here twice")]
    [InlineData("a: &x 1\nb: *x", "f:1:4  Anchors")]
    [InlineData("a: *x", "f:1:4  Aliases")]
    [InlineData("a: !!int 1", "f:1:4  Tags")]
    [InlineData("a: 1\n---\nb: 2", "f:2:1  A second document")]
    [InlineData("a:\n\tb: 1", "f:2:1  A tab indents this line")]
    [InlineData("? [a]\n: b", "f:1:3  A key must be plain text")]
    public void What_is_refused_says_why_and_where(string text, string start)
    {
        var errors = new List<SpecError>();
        YamlText.Parse(text, "f", errors);
        errors.ShouldHaveSingleItem().ToString().ShouldStartWith(start);
    }

    [Fact]
    public void A_tab_inside_a_block_of_text_is_the_users_own_business()
    {
        var errors = new List<SpecError>();
        YamlText.Parse("run: |\n  if true; then\n  \techo\n  fi\n", "f", errors).ShouldNotBeNull();
        errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void Deep_nesting_ends_in_an_error_and_not_in_the_stack(int depth)
    {
        var errors = new List<SpecError>();
        YamlText.Parse("a: " + new string('[', depth), "f", errors).ShouldBeNull();
        errors.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_file_of_too_many_characters_is_not_read()
    {
        var errors = new List<SpecError>();
        YamlText.Parse(new string('a', YamlText.CharactersMax + 1), "f", errors).ShouldBeNull();
        errors.ShouldHaveSingleItem().Message.ShouldContain("at most");
    }

    [Fact]
    public void Damaged_text_is_an_error_and_never_an_exception()
    {
        const string good = "name: a\ngpu: {names: [\"RTX 4090\", 'A100'], count: 1}\nrun: |\n  echo \"x\"\nenv:\n  A: b # c\n";
        const string alphabet = "[]{}:,'\"|>-?&*!%@`#\t\n \\a0~";
        for (int seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            var text = new StringBuilder(good);
            for (int edits = random.Next(1, 6); edits > 0; edits--)
                text[random.Next(text.Length)] = alphabet[random.Next(alphabet.Length)];

            var errors = new List<SpecError>();
            YamlNode? root = Should.NotThrow(() => YamlText.Parse(text.ToString(), "f", errors), $"seed {seed}");
            (root is not null || errors.Count > 0 || text.ToString().Trim().Length == 0).ShouldBeTrue($"seed {seed}: nothing was read and nothing said");
            errors.TrueForAll(e => e.Line >= 1 && e.Column >= 1).ShouldBeTrue($"seed {seed}");
        }
    }
}
