using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests.Sandbox;

/// <summary>A small process that owns one sandbox, so that it can be killed: this test program itself, told so by its environment.</summary>
internal sealed class OwnerProcess : IDisposable
{
    private const string Variable = "LODGER_TEST_SANDBOX_OWNER";
    private readonly Process _process;

    private OwnerProcess(Process process) => _process = process;

    /// <summary>The program that runs .NET assemblies; an apphost that runs the tests is not it.</summary>
    public static string Dotnet =>
        Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>First process of its sandbox.</summary>
    public ProcessIdentity First { get; private set; } = new(0, 0);

    public int SshPort { get; private set; }

    /// <summary>Starts the owner and waits until its sandbox runs.</summary>
    public static async Task<OwnerProcess> StartAsync(SandboxSpec spec, string? assembly = null, params string[] prefix)
    {
        var owner = Begin(spec, assembly, prefix);
        await owner.StartedAsync();
        owner.SshPort = int.Parse(await owner.LineAsync(), CultureInfo.InvariantCulture);
        owner.First = ProcessIdentity.FromRecord(await File.ReadAllTextAsync(Path.Combine(spec.DiskDirectory, "running")))!;
        return owner;
    }

    /// <summary>Starts the owner.</summary>
    /// <param name="spec">What its sandbox is to be.</param>
    /// <param name="assembly">Where this test program lies, if not where it runs.</param>
    /// <param name="prefix">Program and arguments before its own command line, for example to become another user.</param>
    public static OwnerProcess Begin(SandboxSpec spec, string? assembly = null, params string[] prefix)
    {
        string[] command = [.. prefix, Dotnet, assembly ?? typeof(OwnerProcess).Assembly.Location];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = JsonSerializer.Serialize(spec);
        // It is going to be killed, and would leave its diagnostics sockets behind.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return new OwnerProcess(Process.Start(start)!);
    }

    /// <summary>Waits until the owner is about to start its sandbox.</summary>
    public async Task StartedAsync() => (await LineAsync()).ShouldBe("starting");

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit(TimeSpan.FromMinutes(2)).ShouldBeTrue();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private async Task<string> LineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2)) ?? throw new InvalidOperationException("The owner ended.");

    /// <summary>Becomes the owner instead of running tests, when the environment says so.</summary>
    [ModuleInitializer]
    internal static void BecomeOwner()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } given)
            return;
        var spec = JsonSerializer.Deserialize<SandboxSpec>(given)!;
        var host = new BubblewrapSandboxHost();
        if (!Directory.Exists(spec.DiskDirectory))
            host.CreateDiskAsync(spec, CancellationToken.None).GetAwaiter().GetResult();
        Console.WriteLine("starting");
        var sandbox = host.StartAsync(spec, CancellationToken.None).GetAwaiter().GetResult();
        Console.WriteLine(sandbox.SshPort.ToString(CultureInfo.InvariantCulture));
        // Whoever started us closes our stdin or kills us.
        Console.ReadLine();
        sandbox.KillAsync().GetAwaiter().GetResult();
        host.DeleteDiskAsync(spec, CancellationToken.None).GetAwaiter().GetResult();
        Environment.Exit(0);
    }
}
