using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests.Commands;

public sealed class DownAllTests : IDisposable
{
    private readonly TestStage stage = new();

    private static JobView Second { get; } = Samples.Job with { Id = "second-id", Name = "second", RentalId = "41200999", Account = "anna" };

    private static SurveyView Left { get; } = new(
        "vast.ai (account anna)",
        new AccountSurvey(0, 1, [], [new UnownedVolume(new Volume { Id = "88", MachineId = "7", SizeGb = 15, UsdPerHour = 0.002m, UsedBy = [] }, 0.1m)]),
        null);

    public void Dispose() => stage.Dispose();

    private Task<FakeServer> StartAsync(params JobView[] jobs) => FakeServer.StartAsync(stage.Socket, jobs);

    private static void EndsWell(FakeServer server)
    {
        server.AfterCancel = j => Samples.Home with { Id = j.Id, Name = j.Name, Account = j.Account };
        server.AfterYes = j => Samples.Closed with { Id = j.Id, Name = j.Name, Account = j.Account, Outcome = JobOutcome.Cancelled };
    }

    [Fact]
    public async Task Every_job_is_ended_goes_through_its_own_gate_and_the_account_is_asked_what_else_bills()
    {
        await using var server = await StartAsync(Samples.Job, Second);
        EndsWell(server);
        stage.Answers = "y\ny\ny\n";

        (await stage.RunAsync("down", "--all")).ShouldBe(ExitCode.Ok);

        server.Jobs.Values.ShouldAllBe(j => j.Phase == JobPhase.Closed);
        stage.OutInOneLine.ShouldContain("2 commands are not over.");
        stage.OutInOneLine.ShouldContain("End 2 jobs? [y/N]");
        (stage.Out.Split("Destroy 41200871? [y/N]").Length - 1).ShouldBe(2);
        stage.Out.ShouldContain("no rental and no volume: nothing is billing");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Theory]
    [InlineData("n\n")]
    [InlineData("\n")]
    public async Task A_no_leaves_everything_as_it_is(string answer)
    {
        await using var server = await StartAsync(Samples.Job, Second);
        stage.Answers = answer;

        (await stage.RunAsync("down", "--all")).ShouldBe(ExitCode.ApprovalNeeded);

        server.Cancelled.ShouldBeFalse();
        server.Approved.ShouldBeNull();
    }

    [Fact]
    public async Task Without_a_terminal_a_yes_must_be_on_the_command_line_and_json_is_one_document()
    {
        await using var server = await StartAsync(Samples.Job, Second);
        EndsWell(server);

        (await stage.RunAsync("down", "--all")).ShouldBe(ExitCode.ApprovalNeeded);
        server.Cancelled.ShouldBeFalse();
        stage.Error.ShouldContain("lodger down --all --yes");

        using var other = new TestStage();
        await using var again = await FakeServer.StartAsync(other.Socket, Samples.Job, Second);
        EndsWell(again);
        (await other.RunAsync("down", "--all", "--yes", "--json")).ShouldBe(ExitCode.Ok);
        using var document = JsonDocument.Parse(other.Out);
        document.RootElement.GetProperty("jobs").EnumerateArray().Select(j => j.GetProperty("phase").GetString()).ShouldBe(["Closed", "Closed"]);
        document.RootElement.GetProperty("accounts").GetArrayLength().ShouldBe(2);
        document.RootElement.GetProperty("problems").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_volume_that_stays_is_named_with_its_price_and_is_no_success()
    {
        await using var server = await StartAsync();
        server.Survey = Left;

        (await stage.RunAsync("down", "--all", "--account", "anna")).ShouldBe(ExitCode.Findings);

        stage.OutInOneLine.ShouldContain("No job of anna is open.");
        stage.OutInOneLine.ShouldContain("88 volume $0.0020/h");
        stage.Error.ShouldContain("lodger volume delete ID");
        stage.Out.ShouldNotContain("nothing is billing");
    }

    [Fact]
    public async Task An_account_that_does_not_answer_is_unknown_and_never_empty()
    {
        await using var server = await StartAsync();
        server.SurveyProblem = new Problem("no-answer", "vast.ai did not answer.", "Try again.", ExitCode.Unknown);

        (await stage.RunAsync("down", "--all", "--account", "anna")).ShouldBe(ExitCode.Unknown);

        stage.Error.ShouldContain("What else bills on the account anna is unknown: vast.ai did not answer.");
        stage.Out.ShouldNotContain("nothing is billing");

        using var other = new TestStage();
        await using var again = await FakeServer.StartAsync(other.Socket);
        again.SurveyProblem = server.SurveyProblem;
        (await other.RunAsync("down", "--all", "--json")).ShouldBe(ExitCode.Unknown);
        using var document = JsonDocument.Parse(other.Out);
        document.RootElement.GetProperty("problems")[0].GetProperty("id").GetString().ShouldBe("no-answer");
    }

    [Fact]
    public async Task Jobs_of_other_accounts_are_left_alone()
    {
        await using var server = await StartAsync(Samples.Job, Second);
        EndsWell(server);

        (await stage.RunAsync("down", "--all", "--account", "anna", "--yes")).ShouldBe(ExitCode.Ok);

        server.Jobs["second"].Phase.ShouldBe(JobPhase.Closed);
        server.Jobs["resnet"].Phase.ShouldBe(Samples.Job.Phase);
    }

    [Theory]
    [InlineData("--account", "anna")]
    [InlineData("resnet", "--all")]
    [InlineData("--all", "--abandon-data")]
    public async Task What_does_not_go_together_is_refused_and_nothing_is_ended(params string[] words)
    {
        await using var server = await StartAsync(Samples.Job);

        (await stage.RunAsync(["down", .. words])).ShouldBe(ExitCode.BadInput);

        server.Cancelled.ShouldBeFalse();
    }
}
