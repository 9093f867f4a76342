using System.Security.Cryptography;
using Lodger.Domain.Box;

namespace Lodger.Remote.Tests;

public sealed class LodgeDataTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31))];
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Content));

    [Theory]
    [InlineData("dash", "curl")]
    [InlineData("bash", "curl")]
    [InlineData("dash", "wget")]
    [InlineData("dash", "python3")]
    public async Task Data_is_fetched_once_and_goes_on_where_a_cut_connection_left_it(string shell, string program)
    {
        using var server = FileServer.Of(Content, cutFirstAt: 100_000);
        using var box = new ScriptBox(shell);
        box.LeaveOnly(program);
        var source = new DataSource($"{server.Url}train%20set?sig=a\"b\\c", "sets/train set.bin", Hash);
        box.Deliver(box.Payload("echo go >> launches; sleep 60") with { Data = [source] });
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launches") == "go\n", "the launch");

        (await File.ReadAllBytesAsync(Path.Combine(box.DataDir, "sets/train set.bin"), TestContext.Current.CancellationToken)).ShouldBe(Content);
        server.Requests.Count.ShouldBe(2);
        server.Requests.Last().Headers["range"].ShouldBe("bytes=100000-");

        box.KillEverything();
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launches") == "go\ngo\n", "the second launch");
        server.Requests.Count.ShouldBe(2, "what was fetched is not fetched again");
    }

    [Fact]
    public async Task A_wrong_hash_is_tried_once_more_and_then_ends_the_attempt_without_leaving_the_file()
    {
        using var server = FileServer.Of(Content, cutFirstAt: int.MaxValue);
        using var box = new ScriptBox();
        var wanted = new string('0', 64);
        box.Deliver(box.Payload("echo ran > ran") with { Data = [new DataSource($"{server.Url}x", "x.bin", wanted)] });
        box.Boot();
        await box.WaitFor(BoxPhase.Refused);
        box.Report().Failure.ShouldBe($"data: x.bin: its SHA-256 is {Hash}, not {wanted}.");
        server.Requests.Count.ShouldBe(2);
        File.Exists(Path.Combine(box.DataDir, "x.bin")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("curl")]
    [InlineData("wget")]
    [InlineData("python3")]
    public async Task A_file_that_the_server_does_not_have_is_not_asked_for_again_and_again(string program)
    {
        using var server = new FileServer(_ => ("404 Not Found", [], 0));
        using var box = new ScriptBox();
        box.LeaveOnly(program);
        box.Deliver(box.Payload("echo ran > ran") with { Data = [new DataSource($"{server.Url}x", "x.bin", null)] });
        box.Boot();
        await box.WaitFor(BoxPhase.Refused);
        box.Report().Failure.ShouldBe("data: x.bin: the server refuses it.");
        server.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_always_fails_is_given_up_after_six_tries()
    {
        using var server = new FileServer(_ => ("503 Service Unavailable", [], 0));
        using var box = new ScriptBox();
        box.Deliver(box.Payload("echo ran > ran") with { Data = [new DataSource($"{server.Url}x", "x.bin", null)] });
        box.Boot();
        await box.WaitFor(BoxPhase.Refused);
        box.Report().Failure.ShouldBe("data: x.bin: the connection failed 6 times.");
        server.Requests.Count.ShouldBe(6);
    }

    [Fact]
    public async Task A_partial_file_that_is_whole_already_needs_no_server_when_its_hash_is_known()
    {
        using var server = new FileServer(_ => ("500 Internal Server Error", [], 0));
        using var box = new ScriptBox();
        box.Deliver(box.Payload("true") with { Data = [new DataSource($"{server.Url}x", "x.bin", Hash)] });
        Directory.CreateDirectory($"{box.Layout.Root}/fetch");
        await File.WriteAllBytesAsync($"{box.Layout.Root}/fetch/1", Content, TestContext.Current.CancellationToken);
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        server.Requests.ShouldBeEmpty();
    }
}
