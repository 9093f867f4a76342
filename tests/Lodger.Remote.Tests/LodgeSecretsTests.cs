using Lodger.Domain.Box;

namespace Lodger.Remote.Tests;

public sealed class LodgeSecretsTests
{
    private const string Secret = "hf_secret_9c'1\" $HOME";

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task Secrets_reach_the_job_and_no_file_no_command_line_and_no_other_process(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Environment["LODGER_SECRET_NAMES"] = "HF_TOKEN";
        box.Environment["LODGER_ENV_NAMES"] = "STAGE";
        box.Environment["HF_TOKEN"] = Secret;
        box.Environment["STAGE"] = "two words # \"quoted\"";
        box.Boot();
        await box.WaitFor(BoxPhase.WaitingForPayload);
        // The job shows that it has the secret without writing it; setup must not have it.
        box.Deliver(box.Payload("printf %s \"$HF_TOKEN\" | sha256sum > got; sleep 60") with { Setup = "env | grep -c '^HF_TOKEN=' > setup-has || true" });
        await box.WaitUntil(() => box.InWorkdir("got").Length > 0 && box.Processes().Any(pid => Read(pid, "cmdline").StartsWith("sleep\060", StringComparison.Ordinal)), "the job");

        box.InWorkdir("got").ShouldStartWith(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Secret))));
        box.InWorkdir("setup-has").Trim().ShouldBe("0");
        foreach (var file in Directory.EnumerateFiles(box.Root, "*", SearchOption.AllDirectories))
        {
            Read(file).ShouldNotContain("hf_secret", customMessage: file);
        }

        var holders = new List<string>();
        foreach (var pid in box.Processes())
        {
            var line = Read(pid, "cmdline");
            line.ShouldNotContain("hf_secret");
            if (Read(pid, "environ").Contains("hf_secret", StringComparison.Ordinal))
            {
                holders.Add(line.Replace('\0', ' '));
            }
        }

        // The supervising script holds it for the next launch; besides, only the job itself and its children.
        holders.ShouldAllBe(line => line.Contains("supervise", StringComparison.Ordinal) || line.Contains("payload/run", StringComparison.Ordinal) || line.StartsWith("sleep 60", StringComparison.Ordinal));
        holders.ShouldContain(line => line.Contains("payload/run", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public void Env_is_exported_for_ssh_sessions_once_however_often_the_machine_starts(string shell)
    {
        using var box = new ScriptBox(shell);
        var path = Path.Combine(box.Root, "etc", "environment");
        File.WriteAllText(path, "PATH=\"/usr/bin\"");
        box.Environment["LODGER_ENV_NAMES"] = "STAGE LINES bad-name EMPTY";
        box.Environment["STAGE"] = "two words";
        box.Environment["LINES"] = "a\nb";
        box.Environment["EMPTY"] = "";
        box.Boot();
        box.Boot();
        File.ReadAllText(path).ShouldBe("PATH=\"/usr/bin\"\n# lodger begin\nSTAGE=\"two words\"\nEMPTY=\"\"\n# lodger end\n");
        box.State("starts").ShouldBe("2");
    }

    private static string Read(int pid, string file) => Read($"/proc/{pid}/{file}");

    /// <summary>Empty for what has gone meanwhile: a state file that was renamed, a process that ended.</summary>
    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
