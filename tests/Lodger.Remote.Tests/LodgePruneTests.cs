using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;

namespace Lodger.Remote.Tests;

/// <summary>What is removed from a disk that is nearly full, and what never is. The disk's free space is that of a <c>df</c> of ours: each file takes 10 KB of 100.</summary>
public sealed class LodgePruneTests : IDisposable
{
    private readonly ScriptBox box = new();
    private readonly SshServer server;

    public LodgePruneTests() => server = new SshServer(box);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string HuggingFace => Path.Combine(box.Root, "hf");

    public void Dispose()
    {
        server.Dispose();
        box.Dispose();
    }

    [Fact]
    public async Task Copied_checkpoints_go_in_their_order_until_there_is_room()
    {
        await BeginAsync();
        string[] names = ["ckpt/periodic-1.pth", "ckpt/periodic-2.pth", "ckpt/periodic 3 $(touch x).pth", "ckpt/periodic-4.pth", "ckpt/best.pth"];
        foreach (var name in names)
            Write(name, name);

        var pruned = await PruneAsync(70, names[1], "ckpt/periodic-3.pth", names[0], names[3]);

        pruned.Checkpoints.ShouldBe([names[1], names[0]]);
        pruned.Bytes.ShouldBe(names[0].Length + names[1].Length);
        Left().ShouldBe([names[4], names[2], names[3]], ignoreOrder: true);
        (await PruneAsync(70, names[3])).Checkpoints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_goes_that_is_no_scratch_has_changed_since_or_is_a_link()
    {
        await BeginAsync();
        Write("ckpt/best.pth", "b");
        Write("ckpt/periodic-1.pth", "grown since");
        Write("out/kept", "kept");
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "ckpt", "periodic-2.pth"), Path.Combine(box.Workdir, "out", "kept"));

        var pruned = await server.Box.PruneAsync(
            server.Address, 1_000_000_000, [new("ckpt/best.pth", Hash("b")), new("ckpt/periodic-1.pth", Hash("as copied")), new("ckpt/periodic-2.pth", Hash("kept")), new("../periodic-3.pth", Hash(""))], Token);

        pruned.ShouldBeOk().ShouldSatisfyAllConditions(p => p.Checkpoints.ShouldBeEmpty(), p => p.Others.ShouldBe(0), p => p.Bytes.ShouldBe(0));
        Left().Count.ShouldBe(4);
    }

    [Fact]
    public async Task Unfinished_files_that_nobody_writes_any_more_go_first_and_the_cache_last()
    {
        await BeginAsync();
        var old = DateTime.UtcNow.AddHours(-1);
        Write("ckpt/left.pth.tmp", "12345", old);
        Write("ckpt/written-now.pth.tmp", "1");
        Write("ckpt/held.pth.tmp", "1", old);
        Write("ckpt/periodic-1.pth", "1");
        var blob = Path.Combine(HuggingFace, "hub", "models--a--b", "blobs", "abc");
        var used = Path.Combine(HuggingFace, "hub", "models--a--b", "blobs", "used");
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        await File.WriteAllTextAsync(blob, "weights", Token);
        await File.WriteAllTextAsync(used, "weights", Token);
        await using var held = File.OpenRead(Path.Combine(box.Workdir, "ckpt", "held.pth.tmp"));
        await using var mapped = File.OpenRead(used);

        (await PruneAsync(70, "ckpt/periodic-1.pth")).ShouldSatisfyAllConditions(p => p.Checkpoints.ShouldBeEmpty(), p => p.Others.ShouldBe(1), p => p.Bytes.ShouldBe(5));
        File.Exists(blob).ShouldBeTrue();
        (await PruneAsync(100, "ckpt/periodic-1.pth")).ShouldSatisfyAllConditions(p => p.Checkpoints.ShouldBe(["ckpt/periodic-1.pth"]), p => p.Others.ShouldBe(1));
        Left().ShouldBe(["ckpt/written-now.pth.tmp", "ckpt/held.pth.tmp"], ignoreOrder: true);
        File.Exists(blob).ShouldBeFalse();
        File.Exists(used).ShouldBeTrue();
    }

    [Fact]
    public void A_machine_that_claims_to_have_removed_what_it_was_not_told_is_not_believed()
    {
        var pruned = BoxFilesText.Pruned("motd\nlodger-pruned 1\ncheckpoint 5 a\ncheckpoint 5 a\ncheckpoint 7 other\nunfinished 3 x.tmp\ncheckpoint -1 b\nend\n", [new("a", ""), new("b", "")]).ShouldBeOk();
        pruned.Checkpoints.ShouldBe(["a"]);
        (pruned.Others, pruned.Bytes).ShouldBe((1, 8));
        BoxFilesText.Pruned("lodger-pruned 1\ncheckpoint 5 a\n", [new("a", "")]).ShouldFail("box-list-unreadable");
    }

    private async Task BeginAsync()
    {
        (await server.Box.SendAsync(server.Address, box.Payload("true") with { Checkpoints = ["ckpt/*"], Scratch = ["periodic-*.pth", "*.tmp", "~/.cache/huggingface/hub/blobs"] }, null, Token)).ShouldBeOk();
        await File.WriteAllTextAsync(Path.Combine(box.Layout.Root, "payload", "hf_home"), HuggingFace, Token);
        box.Tool("df", $"echo header; echo \"disk 100 0 $((100 - 10 * $(find '{box.Workdir}/ckpt' -type f | wc -l))) /\"");
    }

    private async Task<Pruned> PruneAsync(int kilobytes, params string[] names) =>
        (await server.Box.PruneAsync(server.Address, kilobytes * 1024, [.. names.Select(name => new CopiedFile(name, Hash(Text(name))))], Token)).ShouldBeOk();

    private string Text(string name) => File.Exists(Path.Combine(box.Workdir, name)) ? File.ReadAllText(Path.Combine(box.Workdir, name)) : "";

    private List<string> Left() => [.. Directory.EnumerateFiles(box.Workdir, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(box.Workdir, f)).Where(f => !f.StartsWith(".lodger", StringComparison.Ordinal))];

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private void Write(string path, string text, DateTime? time = null)
    {
        var file = Path.Combine(box.Workdir, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        if (time is { } at)
            File.SetLastWriteTimeUtc(file, at);
    }
}
