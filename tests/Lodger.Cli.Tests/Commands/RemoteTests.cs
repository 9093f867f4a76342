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

    [Fact]
    public async Task A_job_is_handed_over_with_its_code_and_no_path_of_this_machine_and_its_results_come_here()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.AfterSubmit = Samples.Closed;
        server.Bundle = [("out/metrics.json", "{\"top1\": 76.4}"), ("out/empty", ""), ("out/log.txt", "step 1\n")];
        stage.Write("code/train.py", "print(1)\n");
        stage.Write("job.yaml", "name: resnet\nimage: python:3.12\ngpu: RTX 4090\ndisk: 20GB\ncode: code\nrun: python train.py\nresults: [out]\n");
        Remote(server);

        (await stage.RunAsync("run", "job.yaml", "--yes", "--account", "lab", "--project", "vision")).ShouldBe(ExitCode.Ok);

        server.CodeFiles.ShouldBe(["train.py"]);
        server.CodeProject.ShouldBe("vision");
        (server.Submitted!.Code, server.Submitted.Spec.CodeDirectory, server.Submitted.ResultsDirectory).ShouldBe(("c0de", null, ""));
        server.Planned!.Spec.CodeDirectory.ShouldBeNull();
        stage.OutInOneLine.ShouldContain("its hash is the same there");
        stage.OutInOneLine.ShouldContain("on the server");
        var here = Path.Combine(stage.Directory, "results", "resnet");
        File.ReadAllText(Path.Combine(here, "out", "metrics.json")).ShouldBe("{\"top1\": 76.4}");
        File.Exists(Path.Combine(here, ".lodger", "receipt.json")).ShouldBeTrue();
        stage.OutInOneLine.ShouldContain("every hash is what the receipt says");
    }

    [Fact]
    public async Task Code_that_is_other_code_at_the_server_is_not_run()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.CodeHash = new string('0', 64);
        stage.Write("code/train.py", "print(1)\n");
        stage.Write("job.yaml", "name: resnet\nimage: python:3.12\ngpu: RTX 4090\ndisk: 20GB\ncode: code\nrun: python train.py\nresults: [out]\n");
        Remote(server);
        (await stage.RunAsync("run", "job.yaml", "--yes", "--account", "lab")).ShouldBe(ExitCode.ServerUnreachable);
        stage.Error.Replace("\n", " ", StringComparison.Ordinal).ShouldContain("its hash differs");
        server.Submitted.ShouldBeNull();
    }

    [Fact]
    public async Task Who_comes_with_code_while_others_hand_over_theirs_waits_its_turn_and_is_told_once()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.AfterSubmit = Samples.Closed;
        server.Bundle = [("out/metrics.json", "{}")];
        for (var i = 0; i < 2; i++)
            server.CodeProblems.Enqueue(new Problem("code-busy", "The server takes in other code just now.", "Try again.", ExitCode.Unknown, MayRetry: true));
        stage.Write("code/train.py", "print(1)\n");
        stage.Write("job.yaml", "name: resnet\nimage: python:3.12\ngpu: RTX 4090\ndisk: 20GB\ncode: code\nrun: python train.py\nresults: [out]\n");
        Remote(server);

        (await stage.RunAsync("run", "job.yaml", "--yes", "--account", "lab")).ShouldBe(ExitCode.Ok);

        server.CodeFiles.ShouldBe(["train.py"]);
        stage.Error.Split("Waiting for its turn, 10 min at most.").Length.ShouldBe(2, stage.Error);
    }

    [Fact]
    public async Task Results_that_were_cut_off_go_on_and_what_differs_from_its_receipt_is_not_kept()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed);
        server.Bundle = [("a.bin", new string('a', 300_000)), ("b.bin", new string('b', 300_000))];
        server.CutAfter = 100_000;
        Remote(server);
        (await stage.RunAsync("pull", Samples.Closed.Name, "--into", "got", "--json")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("\"fetched\":2");
        File.ReadAllText(Path.Combine(stage.Directory, "got", "b.bin")).ShouldBe(new string('b', 300_000));

        // Again: nothing is fetched twice. Then one is lost here, and damaged there.
        (await stage.RunAsync("pull", Samples.Closed.Name, "--into", "got")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("all here already");
        File.Delete(Path.Combine(stage.Directory, "got", "a.bin"));
        server.Damage = true;
        (await stage.RunAsync("pull", Samples.Closed.Name, "--into", "got")).ShouldBe(ExitCode.NotVerified);
        stage.Error.Replace("\n", " ", StringComparison.Ordinal).ShouldContain("its hash differs");
        File.Exists(Path.Combine(stage.Directory, "got", "a.bin")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("/tmp/out")]
    [InlineData("a/../../out")]
    [InlineData(".lodger/receipt.json")]
    [InlineData(".LODGER/x")]
    public async Task A_server_that_names_a_path_outside_is_not_believed(string name)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed);
        server.Bundle = [(name, "x")];
        Remote(server);
        (await stage.RunAsync("pull", Samples.Closed.Name)).ShouldBe(ExitCode.NotVerified);
        Directory.Exists(Path.Combine(stage.Directory, "results")).ShouldBeFalse();
    }

    [Fact]
    public async Task Good_results_are_not_replaced_by_what_the_receipt_does_not_vouch_for()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed);
        server.Bundle = [("a.txt", "good\n"), ("b.txt", "good too\n")];
        Remote(server);
        (await stage.RunAsync("pull", Samples.Closed.Name, "--into", "got")).ShouldBe(ExitCode.Ok);
        server.Vouched = server.Bundle;
        foreach (var listed in (IReadOnlyList<(string, string)>[])[[("a.txt", "evil\n"), ("b.txt", "good too\n")], [("a.txt", "good\n")], [.. server.Vouched, ("c.txt", "more\n")]])
        {
            server.Bundle = listed;
            foreach (var into in (string[])["got", "other"])
            {
                (await stage.RunAsync("pull", Samples.Closed.Name, "--into", into)).ShouldBe(ExitCode.NotVerified);
                stage.Error.Replace("\n", " ", StringComparison.Ordinal).ShouldContain("other results than its receipt vouches for");
            }
        }

        File.ReadAllText(Path.Combine(stage.Directory, "got", "a.txt")).ShouldBe("good\n");
        File.Exists(Path.Combine(stage.Directory, "got", "c.txt")).ShouldBeFalse();
        Directory.Exists(Path.Combine(stage.Directory, "other")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_sends_more_than_was_asked_for_or_names_sizes_that_nothing_has_is_not_believed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed);
        server.Bundle = [("a.txt", "a\n"), ("b.txt", "b\n")];
        Remote(server);
        server.Surplus = 10;
        (await stage.RunAsync("pull", Samples.Closed.Name)).ShouldBe(ExitCode.NotVerified);
        stage.Error.Replace("\n", " ", StringComparison.Ordinal).ShouldContain("more than it was asked for");
        server.Surplus = 0;
        foreach (var bytes in (long[])[long.MaxValue / 2, long.MaxValue, -1])
        {
            server.ListedBytes = bytes;
            (await stage.RunAsync("pull", Samples.Closed.Name)).ShouldBe(ExitCode.NotVerified, $"{bytes}");
        }

        Directory.Exists(Path.Combine(stage.Directory, "results")).ShouldBeFalse();
    }

    [Fact]
    public async Task Nothing_is_written_through_a_link_and_what_was_there_before_stays()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed);
        server.Bundle = [("out/a", "x")];
        stage.Write("got/mine", "mine");
        Remote(server);
        (await stage.RunAsync("pull", Samples.Closed.Name, "--into", "got")).ShouldBe(ExitCode.Ok);
        File.Exists(Path.Combine(stage.Directory, "got", "out", "a")).ShouldBeFalse();
        var beside = Directory.GetDirectories(stage.Directory).Where(d => Path.GetFileName(d).StartsWith("got.", StringComparison.Ordinal)).ShouldHaveSingleItem();
        Directory.Delete(Path.Combine(beside, "out"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(beside, "out"), Path.Combine(stage.Directory, "got"));
        (await stage.RunAsync("pull", Samples.Closed.Name, "--into", beside)).ShouldBe(ExitCode.BadInput);
        File.Exists(Path.Combine(stage.Directory, "got", "a")).ShouldBeFalse();
    }

    private void Remote(FakeServer server)
    {
        stage.Environment["LODGER_SERVER"] = server.Address.ToString();
        stage.Environment["LODGER_TOKEN_FILE"] = stage.Write("token", Token);
        File.SetUnixFileMode(Path.Combine(stage.Directory, "token"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
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
