using Lodger.Cli.Text;

namespace Lodger.Cli.Terminal;

/// <summary>One line that is redrawn while something takes long; nothing at all where lines cannot be redrawn.</summary>
internal sealed class ProgressLine(Screen screen, TimeProvider time, TimeSpan every)
{
    private readonly Lock drawing = new();
    private readonly long started = time.GetTimestamp();
    private long last;
    private bool isDrawn;

    /// <summary>Nothing is drawn in the first moment: what is done at once needs no bar.</summary>
    public void Draw(string what, double fraction)
    {
        if (!screen.IsLive)
            return;
        lock (drawing)
        {
            if (time.GetElapsedTime(started) < every || (isDrawn && time.GetElapsedTime(last) < every))
                return;
            (last, isDrawn) = (time.GetTimestamp(), true);
            screen.OutWriter.Write("\r\u001b[K" + Shown.Plain($"{what}  {JobText.PlainBar(fraction)} {Figures.Percent(fraction)}"));
            screen.OutWriter.Flush();
        }
    }

    public void Clear()
    {
        lock (drawing)
        {
            if (isDrawn)
                screen.OutWriter.Write("\r\u001b[K");
            isDrawn = false;
        }
    }
}
