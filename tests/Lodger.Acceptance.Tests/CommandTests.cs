using System.Text.Json.Nodes;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Acceptance.Tests;

/// <summary>The command as a person types it, against a server and a marketplace of its own: what it says and what it exits with.</summary>
public sealed class CommandTests
{
    private const string Job = """
        name: small
        image: python:3.12-slim
        gpu: RTX 3060
        disk: 10GB
        run: |
          mkdir -p out
          echo '{"accuracy": 0.97}' > out/metrics.json
        results: [out]
        teardown: when-verified
        """;

    [Fact]
    public async Task A_job_that_works_exits_0_and_says_that_nothing_bills()
    {
        await using var stage = await ServerStage.StartAsync();
        var run = await stage.LodgerAsync(Job, "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.Ok, run.Text);
        run.Text.ShouldContain("nothing is billing");
        run.Text.ShouldContain("receipt");
        run.Text.ShouldNotContain('\u001b');
    }

    [Fact]
    public async Task A_wrong_key_is_said_with_the_place_that_it_came_from()
    {
        await using var stage = await ServerStage.StartAsync(apiKey: "0123456789abcdef-wrong");
        var run = await stage.LodgerAsync(Job, "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.NotAuthorized, run.Text);
        run.Text.ShouldContain("VAST_API_KEY");
        run.Text.ShouldNotContain("0123456789abcdef-wrong");
        (await stage.Market.ContractCountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task An_empty_balance_is_said_before_anything_is_rented()
    {
        await using var stage = await ServerStage.StartAsync();
        await stage.Market.ControlAsync("balance", new { balance = 0 });
        var run = await stage.LodgerAsync(Job, "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.NoMoney, run.Text);
        run.Text.ShouldContain("balance");
        (await stage.Market.ContractCountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_gpu_that_nobody_offers_is_said_with_what_to_ask_for_instead()
    {
        await using var stage = await ServerStage.StartAsync();
        var run = await stage.LodgerAsync(Job.Replace("RTX 3060", "RTX 9090", StringComparison.Ordinal), "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.NoOffer, run.Text);
        run.Text.ShouldContain("has no GPU called RTX 9090. Did you mean RTX 3090?");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task An_offer_that_was_taken_meanwhile_is_said_and_costs_nothing(int answer)
    {
        await using var stage = await ServerStage.StartAsync();
        foreach (var offer in await stage.OffersAsync())
            await stage.Market.ControlAsync($"offers/{offer.Id}/take", new { answer, still_listed = true });
        var run = await stage.LodgerAsync(Job, "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.NoOffer, run.Text);
        (await stage.Market.ContractCountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_gpu_that_is_not_attached_is_said_and_the_rental_is_gone()
    {
        await using var stage = await ServerStage.StartAsync();
        await stage.Market.ControlAsync("creates", new { boot = "no_gpu" });
        var run = await stage.LodgerAsync(Job, "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.RentalUnusable, run.Text);
        run.Text.ShouldContain("failed a check");
        run.Text.ShouldContain("nothing is billing");
    }

    [Fact]
    public async Task A_command_that_fails_is_said_with_its_status_and_its_log()
    {
        await using var stage = await ServerStage.StartAsync();
        var run = await stage.LodgerAsync(Job.Replace("mkdir -p out", "mkdir -p out; echo '{}' > out/metrics.json; exit 7", StringComparison.Ordinal), "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.JobFailed, run.Text);
        run.Text.ShouldContain("exited with 7");
        run.Text.ShouldContain("run.log");
        run.Text.ShouldContain("nothing is billing");
    }

    [Fact]
    public async Task A_disk_below_the_minimum_is_an_error_of_the_file_with_line_and_column()
    {
        await using var stage = await ServerStage.StartAsync();
        var run = await stage.LodgerAsync(Job.Replace("10GB", "5GB", StringComparison.Ordinal), "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.BadInput, run.Text);
        run.Text.ShouldContain("job.yaml:4:7");
    }

    [Fact]
    public async Task An_agent_looks_through_a_whole_job_and_only_a_person_pays_and_approves_with_the_token_and_no_other()
    {
        await using var stage = await ServerStage.StartAsync();
        await using var agent = await stage.AgentAsync("Test Agent");
        await File.WriteAllTextAsync(Path.Combine(stage.Root, "work", "job.yaml"), Job.Replace("when-verified", "ask", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await agent.ToolsAsync()).ShouldContain("plan");
        var wish = await agent.CallAsync("run", new JsonObject { ["file"] = "job.yaml" });
        wish.IsError.ShouldBeFalse(wish.Text);
        wish.Text.ShouldContain("Nothing was rented: that needs a person.");
        wish.Text.ShouldContain("\n    lodger run job.yaml\n");
        (await stage.Market.ContractCountAsync()).ShouldBe(0);

        var run = await stage.LodgerAsync(null, "run", "job.yaml", "--yes");
        run.ExitCode.ShouldBe((int)ExitCode.ApprovalNeeded, run.Text);
        var small = new JsonObject { ["job"] = "small" };
        (await agent.CallAsync("job", small.DeepClone().AsObject())).Text.ShouldContain("\"hasEnded\":true");
        (await agent.CallAsync("events", small.DeepClone().AsObject())).Text.ShouldContain("receipt");
        (await agent.CallAsync("verify", new JsonObject { ["directory"] = "results/small" })).Text.ShouldContain("\"isSound\":true");
        (await agent.CallAsync("cost", small.DeepClone().AsObject())).IsError.ShouldBeFalse();
        var destroy = await agent.CallAsync("destroy", small.DeepClone().AsObject());
        destroy.Text.ShouldContain("Nothing was destroyed: that needs a person.");
        destroy.Text.ShouldContain("\n    lodger down small\n");
        (await stage.Market.ContractCountAsync()).ShouldBe(1);
        (await stage.Client.AuditAsync(50, TestContext.Current.CancellationToken)).Value.ShouldContain(e => e.Who == "agent:test-agent" && e.Act == "approve" && e.Status == 403);

        var wrong = await stage.LodgerAsync(null, "approve", "small", "--token", "0000000000000000");
        wrong.ExitCode.ShouldBe((int)ExitCode.ApprovalNeeded, wrong.Text);
        var token = run.Text[(run.Text.IndexOf("--token ", StringComparison.Ordinal) + 8)..].Split([' ', '\n'], 2)[0].Trim();
        var right = await stage.LodgerAsync(null, "approve", "small", "--token", token);
        right.ExitCode.ShouldBe((int)ExitCode.Ok, right.Text);
        var gone = await stage.LodgerAsync(null, "wait", "small");
        gone.ExitCode.ShouldBe((int)ExitCode.Ok, gone.Text);
        (await stage.LodgerAsync(null, "show", "small")).Text.ShouldContain("nothing is billing");
        (await agent.CallAsync("job", small.DeepClone().AsObject())).Text.ShouldContain("\"phase\":\"closed\"");
    }

    [Fact]
    public async Task Down_all_ends_what_runs_brings_it_home_and_the_account_is_empty()
    {
        await using var stage = await ServerStage.StartAsync();
        var waits = ServerStage.SixSteps("first") with { Run = "mkdir -p out; echo '{\"done\": true}' > out/metrics.json; echo step 1/2; sleep 600" };
        var first = await stage.SubmitAsync(waits);
        var second = await stage.SubmitAsync(waits with { Name = "second", Teardown = Domain.Spec.TeardownMode.Ask }, cheaper: 1);
        foreach (var job in (string[])[first, second])
            await stage.UntilAsync(job, v => v.Progress is not null);

        var down = await stage.LodgerAsync(null, "down", "--all", "--yes");

        down.ExitCode.ShouldBe((int)ExitCode.Ok, down.Text);
        down.Text.ShouldContain("no rental and no volume: nothing is billing");
        foreach (var name in (string[])["first", "second"])
            File.Exists(Path.Combine(stage.Root, "results", name, "out", "metrics.json")).ShouldBeTrue(down.Text);
    }
}
