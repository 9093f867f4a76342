using System.Globalization;
using System.Text;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

/// <summary>The table of choices in docs/policy.md is what the policy does.</summary>
public sealed class ChoiceTableTests
{
    private static PreemptionFacts Plain => PausedJob.Facts;

    private static IEnumerable<(string Fact, PreemptionFacts Facts)> Rows =>
    [
        ("paused 10 minutes", Plain),
        ("paused 5 hours", Paused(5)),
        ("paused 5 hours, the other machine at $0.26", Paused(5) with { Offers = [PausedJob.Other with { MinBidUsdPerHour = 0.26m }] }),
        ("paused 5 hours, disk out of reach, 3 h of rework", Paused(5) with { OldDiskReachable = false, Rework = TimeSpan.FromHours(3), WorkAtRisk = TimeSpan.FromMinutes(30) }),
        ("paused 5 hours, 60 GB of data", Paused(5) with { CodeAndDataBytes = 60_000_000_000 }),
        ("paused 5 hours, the other host failed just now", Paused(5) with { HostPenalty = new Dictionary<string, double> { ["h2"] = 0.8 } }),
        ("the other machine at $0.12", Plain with { Offers = [PausedJob.Other with { MinBidUsdPerHour = 0.12m }] }),
        ("patience 9 minutes", Plain with { Patience = TimeSpan.FromMinutes(9) }),
        ("deadline in 40 hours", Plain with { Deadline = Plain.Now.AddHours(40) }),
        ("deadline in 12 hours", Plain with { Deadline = Plain.Now.AddHours(12) }),
        ("deadline in 11 hours", Plain with { Deadline = Plain.Now.AddHours(11) }),
        ("a delay costs $5/h", Plain with { UsdPerHourLater = 5 }),
        ("a delay costs $5/h, $8 left", Plain with { UsdPerHourLater = 5, BudgetLeftUsd = 8 }),
        ("bid capped at $0.15, host offline 2 days", Paused(48) with { BidCapUsdPerHour = 0.15m, HostOffline = true }),
    ];

    private static PreemptionFacts Paused(double hours) => Plain with { PreemptedAt = Plain.Now.AddHours(-hours) };

    [Fact]
    public void The_table_in_the_documentation_is_what_the_policy_does()
    {
        var table = new StringBuilder("| fact | wait | move | on-demand | choice |\n| --- | ---: | ---: | ---: | --- |\n");
        foreach (var (fact, facts) in Rows)
        {
            var choice = PreemptionPolicy.Choose(facts);
            string Usd(WayOn way) => choice.Alternatives.Prepend(choice.Chosen).FirstOrDefault(w => w.Way == way) is { } w ? $"${w.ExpectedUsd:0.00}" : "";
            table.Append(CultureInfo.InvariantCulture, $"| {fact} | {Usd(WayOn.Wait)} | {Usd(WayOn.MoveToSpot)} | {Usd(WayOn.MoveToOnDemand)} | {choice.Line.Split("-> ")[1]} |\n");
        }

        var page = File.ReadAllText(Path.Combine(Root(), "docs", "policy.md"));
        var written = page.Split("<!-- choices -->\n")[1].Split("<!-- /choices -->")[0];
        written.ShouldBe(table.ToString(), "put this table between the marks in docs/policy.md");
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Lodger.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException($"No Lodger.slnx above {AppContext.BaseDirectory}.");
    }
}
