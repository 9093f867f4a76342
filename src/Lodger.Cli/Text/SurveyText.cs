using Lodger.Cli.Terminal;
using Lodger.Domain.Money;
using Lodger.Server.Api;

namespace Lodger.Cli.Text;

/// <summary>What bills on an account and belongs to no open job.</summary>
internal static class SurveyText
{
    public static void Write(Screen screen, SurveyView view)
    {
        var survey = view.Survey;
        screen.Line($"  [bold]{Shown.Text(view.Market)}[/]  {Figures.Of(survey.Rentals, "rental")}, {Figures.Of(survey.Volumes, "volume")}");
        var table = Listing.Of("id", "state", "now>", "so far>", "what");
        foreach (var unowned in survey.UnownedRentals)
        {
            var rental = unowned.Rental;
            table.AddRow(
                Shown.Text(rental.Id),
                rental.Status.ToString().ToLowerInvariant(),
                unowned.Rates is { } rates ? Figures.UsdPerHour(rates.UsdPerHour) : "?",
                unowned.ChargedUsd is { } usd ? Figures.Usd(usd) : "?",
                Shown.Text($"{rental.GpuCount}x {rental.GpuName}, {(rental.Label is { } label ? $"label {label}, " : "")}{Why(unowned)}"));
        }

        foreach (var (volume, charged) in survey.UnownedVolumes)
            table.AddRow(Shown.Text(volume.Id), "volume", Figures.UsdPerHour(volume.UsdPerHour), charged is { } usd ? Figures.Usd(usd) : "?", Shown.Text($"{volume.SizeGb:0} GB on machine {volume.MachineId}, {Users(volume.UsedBy)}"));
        if (survey.UnownedRentals.Count + survey.UnownedVolumes.Count == 0)
        {
            screen.Line("  Every rental and volume on it belongs to an open job.");
            return;
        }

        screen.Table(table);
        screen.Line();
        screen.Hang("  ", $"{Figures.Of(survey.UnownedRentals.Count, "rental")} and {Figures.Of(survey.UnownedVolumes.Count, "volume")} belong to no open job: {Figures.UsdPerHour(survey.UsdPerHour)}, {Figures.Usd(survey.UsdPerHour * 720)} a month. Nothing was changed.");
        if (view.ChargesProblem is { } problem)
            screen.Hang("  [yellow]unknown[/]  ", $"what was charged: {problem.Message}");
    }

    private static string Why(UnownedRental unowned) => unowned.Ownership switch
    {
        Ownership.UnknownJob => "of a job that no journal here has",
        Ownership.ClosedJob => $"still shown although {unowned.Job} is closed; Lodger looks at it for a day",
        _ => "not made by Lodger",
    };

    private static string Users(IReadOnlyList<string>? users) => users switch
    {
        null => "the platform does not say who uses it",
        { Count: 0 } => "used by nothing",
        _ => $"used by {string.Join(", ", users)}",
    };
}
