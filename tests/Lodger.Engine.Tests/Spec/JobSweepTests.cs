using Lodger.Domain.Spec;

namespace Lodger.Engine.Tests.Spec;

public sealed class JobSweepTests
{
    private const string Verified = Job.Least + "teardown: when-verified\n";

    [Fact]
    public void A_grid_is_every_combination_and_each_cell_writes_to_a_place_of_its_own()
    {
        JobSpec spec = Job.Good(Verified + "budget: 6\nworkdir: /workspace/a\nenv: {LR: \"1\", MODE: fast}\nsweep: {grid: {LR: [0.1, 0.01], SEED: [1, 2, 3]}, parallel: 2}");
        spec.Sweep!.Cells.Select(c => $"{c["LR"]}/{c["SEED"]}").ShouldBe(["0.1/1", "0.1/2", "0.1/3", "0.01/1", "0.01/2", "0.01/3"]);
        spec.Sweep.Parallel.ShouldBe(2);
        JobSpec[] cells = [.. Enumerable.Range(1, 6).Select(n => SweepSpec.Cell(spec, n))];
        cells.Select(c => c.Name).ShouldBe(["a-01", "a-02", "a-03", "a-04", "a-05", "a-06"]);
        cells.Select(c => c.Workdir).Distinct().Count().ShouldBe(6);
        cells[4].Env.ShouldBe(new Dictionary<string, string> { ["MODE"] = "fast", ["LR"] = "0.01", ["SEED"] = "2" }, ignoreOrder: true);
        cells.ShouldAllBe(c => c.Sweep == null && c.BudgetUsd == 1m);
    }

    [Fact]
    public void A_list_is_its_cells_and_no_more_run_at_once_than_there_are()
    {
        SweepSpec sweep = Job.Good(Verified + "sweep: {list: [{LR: 0.1, SEED: 1}, {LR: 0.2}], parallel: 9}").Sweep!;
        sweep.Cells.Select(c => c.Count).ShouldBe([2, 1]);
        sweep.Parallel.ShouldBe(2);
    }

    [Theory]
    [InlineData("sweep: {}", "nothing to sweep over")]
    [InlineData("sweep: {parallel: 2}", "nothing to sweep over")]
    [InlineData("sweep: {grid: {LR: 0.1}}", "A list of values")]
    [InlineData("sweep: {grid: {LR: [1, 1]}}", "twice")]
    [InlineData("sweep: {grid: {lr rate: [1]}}", "")]
    [InlineData("sweep: {grid: [1, 2]}", "A grid is a mapping")]
    [InlineData("sweep: {list: [1]}", "Each cell is a mapping")]
    [InlineData("sweep: {list: [{LR: [1]}]}", "one value in a cell")]
    [InlineData("sweep: {grid: {LR: [1]}, list: [{LR: 1}]}", "exclude each other")]
    [InlineData("sweep: {grid: {A: [1,2,3,4,5,6,7,8,9], B: [1,2,3,4,5,6,7,8,9], C: [1,2,3,4,5,6,7,8,9]}}", "729 cells or more")]
    public void What_is_no_sweep_is_said_where_it_stands(string line, string words)
    {
        SpecError error = Job.OnlyError(Verified + line);
        error.Field.ShouldStartWith("sweep");
        error.Line.ShouldBe(8);
        error.Message.ShouldContain(words);
    }

    [Fact]
    public void A_sweep_needs_a_teardown_that_asks_nobody() =>
        Job.OnlyError(Job.Least + "sweep: {grid: {LR: [1, 2]}}").Message.ShouldContain("teardown: when-verified");
}
