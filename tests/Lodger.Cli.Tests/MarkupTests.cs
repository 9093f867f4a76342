using Lodger.Cli.Terminal;

namespace Lodger.Cli.Tests;

public sealed class MarkupTests
{
    [Theory]
    [InlineData("[bold]rented[/] 41200871", Looks.Plain, "rented 41200871")]
    [InlineData("[bold]rented[/] 41200871", Looks.NoColor, "\u001b[1mrented\u001b[0m 41200871")]
    [InlineData("[yellow]clock[/] [dim]in 2 h[/]", Looks.NoColor, "clock \u001b[2min 2 h\u001b[0m")]
    [InlineData("[yellow]clock[/] [green]ok[/] [red]no[/]", Looks.Color, "\u001b[93mclock\u001b[0m \u001b[32mok\u001b[0m \u001b[91mno\u001b[0m")]
    [InlineData("[dim]so [bold]far[/] so[/] good", Looks.Color, "\u001b[2mso \u001b[1mfar\u001b[0m\u001b[2m so\u001b[0m good")]
    [InlineData("[default]as it is[/]", Looks.Color, "as it is")]
    [InlineData("[[====>   ]] 24 %", Looks.Color, "[====>   ] 24 %")]
    public void A_terminal_is_told_what_it_can_show(string markup, object looks, string expected) => Markup.Render(markup, 80, (Looks)looks).ShouldBe(expected);

    [Theory]
    [InlineData("plain")]
    [InlineData("[red]")]
    [InlineData("[/] ]] [[ [x]")]
    public void What_is_escaped_is_shown_as_it_was(string text)
    {
        Markup.Render(Markup.Escape(text), 80, Looks.Color).ShouldBe(text);
        Markup.Remove(Markup.Escape(text)).ShouldBe(text);
    }

    [Theory]
    [InlineData("one two three", 7, "one two\nthree")]
    [InlineData("[bold]one two[/] three four", 9, "one two\nthree\nfour")]
    [InlineData("  /a/path/that/is/too/long and more", 12, "  /a/path/that/is/too/long\nand more")]
    [InlineData("first\nsecond line", 6, "first\nsecond\nline")]
    [InlineData("exactly  eight", 8, "exactly \neight")]
    public void What_is_longer_than_the_screen_goes_on_at_a_word(string markup, int width, string expected) =>
        Markup.Remove(Markup.Render(markup, width, Looks.Plain)).ShouldBe(expected);

    [Theory]
    [InlineData("[blink]no such mark[/]")]
    [InlineData("[bold]left open")]
    [InlineData("closed twice[/]")]
    [InlineData("alone ]")]
    [InlineData("alone [")]
    public void A_mark_that_is_none_is_a_defect(string markup) => Should.Throw<FormatException>(() => Markup.Render(markup, 80, Looks.Plain));
}
