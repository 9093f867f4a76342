namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class EnvironmentTests
{
    private static readonly Dictionary<string, string> Given = new()
    {
        ["CONTAINER_ID"] = "1",
        ["PHRASE"] = "two words, \"quoted\" $HOME\nand a second line",
    };

    [Fact]
    public async Task Onstart_sees_what_create_gave_and_ssh_sessions_do_not()
    {
        await using var instance = await TestInstance.RunningAsync("printf '%s|%s|%s' \"$CONTAINER_ID\" \"$PHRASE\" \"$HOME\" > /workspace/seen; echo onstart-done", Given);
        await instance.LogUntilAsync("onstart-done");

        (await instance.SshAsync("cat /workspace/seen")).Output.ShouldBe($"1|{Given["PHRASE"]}|/root");
        (await instance.SshAsync("echo [$CONTAINER_ID]")).Output.ShouldBe("[]\n");
    }

    [Fact]
    public async Task The_containers_first_process_carries_it()
    {
        await using var instance = await TestInstance.RunningAsync(environment: Given);

        // A session of an ordinary user's instance lies in a user namespace of its own, from which process 1 may not be read.
        var environment = Environment.IsPrivilegedProcess ? "CONTAINER_ID=1\n" : "";
        (await instance.SshAsync("tr '\\0' '\\n' < /proc/1/environ | grep ^CONTAINER_ID; cat /proc/1/comm")).Output.ShouldBe(environment + "tini\n");
    }

    [Fact]
    public async Task Sessions_see_what_onstart_wrote_to_etc_environment()
    {
        await using var instance = await TestInstance.RunningAsync(
            """
            env | grep ^CONTAINER_ID >> /etc/environment
            printf '%s\n' '# a comment' 'export QUOTED="a b"' "SINGLE='c'" 'CUT=before # after' 'not a pair' 'bad-name=1' 'LAST=x=y' >> /etc/environment
            echo onstart-done
            """,
            Given);
        await instance.LogUntilAsync("onstart-done");

        (await instance.SshAsync("echo \"$CONTAINER_ID|$QUOTED|$SINGLE|$CUT|$LAST\"")).Output.ShouldBe("1|a b|c|before |x=y\n");
        (await instance.SshWithoutCommandAsync("echo \"$CONTAINER_ID\"\n", "-T")).Output.ShouldBe("1\n");
    }

    [Fact]
    public async Task Hostile_variables_do_not_reach_what_builds_the_sandbox()
    {
        await using var instance = await TestInstance.RunningAsync(
            "echo preload=$LD_PRELOAD",
            new Dictionary<string, string>
            {
                ["LD_PRELOAD"] = "/nonexistent.so",
                ["PATH"] = "/nowhere",
                ["BASH_ENV"] = "/etc/hostname",
                ["not a name"] = "x",
                ["UID"] = "5",
            });

        await instance.LogUntilAsync("preload=/nonexistent.so");
        (await instance.SshAsync("echo in")).Must().Output.ShouldBe("in\n");
    }
}
