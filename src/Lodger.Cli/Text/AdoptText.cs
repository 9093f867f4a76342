using Lodger.Cli.Terminal;
using Lodger.Domain.Box;
using Lodger.Engine.Adopt;

namespace Lodger.Cli.Text;

/// <summary>A rental that somebody else made, as it is shown before it is taken over.</summary>
internal static class AdoptText
{
    private const int FilesShown = 15;

    /// <summary>What a line of a tenth of a gigabit carries: for a first idea, since this one was not measured.</summary>
    private const double ExampleBytesPerSecond = 12.5e6;

    public static void Write(Screen screen, RentalLook look, TimeProvider time)
    {
        var rental = look.Rental;
        screen.Line($"[bold]Rental {Shown.Text(rental.Id)}[/]  {rental.GpuCount}x {Shown.Text(rental.GpuName)}, bills {Figures.UsdPerHour(rental.GpuUsdPerHour + rental.DiskUsdPerHour)}, of which {Figures.UsdPerHour(rental.DiskUsdPerHour)} for its disk");
        if (rental.Label is { Length: > 0 } label)
            screen.Hang("  label    ", label);
        if (rental.Interruptible)
            screen.Hang("  bid      ", "it can be paused without notice; Lodger brings home what it can reach and moves nothing elsewhere, because it did not start the work");
        if (look.OverProxy)
            screen.Hang("  line     ", "only the platform's slow ssh proxy reaches it");
        if (look.Look.Found.Count > 0)
        {
            screen.Hang("  found    ", "large or fresh files (names are as the machine says):");
            foreach (var file in look.Look.Found.Take(FilesShown))
                screen.Hang($"    {Figures.Bytes(file.Bytes),9}  ", $"{file.Path}, {Age(file, time)}");
            if (look.Look.Found.Count > FilesShown)
                screen.Line($"    and {look.Look.Found.Count - FilesShown} more, in the places below");
            if (look.Look.IsMore)
                screen.Hang("    ", "There are more such files than were looked at. What you do not name is lost with the rental.");
        }

        if (look.Paths.Count > 0)
            WriteSaved(screen, look);
    }

    public static void WriteSaved(Screen screen, RentalLook look)
    {
        foreach (var path in look.Paths)
            screen.Hang("  save     ", $"{path.Path}: {Figures.Of(path.Files, "file")}, {Figures.Bytes(path.Bytes)}");
        screen.Hang("  transfer ", $"{Figures.Bytes(look.Bytes)}{(look.CostUsd is { } usd ? $" for about {Figures.Usd(usd)}" : "")}; at 100 Mbit/s it would take {Figures.Span(TimeSpan.FromSeconds(Math.Max(1, look.Bytes / ExampleBytesPerSecond)))}");
    }

    /// <summary>
    /// The directories in which the large and fresh files lie, none inside another; a file that lies in no directory of its own is named itself. Every file that was found is in one of them.
    /// </summary>
    public static IReadOnlyList<string> Suggested(RentalLook look)
    {
        var home = look.Look.Home.TrimEnd('/');
        var places = look.Look.Found.Select(f => f.Path)
            .Select(path => path[..path.LastIndexOf('/')] is var directory && (directory == home || directory.LastIndexOf('/') <= 0) ? path : directory)
            .Distinct(StringComparer.Ordinal).ToList();
        return [.. places.Where(p => !places.Any(o => p.StartsWith(o + "/", StringComparison.Ordinal)))];
    }

    private static string Age(FoundFile file, TimeProvider time)
    {
        var age = time.GetUtcNow() - file.ModifiedAt;
        return age < TimeSpan.FromMinutes(1) ? "just written" : $"written {Figures.Span(age)} ago";
    }
}
