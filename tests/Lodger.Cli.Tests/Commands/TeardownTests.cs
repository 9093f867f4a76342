using Lodger.Cli.Jobs;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Tests.Commands;

public sealed class TeardownTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Down_shows_what_must_be_true_asks_approves_with_the_token_and_prints_the_bill()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        stage.Answers = "y\n";

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.Ok);

        server.Approved.ShouldNotBeNull().Token.ShouldBe(Samples.Token);
        server.Approved.By.ShouldBe("anna");
        stage.Out.ShouldContain("What must be true before 41200871 is destroyed");
        stage.Out.ShouldContain("ok   9 of 9 result files pulled");
        stage.Out.ShouldContain("--   your yes");
        stage.Out.ShouldContain("Destroy 41200871? [y/N]");
        stage.OutInOneLine.ShouldContain("Total $3.02 (GPU $2.90, disk $0.10, bandwidth $0.020), plan said $3.10. local marketplace");
        stage.Out.ShouldContain("nothing is billing");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task Gate_shows_each_rental_of_a_job_that_moved_asks_for_each_and_ends_nothing()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { WaitForYes = ["41200999"], Left = ["41200999"] });
        server.Gate = Samples.Gate with { ApprovalToken = null, WaitsForYes = false, Keeps = null };
        server.OtherGates.Add(Samples.Gate with { RentalId = "41200999", ApprovalToken = "0123456789abcdef", IsLeft = true, Keeps = new BundleView("/home/anna/results/resnet/.lodger/attempts/1", 9, "77") });
        server.AfterYes = job => job;
        stage.Answers = "y\n";

        (await stage.RunAsync("gate", "resnet")).ShouldBe(ExitCode.Ok);

        server.Approved.ShouldNotBeNull().Token.ShouldBe("0123456789abcdef");
        server.Cancelled.ShouldBeFalse();
        stage.Out.ShouldNotContain("Destroy 41200871?");
        stage.OutInOneLine.ShouldContain("The work has left 41200999. What must be true before 41200999 is destroyed");
        stage.OutInOneLine.ShouldContain("Keeps: /home/anna/results/resnet/.lodger/attempts/1");
        stage.Answers = "n\n";
        (await stage.RunAsync("gate", "resnet")).ShouldBe(ExitCode.ApprovalNeeded);
    }

    [Fact]
    public async Task A_yes_on_the_command_line_is_for_each_rental_once()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        var yeses = new List<string>();
        server.AfterYes = job =>
        {
            yeses.Add(server.Gate.RentalId);
            server.Gate = Samples.Gate with { RentalId = "41200999", ApprovalToken = "0123456789abcdef" };
            return yeses.Count == 1 ? job with { RentalId = "41200999" } : Samples.Closed;
        };

        (await stage.RunAsync("down", "resnet", "--yes")).ShouldBe(ExitCode.Ok);

        yeses.ShouldBe([Samples.Rental, "41200999"]);
    }

    [Fact]
    public async Task Data_on_a_rental_that_the_work_has_left_is_given_up_by_its_own_id()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Left = ["41200999"] });

        (await stage.RunAsync("down", "resnet", "--abandon-data", "--rental", "41200999")).ShouldBe(ExitCode.Ok);

        server.Abandoned.ShouldNotBeNull().RentalId.ShouldBe("41200999");
    }

    [Fact]
    public async Task A_rental_that_is_named_without_giving_up_its_data_is_no_reason_to_destroy_another()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);

        (await stage.RunAsync("down", "resnet", "--rental", "999", "--yes")).ShouldBe(ExitCode.BadInput);

        stage.ErrorInOneLine.ShouldContain("--rental goes with --abandon-data");
        server.Approved.ShouldBeNull();
        server.Cancelled.ShouldBeFalse();
    }

    [Fact]
    public async Task Where_the_rental_is_torn_down_and_another_would_follow_a_person_is_asked_whether_none_shall()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Phase = JobPhase.Destroying, MayGoOn = true });
        server.AfterCancel = _ => Samples.Closed with { Outcome = JobOutcome.Cancelled };
        stage.Answers = "n\n";
        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.OutInOneLine.ShouldContain("another rental would follow this one by itself");
        server.Cancelled.ShouldBeFalse();

        (await stage.RunAsync("down", "resnet", "--yes")).ShouldBe(ExitCode.Cancelled);

        server.Cancelled.ShouldBeTrue();
    }

    [Theory]
    [InlineData("n\n")]
    [InlineData("\n")]
    [InlineData("yep\n")]
    public async Task Anything_but_yes_destroys_nothing(string answer)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        stage.Answers = answer;

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.ApprovalNeeded);

        server.Approved.ShouldBeNull();
        stage.Out.ShouldContain("Not destroyed. It goes on billing");
    }

    [Fact]
    public async Task A_yes_that_was_recorded_meanwhile_is_followed_to_the_end_without_a_question()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        server.Gate = Samples.Gate with { Judgement = new GateJudgement(false, [new("approval", ConditionState.Met, "approved by anna")]) };
        server.AfterGate = _ => Samples.Closed;

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.Ok);

        server.Approved.ShouldBeNull();
        stage.Out.ShouldContain("nothing is billing");
    }

    [Fact]
    public async Task A_machine_that_held_something_newer_after_the_yes_is_asked_about_once_more()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        var yeses = 0;
        server.AfterYes = job => ++yeses == 1 ? job : Samples.Closed;
        stage.Answers = "y\ny\n";

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.Ok);

        yeses.ShouldBe(2);
        (stage.Out.Split("Destroy 41200871? [y/N]").Length - 1).ShouldBe(2);
    }

    [Fact]
    public async Task Without_a_terminal_the_command_that_approves_is_spelled_out()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        server.Gate = Samples.Gate with { HashOnly = ["vocab file.bin"] };

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.ApprovalNeeded);

        server.Approved.ShouldBeNull();
        stage.Error.ShouldContain($"lodger approve resnet --token {Samples.Token} --names 'vocab file.bin'");
    }

    [Fact]
    public async Task Hash_only_files_are_read_out_before_the_question_and_named_in_the_yes()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        server.Gate = Samples.Gate with { HashOnly = ["vocab.bin"] };
        stage.Answers = "yes\n";

        (await stage.RunAsync("down")).ShouldBe(ExitCode.Ok);

        server.Approved.ShouldNotBeNull().Names.ShouldBe(["vocab.bin"]);
        stage.Out.IndexOf("vocab.bin", StringComparison.Ordinal).ShouldBeLessThan(stage.Out.IndexOf("[y/N]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_billing_is_only_said_when_the_platform_said_so()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        server.AfterYes = _ => Samples.Closed with { Meter = Samples.Closed.Meter with { NothingBills = false } };

        (await stage.RunAsync("approve", "resnet", "--token", Samples.Token)).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldNotContain("nothing is billing");
        stage.Out.ShouldContain("has not confirmed that nothing bills");
    }

    [Fact]
    public async Task A_running_job_is_ended_only_with_a_yes()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        stage.Answers = "n\n";

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.ApprovalNeeded);

        server.Cancelled.ShouldBeFalse();
    }

    [Fact]
    public async Task A_running_job_is_ended_brought_home_and_destroyed_with_two_yeses()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.AfterYes = _ => Samples.Closed with { Outcome = JobOutcome.Cancelled };
        stage.Answers = "y\ny\n";

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.Cancelled);

        server.Cancelled.ShouldBeTrue();
        server.Approved.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_damaged_result_is_named_and_the_rental_stays()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with
        {
            Phase = JobPhase.NeedsAttention,
            HasEnded = true,
            Findings = [new FileFinding("out/model.safetensors", "Damaged", "the file is 12 bytes short")],
        });

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.NotVerified);

        stage.Out.ShouldContain("!!   out/model.safetensors: the file is 12 bytes short");
        stage.Out.ShouldContain("not destroyed");
        stage.Error.ShouldContain("lodger pull resnet");
        server.Approved.ShouldBeNull();
    }

    [Fact]
    public async Task Of_a_job_that_made_nothing_it_is_not_said_that_it_came_home_wrong_and_the_doctor_is_the_next_step()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with
        {
            Phase = JobPhase.NeedsAttention,
            HasEnded = true,
            Findings = [new FileFinding("out/**", "Missing", "no file on the machine fits it")],
        });

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.NotVerified);

        stage.OutInOneLine.ShouldContain("41200871 is not destroyed: the machine holds no file that out/** of its results names.");
        stage.Out.ShouldNotContain("came home");
        stage.ErrorInOneLine.ShouldStartWith("resnet made nothing that out/** names. lodger doctor resnet says more.");
    }

    [Theory]
    [InlineData("41200872\n", false)]
    [InlineData("y\n", false)]
    [InlineData("41200871\n", true)]
    public async Task Data_is_given_up_only_for_the_rental_id_typed_out(string typed, bool given)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        stage.Answers = typed;

        (await stage.RunAsync("down", "resnet", "--abandon-data")).ShouldBe(given ? ExitCode.Ok : ExitCode.ApprovalNeeded);

        (server.Abandoned is not null).ShouldBe(given);
        stage.Out.ShouldContain("Gives up for good");
    }

    [Fact]
    public async Task Json_prints_the_closed_job_and_nothing_else()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);

        (await stage.RunAsync("approve", "resnet", "--token", Samples.Token, "--json")).ShouldBe(ExitCode.Ok);

        var job = System.Text.Json.JsonSerializer.Deserialize(stage.Out, ApiJson.Default.JobView).ShouldNotBeNull();
        job.Phase.ShouldBe(JobPhase.Closed);
        stage.Out.ShouldContain("\"nothingBills\":true");
    }

    private static JobView Stopped => Samples.Job with
    {
        Phase = JobPhase.NeedsAttention,
        RentalStatus = RentalStatus.Preempted,
        Evidence = "Outbid",
        Meter = Samples.Job.Meter with { GpuUsdPerHour = 0 },
    };

    [Fact]
    public async Task A_rental_stopped_under_its_job_is_started_again_to_fetch_what_it_made_after_a_yes()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Stopped);
        stage.Answers = "y\ny\n";

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.Ok);

        server.Cancelled.ShouldBeTrue();
        stage.OutInOneLine.ShouldContain("41200871 was stopped before the command of resnet had ended. It would be started once more (its GPU bills meanwhile)");
        stage.Out.ShouldContain("nothing is billing");
    }

    [Fact]
    public async Task A_rental_stopped_under_its_job_is_left_alone_without_a_yes()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Stopped);
        stage.Answers = "n\n";

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.ApprovalNeeded);

        server.Cancelled.ShouldBeFalse();
    }

    [Fact]
    public void What_is_said_of_a_rental_stopped_under_its_job_never_proposes_to_give_its_data_up()
    {
        stage.IsTerminal = true;
        var around = stage.Around();
        using var server = new ServerClient(stage.Socket);

        new Teardown(around, server, new JobWatch(around, server)).Conclude(Stopped).ShouldBe(ExitCode.RentalUnusable);

        stage.OutInOneLine.ShouldContain("What it made is still on its disk, which goes on billing: GPU off $0.010/h disk");
        stage.OutInOneLine.ShouldContain("The platform says: Outbid");
        stage.Error.ShouldContain("lodger down resnet");
        stage.Error.ShouldNotContain("abandon");
    }

    [Fact]
    public async Task The_last_words_of_a_failed_command_are_shown_cleaned_before_the_question()
    {
        stage.Write("r/.lodger/run.log", string.Concat(Enumerable.Range(1, 20).Select(n => $"line {n}\n")) + "\u001b[31mpython: command not found\n");
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home with { ExitCode = 127, ResultsDirectory = Path.Combine(stage.Directory, "r") });
        stage.Answers = "n\n";

        (await stage.RunAsync("down", "resnet")).ShouldBe(ExitCode.ApprovalNeeded);

        stage.Out.ShouldContain("The last the command said before it exited with 127:\n    line 14\n");
        stage.Out.ShouldContain("    python: command not found\n");
        stage.Out.ShouldContain("lodger logs resnet");
    }
}
