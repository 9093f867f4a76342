using System.Runtime.CompilerServices;
using Lodger.Acceptance.Tests.Scenarios;
using Lodger.Domain.Doctor;

namespace Lodger.Acceptance.Tests;

public sealed class ScenarioPageTests
{
    [Fact]
    public void Every_rule_is_tried_with_real_processes_and_fires_in_every_run_of_the_tests()
    {
        var rules = RuleBook.All.Select(r => r.Id).ToList();
        rules.Except(ScenarioPage.All.Where(s => !s.IsLong).Select(s => s.Rule)).ShouldBeEmpty();
        ScenarioPage.All.Select(s => s.Rule).Except(rules).ShouldBeEmpty();
        ScenarioPage.All.ShouldAllBe(s => RuleBook.All.Single(r => r.Id == s.Rule).Moments.Contains(s.Moment));
        ScenarioPage.All.Select(s => (s.Rule, s.Moment, s.Fires)).ShouldBeUnique();
    }

    [Fact]
    public void The_page_of_all_scenarios_is_current()
    {
        var page = Path.Combine(Root(), "docs", "doctor-scenarios.md");
        if (Environment.GetEnvironmentVariable("LODGER_WRITE_DOCS") == "1")
            File.WriteAllText(page, ScenarioPage.Text());
        File.ReadAllText(page).ShouldBe(ScenarioPage.Text(), "write it anew with LODGER_WRITE_DOCS=1");
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
