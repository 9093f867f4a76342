using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Box;
using Lodger.Domain.Clocks;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Engine.Clocks;

namespace Lodger.Cli.Tests.Commands;

public sealed class LookingTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Ps_lists_jobs_with_their_meter_and_market_in_80_columns()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job, Samples.Closed with { Name = "older" });
        stage.IsTerminal = true;

        (await stage.RunAsync("ps", "--all")).ShouldBe(ExitCode.Ok);

        var lines = stage.Out.Split('\n');
        lines[0].ShouldBe("  job     state      progress  rental        now  so far  market");
        lines.ShouldContain("  older   succeeded                      nothing   $3.02  local marketplace");
        lines.ShouldContain("  resnet  running              41200871  $0.22/h   $0.42  local marketplace");
    }

    [Fact]
    public async Task What_a_machine_or_platform_says_cannot_touch_the_terminal()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Evidence = "\u001b]0;owned\u0007[red]loading[/] \u001b[2Jimage", Waiting = "a\u202eb" });
        stage.IsTerminal = true;

        (await stage.RunAsync("show", "resnet")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldContain("[red]loading[/] image");
        stage.Out.ShouldNotContain("\u001b");
        stage.Out.ShouldNotContain("\u202e");
    }

    [Fact]
    public async Task Logs_print_the_output_without_terminal_escapes()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed);

        (await stage.RunAsync("logs", "resnet")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldBe("step 1\nred\n");
    }

    [Fact]
    public async Task Logs_print_the_last_lines_of_a_long_output_without_reading_all_of_it()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed);
        (await stage.RunAsync("logs", "resnet", "--tail", "1")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldBe("red\n");

        server.Log = string.Concat(Enumerable.Range(1, 20_000).Select(n => $"step {n:00000} {new string('x', 88)}\n"));
        server.Jobs["resnet"] = Samples.Closed with { Report = new BoxReport { Phase = BoxPhase.Ended, LogBytes = server.Log.Length } };
        server.LogsRead.Clear();
        (await stage.RunAsync("logs", "resnet", "--tail", "3")).ShouldBe(ExitCode.Ok);
        stage.Out.Split('\n')[1..^1].Select(l => l[..10]).ShouldBe(["step 19998", "step 19999", "step 20000"]);
        server.LogsRead.ShouldAllBe(at => at > 1_000_000);

        (await stage.RunAsync("logs", "resnet", "--tail", "9000")).ShouldBe(ExitCode.Ok);
        stage.Out.Split('\n')[4..^1].Length.ShouldBe(9000);
        stage.Out.Split('\n')[4].ShouldStartWith("step 11001 x", customMessage: "no line is cut");
        (await stage.RunAsync("logs", "resnet", "--tail", "0")).ShouldBe(ExitCode.BadInput);
        (await stage.RunAsync("logs", "resnet", "--filter", "x")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("lodger logs NAME | grep TEXT");
    }

    [Fact]
    public async Task The_only_open_job_needs_no_name()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job, Samples.Closed with { Name = "older" });

        (await stage.RunAsync("show")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldContain("resnet.k3f9qa");
    }

    [Fact]
    public async Task Several_open_jobs_are_named_and_none_is_chosen()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job, Samples.Job with { Name = "bert", Id = "bert.1" });

        (await stage.RunAsync("down")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain("2 jobs are open: bert, resnet.");
    }

    [Fact]
    public async Task A_job_that_does_not_exist_is_answered_with_the_nearest_that_does()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);

        (await stage.RunAsync("show", "resnte")).ShouldBe(ExitCode.NotFound);

        stage.Error.ShouldContain("Did you mean resnet?");
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    public async Task A_name_that_no_job_can_have_is_answered_as_it_was_typed(string name)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);

        (await stage.RunAsync("show", name)).ShouldBe(ExitCode.NotFound);

        stage.Error.ShouldContain($"There is no job named {name}.");
    }

    [Fact]
    public async Task A_job_is_found_by_its_rental_and_between_two_nobody_chooses()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Left = ["41200999"] }, Samples.Closed with { Name = "older", Id = "older.1" });

        (await stage.RunAsync("show", Samples.Rental)).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("resnet.k3f9qa", customMessage: "the closed one that had it before is not meant");
        (await stage.RunAsync("wait", "41200999", "--for", "running")).ShouldBe(ExitCode.Ok);
        server.Jobs["bert"] = Samples.Job with { Name = "bert", Id = "bert.1" };
        (await stage.RunAsync("show", Samples.Rental)).ShouldBe(ExitCode.BadInput);
        stage.ErrorInOneLine.ShouldContain($"2 jobs have a rental {Samples.Rental}: bert.1, resnet.k3f9qa. Name one of them.");
    }

    [Fact]
    public async Task What_a_machine_said_some_time_ago_is_not_shown_as_of_now()
    {
        var report = new BoxReport { Phase = BoxPhase.Running, Gpus = [new BoxGpu("RTX 4090", 24564, 97, "550.54")], DiskFreeBytes = 5_000_000_000, DiskTotalBytes = 40_000_000_000, HeartbeatAge = TimeSpan.FromSeconds(5) };
        var now = DateTimeOffset.UtcNow;
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { RentalStatus = RentalStatus.Running, Report = report, ReportAt = now - TimeSpan.FromMinutes(40) });

        (await stage.RunAsync("show", "resnet")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("heartbeat 40 min ago");
        stage.Out.Split('\n').Count(l => l.Contains("as of", StringComparison.Ordinal) && (l.Contains("busy", StringComparison.Ordinal) || l.Contains("free of", StringComparison.Ordinal))).ShouldBe(2);

        server.Jobs["resnet"] = Samples.Job with { RentalStatus = RentalStatus.Running, Report = report, ReportAt = now };
        (await stage.RunAsync("show", "resnet")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("5 GB free of 40 GB\n");
    }

    [Fact]
    public async Task Events_read_as_a_column_and_continue_under_themselves()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed with { LastSequence = 2 });
        server.Journal.Add(new JournalEntry(1, DateTimeOffset.UtcNow, new Rented(1, Samples.Rental, Adopted: true)));
        server.Journal.Add(new JournalEntry(2, DateTimeOffset.UtcNow, new RentUnclear(1, new Problem("lost", "the connection broke after the request was sent and before an answer came", "", ExitCode.Unknown))));
        stage.IsTerminal = true;

        (await stage.RunAsync("events", "resnet", "-f")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldContain("rented     41200871, found again by its label");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
        stage.Out.Split('\n').Length.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task Events_in_json_are_one_entry_a_line()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed with { LastSequence = 1 });
        server.Journal.Add(new JournalEntry(1, Samples.Start, new Noted("hello")));

        (await stage.RunAsync("events", "resnet", "--json")).ShouldBe(ExitCode.Ok);

        stage.Out.Trim().ShouldBe("""{"sequence":1,"at":"2026-06-01T09:00:00+00:00","event":{"kind":"noted","text":"hello"}}""");
    }

    [Theory]
    [InlineData(JobPhase.Closed, JobOutcome.Succeeded, ExitCode.Ok)]
    [InlineData(JobPhase.Closed, JobOutcome.Failed, ExitCode.JobFailed)]
    [InlineData(JobPhase.Closed, JobOutcome.Cancelled, ExitCode.Cancelled)]
    [InlineData(JobPhase.Closed, JobOutcome.NotRun, ExitCode.RentalUnusable)]
    [InlineData(JobPhase.Closed, JobOutcome.Unfinished, ExitCode.RentalUnusable)]
    [InlineData(JobPhase.AwaitingApproval, null, ExitCode.ApprovalNeeded)]
    [InlineData(JobPhase.NeedsAttention, null, ExitCode.NotVerified)]
    public async Task Wait_exits_with_how_the_job_stands(JobPhase phase, JobOutcome? outcome, ExitCode expected)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home with { Phase = phase, Outcome = outcome });

        (await stage.RunAsync("wait", "resnet")).ShouldBe(expected);
    }

    [Theory]
    [InlineData("wait", true)]
    [InlineData("wait", false)]
    [InlineData("down", true)]
    public async Task A_job_that_did_not_get_there_is_said_on_standard_error_beside_the_answer(string command, bool json)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed with { Outcome = JobOutcome.Cancelled });

        (await stage.RunAsync([command, "resnet", .. json ? (string[])["--json"] : []])).ShouldBe(ExitCode.Cancelled);

        stage.ErrorInOneLine.ShouldStartWith("resnet cancelled.");
        if (json)
            stage.Out.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("\"phase\":\"closed\"", customMessage: "one document");
    }

    [Fact]
    public async Task Of_a_job_that_waits_for_a_yes_a_wait_says_what_to_type()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);

        (await stage.RunAsync("wait", "resnet", "--json")).ShouldBe(ExitCode.ApprovalNeeded);

        stage.ErrorInOneLine.ShouldBe("resnet is not closed, and goes no further by itself: it needs your yes. lodger down resnet");
    }

    [Theory]
    [InlineData(true, "resnet is over.")]
    [InlineData(false, "resnet has nothing to drill just now: its command does not run.")]
    public async Task What_cannot_be_drilled_is_refused_before_it_is_said_what_a_drill_would_do(bool closed, string said)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, closed ? Samples.Closed : Samples.Home);

        (await stage.RunAsync("drill", "resnet", "--yes")).ShouldBe(ExitCode.BadInput);

        stage.Error.ShouldContain(said);
        stage.Out.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_less_than_can_be_shown_is_not_about_less()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Meter = Samples.Job.Meter with { SoFarUsd = null, ReckonedUsd = 0.00001m } });

        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldContain(" <$0.0001 ");
    }

    [Fact]
    public async Task Waiting_for_what_is_there_already_ends_at_once()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);

        (await stage.RunAsync("wait", "resnet", "--for", "verified")).ShouldBe(ExitCode.Ok);
    }

    [Fact]
    public async Task A_wait_that_runs_out_says_so()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);

        (await stage.RunAsync("wait", "resnet", "--timeout", "1s")).ShouldBe(ExitCode.TimedOut);

        stage.Error.ShouldContain("resnet was not closed within 1 s");
    }

    [Fact]
    public async Task A_busy_server_of_another_build_stays()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Build = "older";

        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);

        stage.Error.ShouldContain("of another build and works on 1 job");
    }

    [Fact]
    public async Task Ps_says_of_a_stopped_rental_that_its_disk_goes_on_billing_and_how_to_end_that()
    {
        var stopped = Samples.Home with { RentalStatus = RentalStatus.Stopped, Meter = Samples.Job.Meter with { GpuUsdPerHour = 0 } };
        await using var server = await FakeServer.StartAsync(stage.Socket, stopped, Samples.Job with { Name = "busy" });
        stage.IsTerminal = true;

        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("resnet: 41200871 is stopped, and its disk goes on billing $0.010/h until it is destroyed: lodger down resnet");
        stage.OutInOneLine.ShouldNotContain("busy: 41200871");
    }

    [Fact]
    public async Task Ps_says_once_what_holds_of_several_jobs_with_how_many_and_which()
    {
        var outbid = new Finding("VAST4", Severity.Warning, Moment.Watch, "The job dies in mid-step without a word", "outbid 3 times", "a higher bid", "lodger plan");
        var clock = new Clock { Key = "k", Kind = ClockKind.ContractEnd, Account = "local", Market = "local marketplace", Sentence = "The contract ends.", Fix = "lodger down a", Left = TimeSpan.FromHours(2) };
        string[] names = ["a", "b", "c", "d", "e"];
        await using var server = await FakeServer.StartAsync(stage.Socket, [.. names.Select(n => Samples.Job with
        {
            Name = n,
            RentalStatus = RentalStatus.Stopped,
            Meter = Samples.Job.Meter with { GpuUsdPerHour = 0 },
            Doctor = n == "e" ? [] : [outbid],
        })]);
        server.Clocks = server.Clocks with { Accounts = [new AccountClocks("local", "local marketplace", [.. names.Select((n, i) => clock with { Key = n, Job = n, Left = clock.Left + TimeSpan.FromHours(i) })], 0.05m, [], Samples.Start)] };
        stage.IsTerminal = true;

        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);

        var below = stage.OutInOneLine[stage.OutInOneLine.IndexOf("5 jobs", StringComparison.Ordinal)..];
        below.ShouldStartWith("5 jobs (");
        below.ShouldContain("and 2 more): their rentals are stopped, and the disks go on billing $0.050/h in all until they are destroyed, each with lodger down NAME");
        below.ShouldContain("4 jobs (");
        below.ShouldContain("and 1 more): VAST4: The job dies in mid-step without a word.");
        below.ShouldContain("outbid 3 times. lodger plan Each of them: lodger doctor");
        below.ShouldContain("clock in 2 h: The contract ends. lodger down a And 4 more like it (b, c, d and 1 more): lodger clocks");
        (below.Split("VAST4").Length, below.Split("The contract ends").Length).ShouldBe((2, 2), "each is said once");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task A_job_whose_rental_was_stopped_under_it_has_neither_ended_nor_passed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Phase = JobPhase.NeedsAttention });

        (await stage.RunAsync("wait", "resnet", "--for", "ended")).ShouldBe(ExitCode.RentalUnusable);
    }
}
