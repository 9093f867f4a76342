using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

public sealed class SelfCheckTests : IDisposable
{
    private readonly TestStage stage = new();

    public SelfCheckTests() => stage.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH")!;

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task What_is_here_is_said_with_its_version_and_nothing_is_started()
    {
        (await stage.RunAsync("self-check", "--json")).ShouldBe(ExitCode.Ok);

        var items = JsonDocument.Parse(stage.Out).RootElement.EnumerateArray().ToDictionary(i => i.GetProperty("need").GetString()!, i => (State: i.GetProperty("state").GetString(), Found: i.GetProperty("found").GetString()!), StringComparer.Ordinal);
        items["ssh"].State.ShouldBe("ok");
        items["ssh"].Found.ShouldContain("OpenSSH");
        items["rsync"].Found.ShouldContain("rsync");
        items["server"].Found.ShouldContain("does not run");
        items["accounts"].State.ShouldBe("limited");
        items["local marketplace"].State.ShouldBe("ok", items["local marketplace"].Found);
        File.Exists(stage.Socket).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_missing_is_said_with_what_to_type_and_the_status_of_a_missing_prerequisite()
    {
        stage.Environment["PATH"] = stage.Directory;
        Directory.CreateDirectory(Path.Combine(stage.Directory, ".config", "lodger", "accounts"));
        var key = stage.Write(".config/lodger/accounts/anna.key", "0123456789abcdef");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        (await stage.RunAsync("self-check")).ShouldBe(ExitCode.Prerequisite);

        stage.OutInOneLine.ShouldContain("missing ssh-keygen not on the PATH apt-get install openssh-client");
        stage.OutInOneLine.ShouldContain("Others on this machine can read the API key");
        stage.OutInOneLine.ShouldContain("Something that Lodger needs is missing here.");
        stage.Out.ShouldNotContain("0123456789abcdef");
    }

    [Theory]
    [InlineData("rsync  version 3.2.3  protocol version 31", "limited")]
    [InlineData("rsync  version v3.1.3  protocol version 31", "limited")]
    [InlineData("rsync  version 3.2.7  protocol version 31", "ok")]
    [InlineData("rsync  version 3.2.5  protocol version 31", "ok")]
    [InlineData("openrsync: protocol version 29", "ok")]
    public void An_rsync_that_lets_a_hostile_machine_choose_names_is_said(string says, string state) =>
        Lodger.Cli.Commands.SelfCheckCommand.Rsync(new("rsync", "ok", says, "")).State.ShouldBe(state);

    [Fact]
    public async Task A_state_directory_that_cannot_be_is_said()
    {
        stage.Environment["LODGER_STATE_DIR"] = Path.Combine(stage.Write("file", ""), "below");
        (await stage.RunAsync("self-check")).ShouldBe(ExitCode.Prerequisite);

        stage.OutInOneLine.ShouldContain("missing state");
    }
}
