using System.Text.Json;
using Lodger.Cli.Composition;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Clocks;
using Lodger.Domain.Problems;
using Lodger.Engine.Clocks;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests.Commands;

public sealed class ClocksTests : IDisposable
{
    private readonly TestStage stage = new();

    private static Clock Contract { get; } = new()
    {
        Key = "local/ContractEnd/41200871/1",
        Kind = ClockKind.ContractEnd,
        Account = "local",
        Market = "local marketplace",
        Job = "resnet",
        Left = TimeSpan.FromHours(3),
        FiresAt = Samples.Start.AddHours(3),
        UsdPerHour = 0.22m,
        Sentence = "The contract of 41200871 ends: it stops, cannot be started again, and may be deleted 48 h later.",
        Fix = "lodger down resnet",
    };

    private static ClocksView View { get; } = new(
        [new AccountClocks("local", "local marketplace", [Contract, Contract with { Key = "far", Left = TimeSpan.FromDays(9), Sentence = "Far away." }], 0.22m, ["volumes: The platform did not answer."], Samples.Start)],
        true,
        TimeSpan.FromHours(24),
        null);

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Clocks_say_how_long_is_left_what_happens_and_what_to_do_and_name_what_is_unknown()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Clocks = View;
        stage.IsTerminal = true;

        (await stage.RunAsync("clocks")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("local marketplace $0.22/h for everything on it");
        stage.OutInOneLine.ShouldContain("in 3 h The contract of 41200871 ends: it stops, cannot be started again, and may be deleted 48 h later.");
        stage.OutInOneLine.ShouldContain("lodger down resnet");
        stage.OutInOneLine.ShouldContain("unknown volumes: The platform did not answer.");
        stage.OutInOneLine.ShouldContain("Each is told once, 24 h before it fires.");
        stage.OutInOneLine.ShouldNotContain("no clock runs");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task In_json_it_is_the_same_facts()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Clocks = View;

        (await stage.RunAsync("clocks", "--json")).ShouldBe(ExitCode.Ok);

        var clock = JsonDocument.Parse(stage.Out).RootElement.GetProperty("accounts")[0].GetProperty("clocks")[0];
        (clock.GetProperty("kind").GetString(), clock.GetProperty("job").GetString()).ShouldBe(("ContractEnd", "resnet"));
    }

    [Fact]
    public async Task Ps_and_run_warn_of_what_is_near_and_of_nothing_else()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Clocks = View;
        stage.IsTerminal = true;

        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("clock in 3 h: The contract of 41200871 ends");
        stage.OutInOneLine.ShouldNotContain("Far away.");

        stage.Write("job.yaml", "name: another\nimage: pytorch/pytorch:2.4.0\ngpu: RTX 4090\ndisk: 40GB\nrun: python train.py\nresults: [out/**]\n");
        stage.Answers = "n\n";
        (await stage.RunAsync("run", "job.yaml", "--market", "local")).ShouldBe(ExitCode.ApprovalNeeded);
        stage.OutInOneLine.ShouldContain("clock in 3 h: The contract of 41200871 ends");
    }

    [Theory]
    [InlineData("""{"command": "mail me", "lead": "2h"}""", null)]
    [InlineData("""{"webhook": "https://example.org/token-4711"}""", null)]
    [InlineData("""{}""", null)]
    [InlineData("""{"webhook": "ftp://example.org/token-4711"}""", "webhook is no http or https address")]
    [InlineData("""{"lead": "token-4711"}""", "lead is no duration")]
    [InlineData("""{"comand": "token-4711"}""", "it is no JSON object with command, webhook and lead")]
    [InlineData("token-4711", "it is no JSON object with command, webhook and lead")]
    [InlineData("null", "it holds nothing")]
    public void The_notify_file_is_read_strictly_and_no_error_repeats_what_stands_in_it(string text, string? error)
    {
        var path = Path.Combine(stage.Directory, "notify.json");
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var read = NotifyFile.Read(path);

        (read.IsOk ? "" : read.Problem.Message).ShouldContain(error ?? "");
        read.IsOk.ShouldBe(error is null);
        if (!read.IsOk)
            read.Problem.ToString().ShouldNotContain("4711");
    }

    [Fact]
    public void A_notify_file_that_others_can_read_is_refused_and_none_tells_nobody()
    {
        var path = Path.Combine(stage.Directory, "notify.json");
        NotifyFile.Read(path).Value.IsOn.ShouldBeFalse();
        File.WriteAllText(path, """{"command": "true"}""");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        NotifyFile.Read(path).Problem!.Fix.ShouldBe($"chmod 600 {path}");
    }
}
