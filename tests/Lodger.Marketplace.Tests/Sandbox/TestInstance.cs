using System.Globalization;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests.Sandbox;

/// <summary>One instance in a directory of its own, with a key to get in.</summary>
internal sealed class TestInstance : IAsyncDisposable
{
    public static readonly GpuFacts Gpu = new(7, "RTX 4090", 24564, "550.54.15", "12.4");

    private static int _ids = 1000;

    private TestInstance(string folder, SandboxSpec spec)
    {
        Folder = folder;
        Spec = spec;
    }

    public string Folder { get; }

    public SandboxSpec Spec { get; set; }

    public BubblewrapSandboxHost Host { get; } = new();

    public ISandbox? Sandbox { get; private set; }

    public string KeyFile => Path.Combine(Folder, "key");

    public string KnownHosts => Path.Combine(Folder, "known_hosts");

    /// <summary>Makes the disk; the instance does not run yet. Skips the test where the machine cannot build sandboxes at all.</summary>
    public static async Task<TestInstance> CreateAsync(
        string? onstart = null, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<GpuFacts>? gpus = null, int diskGb = 10)
    {
        var instance = await PlanAsync(onstart, environment, gpus, diskGb);
        var missing = await instance.Host.FindMissingAsync(CancellationToken.None);
        Assert.SkipWhen(missing.Count > 0, string.Join(' ', missing));
        await instance.Host.CreateDiskAsync(instance.Spec, CancellationToken.None);
        return instance;
    }

    /// <summary>A key and a spec; there is no disk yet.</summary>
    public static async Task<TestInstance> PlanAsync(
        string? onstart = null, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<GpuFacts>? gpus = null, int diskGb = 10)
    {
        var folder = Directory.CreateTempSubdirectory("lodger-box-").FullName;
        var key = Path.Combine(folder, "key");
        (await Tool.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])).Must();
        var id = Interlocked.Increment(ref _ids);
        return new TestInstance(folder, new SandboxSpec
        {
            InstanceId = id,
            DiskDirectory = Path.Combine(folder, id.ToString(CultureInfo.InvariantCulture)),
            DiskGb = diskGb,
            Environment = environment ?? new Dictionary<string, string>(),
            Onstart = onstart,
            AuthorizedKeys = [(await File.ReadAllTextAsync(key + ".pub")).Trim()],
            Gpus = gpus ?? [Gpu],
        });
    }

    public static async Task<TestInstance> RunningAsync(
        string? onstart = null, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<GpuFacts>? gpus = null, int diskGb = 10)
    {
        var instance = await CreateAsync(onstart, environment, gpus, diskGb);
        try
        {
            await instance.StartAsync();
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    public async Task<ISandbox> StartAsync()
    {
        Sandbox = await Host.StartAsync(Spec, CancellationToken.None);
        SshPort = Sandbox.SshPort;
        return Sandbox;
    }

    /// <summary>Runs a command over ssh, pinning the host key at first contact.</summary>
    public Task<Tool> SshAsync(string command, string input = "", params string[] options) =>
        Tool.RunAsync("ssh", [.. SshOptions(), .. options, "-p", Port, "root@127.0.0.1", command], input);

    public Task<Tool> SshWithoutCommandAsync(string input, params string[] options) =>
        Tool.RunAsync("ssh", [.. SshOptions(), .. options, "-p", Port, "root@127.0.0.1"], input);

    public int SshPort { get; set; }

    public string Port => SshPort.ToString(CultureInfo.InvariantCulture);

    public IReadOnlyList<string> SshOptions() =>
    [
        "-F", "none", "-i", KeyFile, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=120", "-o", "LogLevel=ERROR",
        // The port is another at each start; the key is not.
        "-o", $"HostKeyAlias=C.{Spec.InstanceId}", "-o", "StrictHostKeyChecking=accept-new", "-o", $"UserKnownHostsFile={KnownHosts}",
    ];

    /// <summary>The same for tools that take a remote shell as one string.</summary>
    public string RemoteShell => $"ssh {string.Join(' ', SshOptions())} -p {Port}";

    public Task<string> ExecuteAsync(string command) => Host.ExecuteAsync(Spec, command, CancellationToken.None);

    public async Task<string> LogUntilAsync(string part)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var log = await Host.ReadLogAsync(Spec, 1000, CancellationToken.None);
            if (log.Contains(part, StringComparison.Ordinal))
                return log;
            limit.IsCancellationRequested.ShouldBeFalse($"\"{part}\" is not in the log: {log}");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Host.DeleteDiskAsync(Spec, CancellationToken.None);
        Directory.Delete(Folder, recursive: true);
    }
}
