using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Doctor;
using Lodger.Server.Api;
using Lodger.Tests.Shared;

namespace Lodger.Cli.Tests.Commands;

public sealed class DoctorTests : IDisposable
{
    private static readonly Finding Note = new("frozen-log", Severity.Note, Moment.Watch, "The log stands still", "nothing new for 30 min", "Hypothesis: buffered.", "lodger exec resnet -- ps");
    private static readonly Finding Full = new("VAST10", Severity.Error, Moment.Watch, "The disk is full", "0 GB of 40 GB are free (df)\u001b[2J", "It is fixed at create.", "lodger exec resnet -- df -h")
    {
        Automatic = "Room is made.",
    };

    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Findings_are_shown_with_evidence_cause_fix_and_what_Lodger_does_and_exit_17()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.CheckUps.Add(Look(Full, Note));
        stage.IsTerminal = true;

        (await stage.RunAsync("doctor", "resnet")).ShouldBe(ExitCode.Findings);

        stage.OutInOneLine.ShouldContain("ERROR VAST10 The disk is full seen 0 GB of 40 GB are free (df) cause It is fixed at create. fix lodger exec resnet -- df -h Lodger Room is made.");
        stage.Out.IndexOf("VAST10", StringComparison.Ordinal).ShouldBeLessThan(stage.Out.IndexOf("frozen-log", StringComparison.Ordinal));
        stage.Out.ShouldNotContain("\u001b");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Theory]
    [InlineData(0.22, "resnet 41200871 scheduling, goes on billing $0.22/h")]
    [InlineData(0.0, "resnet 41200871 scheduling, nothing of it bills")]
    [InlineData(null, "resnet 41200871 scheduling, whether it goes on billing is not known")]
    public async Task Above_the_findings_stands_whether_the_rental_goes_on_billing(double? usdPerHour, string says)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.CheckUps.Add(Look(Full) with { BillsUsdPerHour = (decimal?)usdPerHour });

        (await stage.RunAsync("doctor", "resnet")).ShouldBe(ExitCode.Findings);

        stage.OutInOneLine.ShouldStartWith(says);
    }

    [Fact]
    public async Task Notes_alone_are_no_failure_and_nothing_found_is_said()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.CheckUps.Add(Look(Note));
        (await stage.RunAsync("doctor", "resnet")).ShouldBe(ExitCode.Ok);
        server.CheckUps[0] = Look() with { Probe = new BoxProbe() };
        (await stage.RunAsync("doctor", "resnet")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("Nothing is wrong with resnet, as far as can be seen from outside and on its machine.");
        (await stage.RunAsync("doctor")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("Nothing is wrong with 1 open job, as last seen.");
    }

    [Fact]
    public async Task A_machine_that_does_not_answer_is_unknown_and_not_well()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.CheckUps.Add(Look() with { Unknown = [new Problem("box-timeout", "The machine did not finish in time.", "", ExitCode.Unknown)] });
        (await stage.RunAsync("doctor", "resnet")).ShouldBe(ExitCode.Unknown);
        stage.OutInOneLine.ShouldContain("unknown The machine did not finish in time.");
        stage.Out.ShouldNotContain("Nothing is wrong");
    }

    [Fact]
    public async Task Json_has_the_same_facts()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.CheckUps.Add(Look(Full));
        (await stage.RunAsync("doctor", "resnet", "--json")).ShouldBe(ExitCode.Findings);
        var finding = JsonDocument.Parse(stage.Out).RootElement[0].GetProperty("findings")[0];
        (finding.GetProperty("id").GetString(), finding.GetProperty("severity").GetString(), finding.GetProperty("fix").GetString()).ShouldBe(("VAST10", "Error", Full.Fix));
    }

    [Fact]
    public async Task Ps_and_show_name_what_is_more_than_a_note()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Doctor = [Full, Note] });
        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("resnet: VAST10: 0 GB of 40 GB are free (df). lodger exec resnet -- df -h");
        stage.Out.ShouldNotContain("frozen-log");
        (await stage.RunAsync("show", "resnet")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("error VAST10: 0 GB");
        stage.OutInOneLine.ShouldContain("note frozen-log");
    }

    [Fact]
    public async Task A_rental_is_inspected_without_ssh_its_states_read_together()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Rental = new RentalView("resnet", Rental, StateReading.Of(Rental.Status), []);
        (await stage.RunAsync("inspect-rental")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("it says actual=exited intended=running cur=stopped next=running");
        stage.OutInOneLine.ShouldContain("means Told to run, and waits for its very own GPU");
        stage.OutInOneLine.ShouldContain("1.2.3.4:33526 -> 8081/tcp");
    }

    [Fact]
    public async Task The_ssh_address_is_one_line_and_both_boot_logs_are_asked_for_with_tail_and_filter()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Box = new BoxView(new BoxAddress(Samples.Rental, new Endpoint("1.2.3.4", 40_022), IsProxy: false), "/workspace/resnet", new Dictionary<string, Endpoint>(), "/k");
        (await stage.RunAsync("ssh-url", "resnet")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldBe("ssh://root@1.2.3.4:40022\n");
        (await stage.RunAsync("logs", "--boot", "--tail", "5", "--filter", "error", "resnet")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("daemon 5 error");
        stage.Out.ShouldContain("container 5 error");
        (await stage.RunAsync("logs", "--boot", "--tail", "0", "resnet")).ShouldBe(ExitCode.BadInput);
    }

    private static CheckUp Look(params Finding[] findings) => new("resnet", Samples.Job.Id, Moment.Watch, findings, Samples.Start) { Rental = Rental };

    private static Rental Rental { get; } = SampleRental.ByHand with
    {
        Id = Samples.Rental,
        Label = null,
        Status = RentalStatus.Scheduling,
        Evidence = "actual=exited intended=running cur=stopped next=running",
        GpuUsdPerHour = 0.21m,
        UploadUsdPerGb = 0.02m,
        Ports = new Dictionary<string, Endpoint> { ["8081/tcp"] = new("1.2.3.4", 33_526) },
    };
}
