using System.Globalization;
using System.Text;
using Lodger.Domain.Doctor;

namespace Lodger.Acceptance.Tests.Scenarios;

/// <summary>docs/doctor-scenarios.md: every scenario, in the order of the rules.</summary>
internal static class ScenarioPage
{
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. PlanScenarios.All.Select(s => s.Scenario), .. WatchScenarios.All, .. EndScenarios.All.Select(s => s.Scenario),
    ];

    public static string Text()
    {
        var page = new StringBuilder("""
            # How each rule of the doctor was tried

            Every rule of [the doctor](doctor.md) against real processes: the local marketplace, its sandboxes with real ssh, and Lodger's engine or server. In each row the tests make the near case first, and the rule says nothing; then
            the case itself, and it speaks; then the fix is applied, and it says nothing any more. A test fails when one of the three is otherwise, and when this page is not what the tests hold:
            `LODGER_WRITE_DOCS=1 dotnet tests/Lodger.Acceptance.Tests/bin/Debug/net10.0/Lodger.Acceptance.Tests.dll --filter-class "*ScenarioPageTests"` writes it anew. Rules as functions, with more cases: `tests/Lodger.Domain.Tests/Doctor`.

            *long*: only with `LODGER_LONG=1`; *fires*: every run sees it fire, and the near case and the fix are looked at with `LODGER_LONG=1`.

            | rule | when | silent on | speaks on | says | silent after | run |
            | --- | --- | --- | --- | --- | --- | --- |

            """);
        var order = RuleBook.All.Select(r => r.Id).ToList();
        foreach (var s in All.OrderBy(s => order.IndexOf(s.Rule)).ThenBy(s => s.Moment))
            page.Append(CultureInfo.InvariantCulture, $"| {s.Rule} | {When(s.Moment)} | {s.Near} | {s.Fires} | {s.Says.ToString().ToLowerInvariant()} | {s.Fix} | {(s.IsLong ? "long" : s.FiresAlways ? "fires" : "always")} |\n");
        return page.ToString();
    }

    private static string When(Moment moment) => moment switch { Moment.Preflight => "before", Moment.Watch => "meanwhile", _ => "afterwards" };
}
