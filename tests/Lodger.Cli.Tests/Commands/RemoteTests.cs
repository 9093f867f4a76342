using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

/// <summary>The same commands against a server on another machine.</summary>
public sealed class RemoteTests : IDisposable
{
    private const string Token = "lodger_aaaaaaaaaa_00000000000000000000000000000000000000000000000000000000000000ff";

    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Who_logged_in_to_a_server_uses_it_from_then_on_with_its_address_alone()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        var token = stage.Write("token", Token + "\n");
        (await stage.RunAsync("login", "--server", server.Address.ToString(), "--key-file", token)).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("knows you as token:ci: you may read, approve in the project vision.");
        stage.Out.ShouldNotContain(Token);
        var kept = Directory.GetFiles(Path.Combine(stage.Directory, ".config", "lodger", "servers")).ShouldHaveSingleItem();
        File.GetUnixFileMode(kept).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        stage.Environment["LODGER_SERVER"] = server.Address.ToString().TrimEnd('/');
        (await stage.RunAsync("ps")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain(Samples.Home.Name);
        (await stage.RunAsync("approve", Samples.Home.Name, "--token", Samples.Home.ApprovalToken!, "--detach")).ShouldBe(ExitCode.Ok);
        server.Approved.ShouldNotBeNull();
        server.Shown.ShouldAllBe(s => s == $"Bearer {Token}");
    }

    [Theory]
    [InlineData("run", "job.yaml", "--yes")]
    [InlineData("ssh", "resnet")]
    [InlineData("exec", "resnet", "--", "true")]
    [InlineData("open", "resnet", "8080")]
    [InlineData("copy", "resnet", "/tmp/x")]
    [InlineData("server", "start")]
    [InlineData("server", "stop")]
    public async Task What_needs_files_or_keys_of_the_servers_machine_says_so(params string[] line)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        stage.Write("job.yaml", "name: x\nimage: python:3.12\ngpu: RTX 4090\ndisk: 20GB\nrun: 'true'\nresults: [a]\n");
        stage.Environment["LODGER_SERVER"] = server.Address.ToString();

        (await stage.RunAsync(line)).ShouldBe(ExitCode.BadInput);

        stage.Error.Replace("\n", " ", StringComparison.Ordinal).ShouldContain("on another machine");
        server.Shown.ShouldBeEmpty("nothing was asked");
    }

    [Theory]
    [InlineData("http://lab.example.org:8443", "no address of a Lodger server")]
    [InlineData("https://anna:pw@lab.example.org", "no address of a Lodger server")]
    [InlineData("https://lab.example.org/x", "no address of a Lodger server")]
    [InlineData("lab", "no address of a Lodger server")]
    [InlineData("https://lab.example.org:8443", "no token for https://lab.example.org:8443/")]
    public async Task A_token_goes_nowhere_but_to_a_server_that_is_named_rightly(string address, string expected)
    {
        stage.Environment["LODGER_SERVER"] = address;
        (await stage.RunAsync("ps")).ShouldNotBe(ExitCode.Ok);
        stage.Error.Replace("\n", " ", StringComparison.Ordinal).ShouldContain(expected);
    }

    [Fact]
    public async Task A_token_that_others_can_read_or_that_is_none_is_not_used_and_not_shown()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        var file = stage.Write("token", Token);
        stage.Environment["LODGER_SERVER"] = server.Address.ToString();
        stage.Environment["LODGER_TOKEN_FILE"] = file;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        (await stage.RunAsync("ps")).ShouldBe(ExitCode.NotAuthorized);
        File.WriteAllText(file, "not-a-token-but-perhaps-a-password");
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        (await stage.RunAsync("ps")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldNotContain("perhaps-a-password");
        server.Shown.ShouldBeEmpty();
    }
}
