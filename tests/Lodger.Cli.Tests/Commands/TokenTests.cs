using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Api;

namespace Lodger.Cli.Tests.Commands;

public sealed class TokenTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_token_is_the_only_line_of_the_answer_so_that_a_script_can_take_it()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        (await stage.RunAsync("token", "create", "ci", "--scope", "read,operate", "--expires", "90d", "--project", "vision")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldBe("lodger_aaaaaaaaaa_0000\n");
        stage.Error.ShouldContain("read, operate");
        server.TokenAsked!.ShouldSatisfyAllConditions(a => a.Scopes.ShouldBe([Scope.Read, Scope.Operate]), a => a.LivesFor.ShouldBe(TimeSpan.FromDays(90)), a => a.Project.ShouldBe("vision"));

        (await stage.RunAsync("token", "list")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("ci read,operate vision");
        stage.Out.ShouldContain("never");
        (await stage.RunAsync("token", "list", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldNotContain("0000\"");
        (await stage.RunAsync("token", "revoke", "ci")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("Revoked ci");
    }

    [Fact]
    public async Task A_token_that_is_longer_than_a_line_of_the_terminal_is_one_word_that_can_be_copied()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.NewToken = "lodger_aaaaaaaaaa_" + new string('0', 64);
        stage.IsTerminal = true;

        (await stage.RunAsync("token", "create", "ci", "--scope", "read")).ShouldBe(ExitCode.Ok);

        stage.Out.Split('\n')[0].ShouldBe(server.NewToken);
    }

    [Theory]
    [InlineData("token create ci --scope everything", "'everything' is no scope")]
    [InlineData("token create ci --scope 0", "'0' is no scope")]
    [InlineData("token create ci --scope read --expires soon", "'soon' is no duration")]
    [InlineData("server start --tls-key x.key", "none is named")]
    [InlineData("server start --public 0.0.0.0:8443", "in the clear")]
    [InlineData("server start --public 127.0.0.1:8443 --no-public", "exclude each other")]
    [InlineData("serve --database postgres://l@db/l --public lab:8443", "no address and port")]
    public async Task What_makes_no_sense_is_said_before_anything_is_asked(string line, string expected)
    {
        (await stage.RunAsync(line.Split(' '))).ShouldBe(ExitCode.BadInput);
        stage.Error.Replace("\n", " ", StringComparison.Ordinal).ShouldContain(expected);
    }

    [Fact]
    public async Task Jobs_of_projects_are_told_apart_once_there_are_any()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldNotContain("project");
        server.Jobs["other"] = Samples.Home with { Name = "other", Id = "other.aaaaaa", Project = "vision" };
        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("vision other");
        stage.OutInOneLine.ShouldContain($"default {Samples.Home.Name}");
        (await stage.RunAsync("show", "other")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("project vision");
        (await stage.RunAsync("ps", "--project", "vision", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.Split('\n').Last(l => l.StartsWith('[')).ShouldSatisfyAllConditions(l => l.ShouldContain("\"project\":\"vision\""), l => l.ShouldNotContain("\"project\":\"default\""));
    }

    [Fact]
    public async Task A_public_address_is_asked_for_kept_shown_and_closed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        (await stage.RunAsync("server", "start", "--public", "127.0.0.1:8765")).ShouldBe(ExitCode.Ok);
        server.Doors.ShouldHaveSingleItem().Listen.ShouldBe("127.0.0.1:8765");
        stage.Out.ShouldContain("http://127.0.0.1:8765/");
        (await stage.RunAsync("server", "status", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("\"public\":[{\"listen\":\"127.0.0.1:8765\"");
        (await stage.RunAsync("server", "start", "--no-public")).ShouldBe(ExitCode.Ok);
        server.Doors.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_audit_log_says_who_asked_for_what_and_what_came_of_it()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        (await stage.RunAsync("audit")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("Nobody asked");
        server.Audit.AddRange([
            new AuditView(1, Samples.Start, "owner", "socket", "submit", "resnet", 200),
            new AuditView(2, Samples.Start, "token:ci", "192.0.2.7", "approve", "resnet[bold]\u001b[31m", 403)]);
        (await stage.RunAsync("audit")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("owner socket submit resnet done");
        stage.OutInOneLine.ShouldContain("token:ci 192.0.2.7 approve resnet[bold]");
        stage.OutInOneLine.ShouldContain("not allowed");
        stage.Out.ShouldNotContain("\u001b");
        (await stage.RunAsync("audit", "--max", "1", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.Split('\n').Last(l => l.StartsWith('[')).ShouldNotContain("\"submit\"");
        (await stage.RunAsync("audit", "--max", "0")).ShouldBe(ExitCode.BadInput);
    }
}
