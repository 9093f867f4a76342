using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Tests;

public sealed class SshBoxTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task A_job_goes_to_the_machine_runs_and_its_results_come_home(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        var code = Path.Combine(box.Root, "code");
        Directory.CreateDirectory(Path.Combine(code, "sub dir"));
        await File.WriteAllTextAsync(Path.Combine(code, "train.sh"), "mkdir -p results/deep; echo 42 > results/answer; cp 'sub dir/weights' 'results/deep/-rf *'; echo trained\n", Token);
        await File.WriteAllTextAsync(Path.Combine(code, "sub dir", "weights"), "weights", Token);
        box.Boot();

        (await server.Box.ReachAsync(server.Address, Token)).ShouldBeOk();
        (await server.Box.ProveRoundTripAsync(server.Address, Token)).ShouldBeOk().Bytes.ShouldBe(65536);
        (await server.Box.ReportAsync(server.Address, Token)).ShouldBeOk().Phase.ShouldBe(BoxPhase.WaitingForPayload);

        var payload = box.Payload("sh train.sh") with { CodeDirectory = code };
        var sent = (await server.Box.SendAsync(server.Address, payload, null, Token)).ShouldBeOk();
        sent.Files.ShouldBe(2);
        await box.WaitFor(BoxPhase.Ended);
        (await server.Box.ReportAsync(server.Address, Token)).ShouldBeOk().ExitCode.ShouldBe(0);
        Encoding.UTF8.GetString((await server.Box.ReadLogAsync(server.Address, 2, 100, Token)).ShouldBeOk()).ShouldBe("ained\n");

        var manifest = (await server.Box.MakeManifestAsync(server.Address, Token)).ShouldBeOk();
        manifest.ShouldStartWith("lodger-manifest 1 ");
        manifest.ShouldEndWith("end 2 10\n");
        manifest.ShouldContain(" 7 results/deep/-rf%20*\n");

        var home = Path.Combine(box.Root, "home");
        var pulled = (await server.Box.PullAsync(server.Address, [new("results/answer", 3), new("results/deep/-rf *", 7)], home, null, Token)).ShouldBeOk();
        pulled.ShouldSatisfyAllConditions(() => pulled.Files.ShouldBe(2), () => pulled.Bytes.ShouldBe(10));
        (await File.ReadAllTextAsync(Path.Combine(home, "results/deep/-rf *"), Token)).ShouldBe("weights");
        Directory.EnumerateFileSystemEntries(home, "*", SearchOption.AllDirectories).Count().ShouldBe(4);
    }

    [Fact]
    public async Task A_payload_that_was_delivered_is_not_sent_again_and_another_attempts_is_refused()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        var payload = box.Payload("echo go >> launches; sleep 60");
        (await server.Box.SendAsync(server.Address, payload, null, Token)).ShouldBeOk();
        var script = new FileInfo(Path.Combine(box.Layout.PayloadDirectory, "run"));
        var written = script.LastWriteTimeUtc;
        (await server.Box.SendAsync(server.Address, payload with { Run = "something else" }, null, Token)).ShouldBeOk();
        script.Refresh();
        script.LastWriteTimeUtc.ShouldBe(written);
        (await File.ReadAllTextAsync(script.FullName, Token)).ShouldBe(payload.Run + "\n");

        (await server.Box.SendAsync(server.Address, payload with { Attempt = 2 }, null, Token)).ShouldFail("box-holds-other-attempt");
    }

    [Fact]
    public async Task A_damaged_local_copy_of_the_same_size_and_time_is_repaired_by_the_next_pull()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        var there = Path.Combine(box.Workdir, "weights");
        await File.WriteAllTextAsync(there, "good weights", Token);
        var home = Path.Combine(box.Root, "home");
        (await server.Box.PullAsync(server.Address, [new("weights", 12)], home, null, Token)).ShouldBeOk();
        var here = Path.Combine(home, "weights");
        File.GetLastWriteTimeUtc(here).ShouldBe(File.GetLastWriteTimeUtc(there), TimeSpan.FromSeconds(1));
        var time = File.GetLastWriteTimeUtc(here);
        await File.WriteAllTextAsync(here, "bad! weights", Token);
        File.SetLastWriteTimeUtc(here, time);

        (await server.Box.PullAsync(server.Address, [new("weights", 12)], home, null, Token)).ShouldBeOk();
        (await File.ReadAllTextAsync(here, Token)).ShouldBe("good weights");
    }

    [Fact]
    public async Task Links_of_the_machine_are_neither_followed_nor_made_here_and_nothing_is_written_through_ours()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        var secret = Path.Combine(box.Root, "secret");
        await File.WriteAllTextAsync(secret, "secret", Token);
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "link"), secret);
        var home = Path.Combine(box.Root, "home");
        (await server.Box.PullAsync(server.Address, [new("link", 6)], home, null, Token)).IsOk.ShouldBeTrue();
        File.Exists(Path.Combine(home, "link")).ShouldBeFalse();

        var elsewhere = Directory.CreateDirectory(Path.Combine(box.Root, "elsewhere"));
        Directory.CreateSymbolicLink(Path.Combine(home, "results"), elsewhere.FullName);
        Directory.CreateDirectory(Path.Combine(box.Workdir, "results"));
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "results", "x"), "x", Token);
        (await server.Box.PullAsync(server.Address, [new("results/x", 1)], home, null, Token)).ShouldFail("pull-through-link");
        elsewhere.EnumerateFileSystemInfos().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../x")]
    [InlineData(".lodger/receipt.json")]
    [InlineData(".Lodger/run.log")]
    [InlineData("")]
    public async Task A_path_that_leaves_its_directory_is_refused_before_anything_is_asked(string path)
    {
        using var box = new ScriptBox();
        var remote = new SshBox(Unreachable(box), box.Profile, TimeProvider.System);
        (await remote.PullAsync(new BoxAddress("1", new Endpoint("127.0.0.1", 1), false), [new(path, 1)], box.Root, null, Token)).ShouldFail("path-hostile");
    }

    [Fact]
    public async Task Files_whose_names_look_like_comments_or_options_come_home_too()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        string[] names = ["#notes", ";x", "-rf", "d/#deep", "a b$(id)`id`;id", "..almost", "'quo\"ted\\"];
        Directory.CreateDirectory(Path.Combine(box.Workdir, "d"));
        foreach (var name in names)
        {
            await File.WriteAllTextAsync(Path.Combine(box.Workdir, name), "1", Token);
        }

        var home = Path.Combine(box.Root, "home");
        (await server.Box.PullAsync(server.Address, [.. names.Select(name => new WantedFile(name, 1))], home, null, Token)).ShouldBeOk().Bytes.ShouldBe(names.Length);
        Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(home, f)).ShouldBe(names, ignoreOrder: true);
    }

    [Fact]
    public async Task A_machine_that_sends_far_more_than_its_manifest_says_is_cut_off()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        for (var i = 0; i < 4; i++)
        {
            await using var file = File.Create(Path.Combine(box.Workdir, $"big{i}"));
            file.SetLength(12 << 20);
        }

        var outcome = await server.Box.PullAsync(server.Address, [new("big0", 25), new("big1", 25), new("big2", 25), new("big3", 25)], Path.Combine(box.Root, "home"), null, Token);
        outcome.ShouldFail("box-sends-too-much").ExitCode.ShouldBe(ExitCode.NotVerified);
    }

    [Fact]
    public async Task The_host_key_is_pinned_at_first_contact_under_the_rentals_name_whatever_its_port()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.ReachAsync(server.Address, Token)).ShouldBeOk();
        server.Stop();
        server.Start();
        (await server.Box.ReachAsync(server.Address, Token)).ShouldBeOk();

        server.Stop();
        server.NewHostKey();
        server.Start();
        var problem = (await server.Box.ReachAsync(server.Address, Token)).ShouldFail("host-key-changed");
        problem.MayRetry.ShouldBeFalse();
        (await server.Box.ReachAsync(server.Address with { RentalId = "4712" }, Token)).ShouldBeOk();
        server.Box.Forget("4711");
        server.Box.Forget("4711");
        (await server.Box.ReachAsync(server.Address, Token)).ShouldBeOk();
    }

    [Fact]
    public async Task A_refused_key_and_a_dead_port_are_told_apart()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        server.Authorize(false);
        (await server.Box.ReachAsync(server.Address, Token)).ShouldFail("ssh-key-refused").MayRetry.ShouldBeTrue();
        server.Authorize(true);
        server.Stop();
        var problem = (await server.Box.ReachAsync(server.Address, Token)).ShouldFail("box-unreachable");
        problem.ExitCode.ShouldBe(ExitCode.Unknown);
        problem.MayRetry.ShouldBeTrue();
        (await server.Box.ReachAsync(server.Address with { Endpoint = new Endpoint("-oProxyCommand=touch /tmp/x", 22) }, Token)).ShouldFail("box-address-invalid");
    }

    [Fact]
    public async Task Commands_give_their_status_and_their_output_without_escapes()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        var result = (await server.Box.ExecAsync(server.Address, "printf 'a\\033[31mred\\033[0m\\033]0;title\\007b\\n'; echo err >&2; exit 7", TimeSpan.FromMinutes(2), Token)).ShouldBeOk();
        result.ShouldBe(new ExecResult(7, "aredb\n", "err\n", false));
        (await server.Box.ExecAsync(server.Address, "sleep 30", TimeSpan.FromSeconds(1), Token)).ShouldFail("box-timeout");
    }

    [Fact]
    public async Task A_machine_without_a_report_is_unknown_and_never_waiting()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.ReportAsync(server.Address, Token)).ShouldFail("box-report-unreadable").ExitCode.ShouldBe(ExitCode.Unknown);
    }

    private static Ssh.SshOptions Unreachable(ScriptBox box) => new() { IdentityFile = "/none", KnownHostsDirectory = Path.Combine(box.Root, "hosts") };
}
