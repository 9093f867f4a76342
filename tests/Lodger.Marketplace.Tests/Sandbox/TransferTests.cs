namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class TransferTests
{
    [Fact]
    public async Task Rsync_works_both_ways()
    {
        await using var instance = await TestInstance.RunningAsync();
        var (source, back) = await MakeTreeAsync(instance);

        (await Tool.RunAsync("rsync", ["-a", "--partial", "-e", instance.RemoteShell, source + "/", "root@127.0.0.1:/workspace/in/"])).Must();
        (await instance.SshAsync("sha256sum < /workspace/in/deep/random; ls -ld /workspace/in/link")).Must();
        (await Tool.RunAsync("rsync", ["-a", "-e", instance.RemoteShell, "root@127.0.0.1:/workspace/in/", back + "/"])).Must();

        (await Tool.RunAsync("diff", ["-r", "--no-dereference", source, back])).Must();
    }

    [Fact]
    public async Task Scp_and_sftp_work_both_ways()
    {
        await using var instance = await TestInstance.RunningAsync();
        var (source, back) = await MakeTreeAsync(instance);
        IReadOnlyList<string> options = [.. instance.SshOptions(), "-P", instance.Port];

        (await Tool.RunAsync("scp", [.. options, source + "/deep/random", "root@127.0.0.1:/workspace/by-scp"])).Must();
        (await Tool.RunAsync("scp", ["-O", .. options, source + "/deep/random", "root@127.0.0.1:/workspace/by-old-scp"])).Must();
        (await Tool.RunAsync("sftp", [.. options, "-b", "-", "root@127.0.0.1"], $"get /workspace/by-scp {back}/one\nget /workspace/by-old-scp {back}/two\n")).Must();

        (await Tool.RunAsync("cmp", [source + "/deep/random", back + "/one"])).Must();
        (await Tool.RunAsync("cmp", [source + "/deep/random", back + "/two"])).Must();
    }

    internal static async Task<(string Source, string Back)> MakeTreeAsync(TestInstance instance)
    {
        var source = Path.Combine(instance.Folder, "source");
        var back = Path.Combine(instance.Folder, "back");
        Directory.CreateDirectory(Path.Combine(source, "deep"));
        Directory.CreateDirectory(back);
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(source, "deep", "random"), bytes);
        await File.WriteAllTextAsync(Path.Combine(source, "a name with spaces"), "x");
        File.CreateSymbolicLink(Path.Combine(source, "link"), "deep/random");
        return (source, back);
    }
}
