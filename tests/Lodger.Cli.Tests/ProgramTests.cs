using System.Diagnostics;
using Lodger.Cli.Composition;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Server.Client;

namespace Lodger.Cli.Tests;

/// <summary>The built program as a process.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Version_is_one_line()
    {
        var (status, output, error) = await RunAsync("--version");

        status.ShouldBe(0);
        output.ShouldBe(OwnProgram.Version + "\n");
        error.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_piped_holds_no_escape_sequence()
    {
        var (status, output, _) = await RunAsync("profile");

        status.ShouldBe(0);
        output.ShouldContain("DATA_DIR");
        output.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task A_wrong_option_exits_2_and_speaks_on_standard_error()
    {
        var (status, output, error) = await RunAsync("ps", "--al");

        status.ShouldBe((int)ExitCode.BadInput);
        output.ShouldBeEmpty();
        error.ShouldContain("Did you mean --all?");
    }

    [Fact]
    public async Task A_server_starts_on_demand_survives_its_command_is_found_again_and_stops()
    {
        var (status, output, error) = await RunAsync("ps", "--json");
        status.ShouldBe(0, error);
        output.ShouldBe("[]\n");
        var first = await StatusAsync();
        first.ShouldContain("\"running\":true");
        File.GetUnixFileMode(Path.Combine(stage.Directory, "s")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Found again, not started again.
        (await RunAsync("server", "start")).Status.ShouldBe(0);
        (await StatusAsync()).ShouldBe(first);

        (await RunAsync("server", "stop")).Output.ShouldContain("Stopped the server");
        (await StatusAsync()).ShouldContain("\"running\":false");
    }

    [Fact]
    public async Task Many_commands_at_once_start_one_server_and_a_dead_servers_socket_is_no_obstacle()
    {
        await File.WriteAllTextAsync(stage.Socket, "left over", TestContext.Current.CancellationToken);

        var all = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RunAsync("ps")));

        all.ShouldAllBe(r => r.Status == 0);
        File.ReadAllLines(Path.Combine(stage.Directory, "s", "server.log")).Count(l => l.Contains("already runs", StringComparison.Ordinal)).ShouldBe(0);
        (await RunAsync("server", "stop")).Status.ShouldBe(0);
    }

    [Theory]
    [InlineData("3 6\nfacts\nremark\n", 3, "facts\n", "remark\n")]
    [InlineData("0 0\n", 0, "", "")]
    public async Task What_only_looks_is_handed_over_to_the_server_and_shown_as_it_comes_back(string said, int status, string output, string error)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Carried = said;
        // The command waits ten seconds for the answer to begin; the first request of all pays for the server's start.
        using (var first = new ServerClient(stage.Socket))
            (await first.ServerAsync(TestContext.Current.CancellationToken)).IsOk.ShouldBeTrue();

        (await RunAsync("ps", "--all")).ShouldBe((status, output, error));

        var handed = server.HandedOver.ShouldHaveSingleItem().Split('\0');
        handed[0].ShouldBe(OwnProgram.Running.Build);
        handed[^2..].ShouldBe(["ps", "--all"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0 600\nit was cut off")]
    [InlineData("a page of somebody else")]
    public async Task What_the_server_does_not_carry_out_the_process_does_itself(string? said)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Build = OwnProgram.Running.Build;
        server.Carried = said;

        var (status, output, error) = await RunAsync("ps");

        (status, error).ShouldBe((0, ""));
        output.ShouldContain("resnet");
    }

    [Fact]
    public async Task What_does_more_than_look_is_never_handed_over()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Build = OwnProgram.Running.Build;

        (await RunAsync("show", "resnet")).Status.ShouldBe(0);
        (await RunAsync("gate", "resnet")).Status.ShouldNotBe((int)ExitCode.Defect);

        server.HandedOver.ShouldBeEmpty();
    }

    private async Task<string> StatusAsync() => (await RunAsync("server", "status", "--json")).Output;

    private async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(OwnProgram.Running.Path, [.. OwnProgram.Running.Prefix, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = stage.Directory,
        };
        foreach (var (name, value) in stage.Environment)
            start.Environment[name] = value;
        start.Environment.Remove("XDG_CONFIG_HOME");
        start.Environment.Remove("XDG_STATE_HOME");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        var output = process.StandardOutput.ReadToEndAsync(bound.Token);
        var error = process.StandardError.ReadToEndAsync(bound.Token);
        await process.WaitForExitAsync(bound.Token);
        return (process.ExitCode, await output, await error);
    }
}
