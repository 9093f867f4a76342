using Lodger.Cli.Terminal;

namespace Lodger.Cli.Text;

/// <summary>One line of a journal: when, what, the rest; longer ones continue under the rest.</summary>
internal static class EventLine
{
    private const int WhenWidth = 9;
    private const int WordWidth = 10;

    /// <returns>Markup, with line breaks where a terminal needs them.</returns>
    public static string Markup(Screen screen, string when, EventText text)
    {
        var color = text.Weight switch
        {
            EventWeight.Good => "green",
            EventWeight.Bad => "yellow",
            _ => "default",
        };
        const int lead = WhenWidth + 2 + WordWidth + 1;
        var lines = Wrapped.Lines(Shown.Plain(text.Sentence), screen.Width - lead);
        var head = $"[dim]{when.PadLeft(WhenWidth)}[/]  [{color}]{Shown.Text(text.Word).PadRight(WordWidth)}[/] {Terminal.Markup.Escape(lines[0])}";
        return string.Join('\n', [head.TrimEnd(), .. lines.Skip(1).Select(l => new string(' ', lead) + Terminal.Markup.Escape(l))]);
    }
}
