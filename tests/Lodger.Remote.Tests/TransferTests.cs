using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

public sealed class TransferTests
{
    private const int Megabyte = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pull_whose_line_is_cut_goes_on_where_it_stopped()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        var content = RandomNumberGenerator.GetBytes(12 * Megabyte);
        await File.WriteAllBytesAsync(Path.Combine(box.Workdir, "weights"), content, Token);
        using var proxy = new CuttingProxy(server.Port, 5 * Megabyte, 4 * Megabyte);
        var progress = new Collected();
        var home = Path.Combine(box.Root, "home");
        var address = server.Address with { Endpoint = new Endpoint("127.0.0.1", proxy.Port) };
        (await server.Box.PullAsync(address, [new("weights", content.Length)], home, progress, Token)).ShouldBeOk().Bytes.ShouldBe(content.Length);

        (await File.ReadAllBytesAsync(Path.Combine(home, "weights"), Token)).SequenceEqual(content).ShouldBeTrue();
        proxy.Received.Count.ShouldBe(3);
        proxy.Received.Sum(bytes => bytes.Value).ShouldBeLessThan(18 * Megabyte, "what had come before a cut must not travel again, but for what was on its way: 3 MB at most");
        progress.Reports.ShouldNotBeEmpty();
        progress.Reports.Max(report => report.BytesDone).ShouldBe(content.Length);
        progress.Reports.ShouldAllBe(report => report.BytesTotal == content.Length);
        Directory.EnumerateFileSystemEntries(home).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_line_that_is_always_cut_is_given_up_after_bounded_tries()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await WithTries(box, server, 1).SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        await File.WriteAllBytesAsync(Path.Combine(box.Workdir, "weights"), RandomNumberGenerator.GetBytes(4 * Megabyte), Token);
        using var proxy = new CuttingProxy(server.Port, [.. Enumerable.Repeat(100_000L, 20)]);
        var address = server.Address with { Endpoint = new Endpoint("127.0.0.1", proxy.Port) };
        var problem = (await WithTries(box, server, 2).PullAsync(address, [new("weights", 4 * Megabyte)], Path.Combine(box.Root, "home"), null, Token)).Problem.ShouldNotBeNull();
        problem.MayRetry.ShouldBeTrue(problem.ToString());
        problem.ExitCode.ShouldBe(Domain.Problems.ExitCode.Unknown);
        proxy.Received.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("somewhere\n")]
    public async Task A_machine_that_does_not_know_the_jobs_directory_sends_nothing_from_another(string? workdir)
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await WithTries(box, server, 1).SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        var note = Path.Combine(box.Layout.PayloadDirectory, "workdir");
        File.Delete(note);
        if (workdir is not null)
            await File.WriteAllTextAsync(note, workdir, Token);
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "weights"), "w", Token);
        var home = Path.Combine(box.Root, "home");

        var problem = (await WithTries(box, server, 1).PullAsync(server.Address, [new("weights", 1)], home, null, Token)).Problem.ShouldNotBeNull();

        problem.Message.ShouldContain("does not say where the job's directory is");
        Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void Progress_is_read_from_what_rsync_rewrites_in_whatever_pieces_it_comes()
    {
        var collected = new Collected();
        var reader = new RsyncProgress(4000, collected);
        foreach (var piece in new[] { "\r          1,0", "24  25%    1.00kB/s    0:00:00  \r", "noise\n", "           4000 100%   2.50MB/s    0:00:01 (xfr#1, to-chk=0/1)\n" })
        {
            reader.Read(Encoding.ASCII.GetBytes(piece));
        }

        collected.Reports.ShouldBe([new TransferProgress(1024, 4000, 1024), new TransferProgress(4000, 4000, 2.5 * (1 << 20))]);
        reader.BytesDone.ShouldBe(4000);
    }

    private static SshBox WithTries(ScriptBox box, SshServer server, int tries) => new(server.Options with { TransferTries = tries }, box.Profile, TimeProvider.System);

    private sealed class Collected : IProgress<TransferProgress>
    {
        public List<TransferProgress> Reports { get; } = [];

        public void Report(TransferProgress value) => Reports.Add(value);
    }
}
