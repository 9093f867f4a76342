using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

public sealed class BudgetTests : IDisposable
{
    private static readonly Lodger.Server.Api.JobView Held =
        Samples.Job with { Phase = JobPhase.NeedsAttention, BudgetUsd = 6, Held = new BudgetReached(1, 4.5m, 1.5m), NextStep = "lodger budget resnet" };

    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task It_says_what_is_spent_kept_back_and_left()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);

        (await stage.RunAsync("budget", "resnet")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("budget $6.00 spent $2.50 kept back $1.50 to bring everything home and to keep its disk for a week left $2.00");
        server.BudgetAsked.ShouldBeNull();
    }

    [Fact]
    public async Task Another_budget_lets_a_job_go_on_that_waits_for_one()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Held);
        server.Budget = new("resnet", 6, 4.5m, 1.5m, true);

        (await stage.RunAsync("budget", "resnet")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("To go on, name more than $6.00: lodger budget resnet USD or end it: lodger down resnet");
        (await stage.RunAsync("budget", "resnet", "12")).ShouldBe(ExitCode.Ok);

        server.BudgetAsked.ShouldBe(new Lodger.Server.Api.BudgetRequest(12, "anna"));
        stage.OutInOneLine.ShouldContain("left $6.00");
        (await stage.RunAsync("budget", "resnet", "-1")).ShouldBe(ExitCode.BadInput);
        (await stage.RunAsync("budget", "resnet", "five")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("'five' is no amount in US dollars.");
    }

    [Fact]
    public async Task Waiting_for_a_job_ends_with_what_to_do_when_its_budget_is_reached()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Held);

        (await stage.RunAsync("wait", "resnet")).ShouldBe(ExitCode.BudgetReached);

        stage.ErrorInOneLine.ShouldContain("its budget is reached. lodger budget resnet");
        (await stage.RunAsync("wait", "resnet", "--for", "ended")).ShouldBe(ExitCode.BudgetReached);
    }

    [Fact]
    public async Task A_job_that_is_watched_until_its_budget_is_reached_says_what_is_safe_and_what_to_do()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.AfterSubmit = Held;
        stage.Write("job.yaml", "name: resnet\nimage: pytorch/pytorch:2.4.0\ngpu: RTX 4090\ndisk: 40GB\nrun: python train.py\nresults: [out/**]\n");

        (await stage.RunAsync("run", "job.yaml", "--yes")).ShouldBe(ExitCode.BudgetReached);

        stage.OutInOneLine.ShouldContain("has reached its budget of $6.00: $4.50 is spent, and $1.50 is kept back");
        stage.Error.ShouldContain("lodger budget resnet USD");
    }
}
