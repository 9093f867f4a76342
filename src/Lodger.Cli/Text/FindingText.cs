using Lodger.Cli.Terminal;
using Lodger.Domain.Doctor;

namespace Lodger.Cli.Text;

/// <summary>Findings as a person reads them: what it is, what was seen, why, what to do.</summary>
internal static class FindingText
{
    /// <summary>Whole: each with its cause, its fix, and what Lodger does itself.</summary>
    public static void Write(Screen screen, IEnumerable<Finding> findings)
    {
        foreach (var f in findings)
        {
            screen.Hang($"  {Lead(f)}", f.Title, f.Severity == Severity.Note ? "default" : "bold");
            screen.Hang("           seen    ", f.Evidence);
            screen.Hang("           cause   ", f.Cause);
            screen.Hang("           fix     ", f.Fix);
            if (f.Automatic is { } itself)
                screen.Hang("           Lodger  ", itself);
            if (f.Override is { } all)
                screen.Hang("           or      ", $"{all}   to go on all the same; the journal keeps that you did");
        }
    }

    /// <summary>One paragraph each.</summary>
    public static string Short(Finding f) => $"{f.Id}: {f.Evidence.TrimEnd('.')}.  {f.Fix}";

    public static string Lead(Finding f) => f.Severity switch
    {
        Severity.Error => "[red]ERROR[/]    ",
        Severity.Warning => "[yellow]warning[/]  ",
        _ => "[dim]note[/]     ",
    } + Shown.Text(f.Id) + "  ";
}
