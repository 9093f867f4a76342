using System.Security.Cryptography;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

public sealed class RestoreTests
{
    private const int Megabyte = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_job_resumes_from_lies_in_its_directory_before_it_starts()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        var (code, restore) = (Make(box, "code"), Make(box, "restore"));
        await File.WriteAllTextAsync(Path.Combine(code, "train.sh"), "cat ckpt/5.pt 'ckpt/deep/a b' > seen\n", Token);
        Directory.CreateDirectory(Path.Combine(code, "ckpt"));
        await File.WriteAllTextAsync(Path.Combine(code, "ckpt", "5.pt"), "state of the code\n", Token);
        // What an ignore file leaves out of the code is what a checkpoint often is.
        await File.WriteAllTextAsync(Path.Combine(restore, ".gitignore"), "*\n", Token);
        Directory.CreateDirectory(Path.Combine(restore, "ckpt", "deep"));
        await File.WriteAllTextAsync(Path.Combine(restore, "ckpt", "5.pt"), "state of step five\n", Token);
        await File.WriteAllTextAsync(Path.Combine(restore, "ckpt", "deep", "a b"), "and more\n", Token);
        File.CreateSymbolicLink(Path.Combine(restore, "ckpt", "latest"), "/etc/passwd");
        box.Boot();
        var progress = new Collected();
        var payload = box.Payload("sh train.sh") with { CodeDirectory = code, RestoreDirectory = restore };

        var sent = (await server.Box.SendAsync(server.Address, payload, progress, Token)).ShouldBeOk();

        await box.WaitFor(BoxPhase.Ended);
        (await File.ReadAllTextAsync(Path.Combine(box.Workdir, "seen"), Token)).ShouldBe("state of step five\nand more\n");
        File.Exists(Path.Combine(box.Workdir, "ckpt", "latest")).ShouldBeFalse();
        var bytes = new[] { code, restore }.SelectMany(directory => new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories)).Where(file => file.LinkTarget is null).Sum(file => file.Length);
        (sent.Files, sent.Bytes).ShouldBe((5, bytes));
        progress.Reports.ShouldNotBeEmpty();
        progress.Reports.ShouldAllBe(report => report.BytesTotal == bytes);
        progress.Reports[^1].BytesDone.ShouldBe(bytes);
    }

    [Fact]
    public async Task A_restore_that_is_cut_leaves_no_file_under_its_name_and_no_marker_and_goes_on_when_repeated()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        var restore = Make(box, "restore");
        var content = RandomNumberGenerator.GetBytes(8 * Megabyte);
        Directory.CreateDirectory(Path.Combine(restore, "ckpt"));
        await File.WriteAllBytesAsync(Path.Combine(restore, "ckpt", "5.pt"), content, Token);
        var payload = box.Payload("true") with { RestoreDirectory = restore };
        var there = Path.Combine(box.Workdir, "ckpt", "5.pt");
        // The first connection makes the directories; the next one is cut in the middle of the file.
        using var proxy = new CuttingProxy(server.Port, long.MaxValue, 3 * Megabyte) { CutsUploads = true };
        var once = new SshBox(server.Options with { TransferTries = 1 }, box.Profile, TimeProvider.System);

        (await once.SendAsync(server.Address with { Endpoint = new Endpoint("127.0.0.1", proxy.Port) }, payload, null, Token)).IsOk.ShouldBeFalse();

        File.Exists(there).ShouldBeFalse();
        File.Exists(box.Layout.ReadyMarker).ShouldBeFalse();
        (await server.Box.SendAsync(server.Address, payload, null, Token)).ShouldBeOk();
        (await File.ReadAllBytesAsync(there, Token)).SequenceEqual(content).ShouldBeTrue();
        // The receiver of the cut connection may die late and leave its part, which is never listed as a result.
        await box.WaitUntil(() => Directory.EnumerateFiles(Path.GetDirectoryName(there)!).Count() == 1, "the end of the receiver that was cut");
        Directory.EnumerateDirectories(Path.GetDirectoryName(there)!).ShouldAllBe(directory => Path.GetFileName(directory) == RsyncRun.PartialDirectory);
        File.Exists(box.Layout.ReadyMarker).ShouldBeTrue();
    }

    [Fact]
    public async Task A_damaged_file_of_the_same_size_and_time_on_the_machine_is_replaced()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        var restore = Make(box, "restore");
        await File.WriteAllTextAsync(Path.Combine(restore, "5.pt"), "good state", Token);
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "5.pt"), "bad! state", Token);
        File.SetLastWriteTimeUtc(Path.Combine(box.Workdir, "5.pt"), File.GetLastWriteTimeUtc(Path.Combine(restore, "5.pt")));

        (await server.Box.SendAsync(server.Address, box.Payload("true") with { RestoreDirectory = restore }, null, Token)).ShouldBeOk();

        (await File.ReadAllTextAsync(Path.Combine(box.Workdir, "5.pt"), Token)).ShouldBe("good state");
    }

    [Fact]
    public async Task A_directory_that_is_missing_or_holds_Lodger_s_own_files_is_refused_before_anything_is_sent()
    {
        using var box = new ScriptBox();
        var nowhere = new SshBox(new Ssh.SshOptions { IdentityFile = "/none", KnownHostsDirectory = Path.Combine(box.Root, "hosts") }, box.Profile, TimeProvider.System);
        var address = new BoxAddress("1", new Endpoint("127.0.0.1", 1), false);
        (await nowhere.SendAsync(address, box.Payload("true") with { RestoreDirectory = Path.Combine(box.Root, "none") }, null, Token)).ShouldFail("restore-invalid");
        var restore = Make(box, "restore");
        Directory.CreateDirectory(Path.Combine(restore, ".lodger"));
        await File.WriteAllTextAsync(Path.Combine(restore, ".lodger", "ready"), "1", Token);
        (await nowhere.SendAsync(address, box.Payload("true") with { RestoreDirectory = restore }, null, Token)).ShouldFail("restore-invalid");
    }

    private static string Make(ScriptBox box, string name) => Directory.CreateDirectory(Path.Combine(box.Root, name)).FullName;

    private sealed class Collected : IProgress<TransferProgress>
    {
        public List<TransferProgress> Reports { get; } = [];

        public void Report(TransferProgress value) => Reports.Add(value);
    }
}
