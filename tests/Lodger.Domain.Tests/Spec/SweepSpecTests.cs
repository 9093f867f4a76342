using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class SweepSpecTests
{
    private static readonly JobSpec Sweep = Samples.Spec with
    {
        Env = Map(("LR", "1"), ("SEED", "7")),
        Workdir = "/workspace/digits",
        BudgetUsd = 10,
        Sweep = new SweepSpec(SweepSpec.Grid([("LR", ["0.1", "0.01"]), ("BATCH", ["8", "16"])]), 2),
    };

    [Fact]
    public void A_grid_is_every_combination_and_its_last_variable_changes_fastest()
    {
        Sweep.Sweep!.Cells.Select(c => $"{c["LR"]} {c["BATCH"]}").ShouldBe(["0.1 8", "0.1 16", "0.01 8", "0.01 16"]);
        SweepSpec.Grid([("LR", [])]).ShouldBeEmpty();
    }

    [Fact]
    public void A_cell_has_its_own_setting_name_workdir_and_share_of_the_budget()
    {
        var cell = SweepSpec.Cell(Sweep, 2);
        (cell.Name, cell.Workdir, cell.BudgetUsd, cell.Sweep).ShouldBe(("digits-02", "/workspace/digits-02", 2.5m, null));
        cell.Env.ShouldBe(Map(("LR", "0.1"), ("BATCH", "16"), ("SEED", "7")), ignoreOrder: true);
        SweepSpec.Cell(Sweep with { Workdir = null, BudgetUsd = null }, 4).ShouldSatisfyAllConditions(
            c => c.Name.ShouldBe("digits-04"), c => c.Workdir.ShouldBeNull(), c => c.BudgetUsd.ShouldBeNull(), c => c.Env["LR"].ShouldBe("0.01"));
    }

    [Fact]
    public void The_name_of_the_largest_sweeps_last_cell_is_still_a_jobs_name() =>
        NameRules.Job(SweepSpec.Cell(Sweep with { Name = new string('x', SweepSpec.NameMax), Sweep = new([.. Enumerable.Repeat(Map(("LR", "1")), SweepSpec.MostCells)], 1) }, SweepSpec.MostCells).Name).ShouldBeNull();

    [Fact]
    public void A_cell_that_is_not_in_the_sweep_is_a_defect_of_the_caller()
    {
        Should.Throw<ArgumentException>(() => SweepSpec.Cell(Sweep, 0));
        Should.Throw<ArgumentException>(() => SweepSpec.Cell(Sweep, 5));
        Should.Throw<ArgumentException>(() => SweepSpec.Cell(Samples.Spec, 1)).Message.ShouldContain("no sweep");
    }

    private static Dictionary<string, string> Map(params (string Name, string Value)[] pairs) => pairs.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
}
