using System.Diagnostics;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Marketplace.Sandbox;
using Lodger.Remote.Script;
using Lodger.Remote.Ssh;

namespace Lodger.Remote.Tests;

/// <summary>The whole way, in an instance with its own root, process tree and sshd, on the paths of the real profile.</summary>
public sealed class SandboxTests : IAsyncLifetime
{
    private readonly string root = Directory.CreateTempSubdirectory("lodger-remote-").FullName;
    private readonly BubblewrapSandboxHost host = new();
    private SandboxSpec? spec;
    private ISandbox? sandbox;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        using (var keygen = Process.Start(new ProcessStartInfo("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(root, "key")]) { UseShellExecute = false })!)
        {
            await keygen.WaitForExitAsync(Token);
        }

        var environment = new Dictionary<string, string>(BoxEnvironment.For(new Dictionary<string, string> { ["STAGE"] = "two words" }, ["HF_TOKEN"], new Uri("http://127.0.0.1:1"), TestProfile.At("/workspace"), null).Value)
        {
            ["HF_TOKEN"] = "secret-token",
        };
        spec = new SandboxSpec
        {
            InstanceId = 4711,
            DiskDirectory = Path.Combine(root, "disk"),
            DiskGb = 10,
            Environment = environment,
            Onstart = Onstart.Build(TestProfile.At("/workspace")).Value,
            AuthorizedKeys = [File.ReadAllText(Path.Combine(root, "key.pub")).Trim()],
            Gpus = [new GpuFacts(0, "NVIDIA GeForce RTX 4090", 24564, "550.54.15", "12.4")],
        };
        var missing = await host.FindMissingAsync(Token);
        Assert.SkipWhen(missing.Count > 0, string.Join(' ', missing));
        await host.CreateDiskAsync(spec, Token);
        sandbox = await host.StartAsync(spec, Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (sandbox is not null)
        {
            await sandbox.KillAsync();
            await sandbox.DisposeAsync();
        }

        if (spec is not null)
        {
            await host.DeleteDiskAsync(spec, CancellationToken.None);
        }

        await host.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task A_job_survives_a_preemption_and_its_results_come_home()
    {
        var options = new SshOptions { IdentityFile = Path.Combine(root, "key"), KnownHostsDirectory = Path.Combine(root, "hosts"), ConnectTimeout = TimeSpan.FromMinutes(2) };
        var box = new SshBox(options, TestProfile.At("/workspace"), TimeProvider.System);
        var code = Directory.CreateDirectory(Path.Combine(root, "code")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(code, "train.sh"),
            "mkdir -p results; echo launch >> results/launches; [ \"$(wc -l < results/launches)\" -ge 2 ] || sleep 600\n"
            + "echo \"$HF_HOME $STAGE $(hostname)\" > results/env; [ \"$HF_TOKEN\" = secret-token ] && echo trained\n",
            Token);
        var payload = new Payload
        {
            Job = "test",
            Attempt = 1,
            CodeDirectory = code,
            Workdir = "/workspace/test",
            Run = "sh train.sh",
            Results = ["results"],
            GpuCount = 1,
            GpuName = "RTX 4090",
            GpuMemoryMb = 24564,
        };

        (await box.ReachAsync(Address, Token)).ShouldBeOk();
        (await box.ProveRoundTripAsync(Address, Token)).ShouldBeOk();
        (await box.SendAsync(Address, payload, null, Token)).ShouldBeOk();
        await WaitFor(box, report => report.Phase == BoxPhase.Running);
        (await box.ExecAsync(Address, "tr '\\0' '\\n' < /proc/self/environ | grep -c secret-token; cat /etc/environment", TimeSpan.FromMinutes(2), Token)).ShouldBeOk()
            .Output.ShouldBe("0\n# lodger begin\nSTAGE=\"two words\"\n# lodger end\n");
        await WaitForFile(box, "/workspace/test/results/launches");

        // Preempted with no notice, and back on another port.
        await sandbox!.KillAsync();
        (await box.ReportAsync(Address, Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.Unknown);
        await sandbox.DisposeAsync();
        sandbox = await host.StartAsync(spec!, Token);

        var report = await WaitFor(box, report => report is { Phase: BoxPhase.Ended, Gpus.Count: > 0 } or { Phase: BoxPhase.Refused });
        report.ShouldSatisfyAllConditions(
            () => report.Failure.ShouldBeNull(),
            () => report.ExitCode.ShouldBe(0),
            () => report.Starts.ShouldBe(2),
            () => report.ProgressText.ShouldBe("trained\n"),
            () => report.Gpus.ShouldHaveSingleItem().Name.ShouldBe("NVIDIA GeForce RTX 4090"));
        (await box.MakeManifestAsync(Address, Token)).ShouldBeOk().Split('\n')[^2].ShouldStartWith("end 2 ");
        var home = Path.Combine(root, "home");
        (await box.PullAsync(Address, [new("results/launches", 50), new("results/env", 50)], home, null, Token)).ShouldBeOk();
        (await File.ReadAllTextAsync(Path.Combine(home, "results/launches"), Token)).ShouldBe("launch\nlaunch\n");
        (await File.ReadAllTextAsync(Path.Combine(home, "results/env"), Token)).ShouldBe("/workspace/.cache/huggingface two words C.4711\n");
    }

    [Fact]
    public async Task A_close_look_is_one_ssh_session_and_changes_nothing()
    {
        var options = new SshOptions { IdentityFile = Path.Combine(root, "key"), KnownHostsDirectory = Path.Combine(root, "hosts"), ConnectTimeout = TimeSpan.FromMinutes(2) };
        var box = new SshBox(options, TestProfile.At("/workspace"), TimeProvider.System);
        var payload = new Payload { Job = "test", Attempt = 1, Workdir = "/workspace/test", Run = "sleep 600", Results = ["results"], GpuCount = 1, GpuName = "RTX 4090", GpuMemoryMb = 24564 };
        (await box.SendAsync(Address, payload, null, Token)).ShouldBeOk();
        await WaitFor(box, report => report.Phase == BoxPhase.Running);
        // What runs there by itself stands still, so that every change is the look's.
        (await box.ExecAsync(Address, "for p in $(pgrep -f lodge[.]sh); do kill -STOP $p; done; sleep 1", TimeSpan.FromMinutes(2), Token)).ShouldBeOk().ExitCode.ShouldBe(0);
        var (sessions, files) = (await SessionsAsync(box), await FilesAsync());

        var look = (await box.ProbeAsync(Address, [8080, 22], Token)).ShouldBeOk();

        look.Report.ShouldNotBeNull().Phase.ShouldBe(BoxPhase.Running);
        look.Processes.ShouldNotBeNull().ShouldBeGreaterThan(0);
        (await FilesAsync()).Except(files).Select(line => line.Split(' ')[0]).ShouldBeEmpty();
        (await SessionsAsync(box)).ShouldBe(sessions + 2, "the first that asked, and the look");
    }

    /// <summary>By the log of its ssh server: those before the one that asks, whose mark stands behind them however late the log comes.</summary>
    private async Task<int> SessionsAsync(SshBox box)
    {
        var mark = $"mark {Guid.NewGuid():N}";
        (await box.ExecAsync(Address, $"echo {mark} >/proc/1/fd/1", TimeSpan.FromMinutes(2), Token)).ShouldBeOk().ExitCode.ShouldBe(0);
        for (var begun = Stopwatch.GetTimestamp(); ;)
        {
            var log = (await host.ReadLogAsync(spec!, 10_000, Token)).Split('\n');
            if (Array.FindIndex(log, line => line.Contains(mark, StringComparison.Ordinal)) is >= 0 and var end)
            {
                return log[..end].Count(line => line.Contains("Accepted publickey", StringComparison.Ordinal)) - 1;
            }

            Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromMinutes(2), string.Join('\n', log));
            await Task.Delay(100, Token);
        }
    }

    /// <summary>Everything on its disk, with times and sizes. Not asked by ssh.</summary>
    private async Task<string[]> FilesAsync() =>
        (await host.ExecuteAsync(spec!, "find / -xdev -printf '%p %y %s %m %T@ %C@\\n' 2>/dev/null | grep -v -e '^/run' -e '^/dev ' -e '^/proc ' | sort", Token)).Split('\n');

    private BoxAddress Address => new("4711", new Endpoint("127.0.0.1", sandbox!.SshPort), IsProxy: false);

    private async Task<BoxReport> WaitFor(SshBox box, Func<BoxReport, bool> isThere)
    {
        for (var begun = Stopwatch.GetTimestamp(); ;)
        {
            var outcome = await box.ReportAsync(Address, Token);
            if (outcome.IsOk && isThere(outcome.Value))
            {
                return outcome.Value;
            }

            Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromMinutes(2), outcome.IsOk ? outcome.Value.ToString() : outcome.Problem.ToString());
            await Task.Delay(200, Token);
        }
    }

    private async Task WaitForFile(SshBox box, string path)
    {
        for (var begun = Stopwatch.GetTimestamp(); (await box.ExecAsync(Address, $"test -s {path}", TimeSpan.FromMinutes(2), Token)).ShouldBeOk().ExitCode != 0;)
        {
            Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromMinutes(1), path);
        }
    }
}
