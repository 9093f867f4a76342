using System.Text.Json;
using System.Text.RegularExpressions;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Acceptance.Tests;

/// <summary>The same job with several settings on real machines.</summary>
public sealed class SweepTests
{
    private const string Job = """
        name: grid
        image: python:3.12-slim
        gpu: [RTX 3060, RTX 3070, RTX 3080, RTX 3090, RTX 4090]
        disk: 10GB
        run: |
          mkdir -p out
          printf '{"lr": %s, "seed": %s}' "$LR" "$SEED" >out/metrics.json
          pwd >out/where.txt
          [ "$LR$SEED" != 21 ] || exit 7
        results: [out]
        teardown: when-verified
        sweep:
          grid: {LR: [1, 2], SEED: [1, 2]}
          parallel: 2
        """;

    [Fact]
    public async Task Four_cells_two_at_a_time_write_to_places_of_their_own_and_the_one_that_fails_is_in_the_table_and_in_the_exit_status()
    {
        await using var stage = await ServerStage.StartAsync();
        var run = await stage.LodgerAsync(Job, "run", "job.yaml", "--yes");

        run.ExitCode.ShouldBe((int)ExitCode.JobFailed, run.Text);
        run.Text.ShouldContain("1 of 4 cells did not succeed: 3.");
        Row(run.Text, 3).ShouldMatch(@"LR=2 SEED=1 +grid-03 +7 ", run.Text);
        foreach (var cell in (int[])[1, 2, 4])
            Row(run.Text, cell).ShouldMatch($@"LR={(cell + 1) / 2} SEED={2 - (cell % 2)} +grid-0{cell} +0 .*succeeded", run.Text);

        for (var cell = 1; cell <= 4; cell++)
        {
            var home = Path.Combine(stage.Root, "work", "results", "grid", $"0{cell}", "out");
            (await File.ReadAllTextAsync(Path.Combine(home, "metrics.json"), TestContext.Current.CancellationToken)).ShouldBe($$"""{"lr": {{(cell + 1) / 2}}, "seed": {{2 - (cell % 2)}}}""");
            (await File.ReadAllTextAsync(Path.Combine(home, "where.txt"), TestContext.Current.CancellationToken)).Trim().ShouldBe($"/workspace/grid-0{cell}");
        }

        var contracts = (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().Select(c => (From: Time(c, "created_at"), To: Time(c, "destroyed_at"))).ToList();
        contracts.Count.ShouldBe(4);
        contracts.ShouldAllBe(c => c.To != null);
        contracts.Max(c => contracts.Count(o => o.From <= c.From && c.From < o.To)).ShouldBe(2, "two at a time, and no more");

        // The one that failed again, alone: what is before it stays as it was.
        var again = await stage.LodgerAsync(Job.Replace("exit 7", "true", StringComparison.Ordinal), "run", "job.yaml", "--yes", "--from", "4");
        again.ExitCode.ShouldBe((int)ExitCode.Ok, again.Text);
        Row(again.Text, 3).ShouldMatch("left out, was failed", again.Text);
        (await stage.Market.ContractCountAsync()).ShouldBe(5);
    }

    /// <summary>A cell's line in the table at the end.</summary>
    private static string Row(string text, int cell) =>
        text.Split('\n').LastOrDefault(l => Regex.IsMatch(l, $@"^ *{cell}  +LR=", RegexOptions.None, TimeSpan.FromSeconds(60))) ?? "no such row";

    private static DateTimeOffset? Time(JsonElement contract, string name) =>
        contract.GetProperty(name).ValueKind == JsonValueKind.Null ? null : contract.GetProperty(name).GetDateTimeOffset();
}
