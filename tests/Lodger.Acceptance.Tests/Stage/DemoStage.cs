using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Tests.Shared;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>The built command's demo as a process of its own, with its own home and temporary directory, by whose path everything that belongs to it is known.</summary>
internal sealed class DemoStage : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan GoneLimit = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly string[] arguments;
    private readonly List<string> lines = [];
    private readonly CancellationTokenSource limit = new(Limit);
    private readonly Task<string> errors;

    private DemoStage(string root, Process process, string[] arguments)
    {
        Root = root;
        this.arguments = arguments;
        this.process = process;
        errors = process.StandardError.ReadToEndAsync(limit.Token);
    }

    /// <summary>Holds <c>tmp</c>, <c>home</c> and, where the demo is started, <c>work</c>.</summary>
    public string Root { get; }

    public string Text => string.Join('\n', lines);

    private string Temporary => Path.Combine(Root, "tmp");

    public static DemoStage Start(params string[] arguments) => StartCommand(["demo", "--yes", .. arguments]);

    /// <summary>Any command that raises a marketplace and a server of its own.</summary>
    public static DemoStage StartCommand(params string[] arguments)
    {
        var root = Directory.CreateTempSubdirectory("ldg-").FullName;
        // A shell that runs its tests in the background ignores Ctrl-C, and so would all that it starts; env becomes the program, under the same process id.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "lodger.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Directory.CreateDirectory(Path.Combine(root, "work")).FullName,
        };
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(root, "tmp")).FullName;
        start.Environment["HOME"] = Directory.CreateDirectory(Path.Combine(root, "home")).FullName;
        // As ./lodger does: the runtime's own debugging sockets survive a kill.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        foreach (var name in (string[])["LODGER_STATE_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "VAST_URL", "VAST_API_KEY"])
            start.Environment.Remove(name);
        var started = Process.Start(start)!;
        started.StandardInput.Close();
        return new DemoStage(root, started, arguments);
    }

    /// <summary>Reads on until a line holds this; fails with what was said instead.</summary>
    public async Task UntilSaysAsync(string part)
    {
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            lines.Add(line);
            if (line.Contains(part, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"The demo never said '{part}':\n{Text}\n{await errors}");
    }

    /// <summary>Kills the demo's marketplace and waits for the one that the demo's server puts in its place.</summary>
    public async Task KillMarketUntilAnotherRunsAsync()
    {
        var killed = MarketPid().ShouldNotBeNull();
        using (var market = Process.GetProcessById(killed))
        {
            market.Kill();
            await market.WaitForExitAsync(limit.Token);
        }

        while (MarketPid() is not { } another || another == killed)
            await Task.Delay(50, limit.Token);
    }

    private int? MarketPid()
    {
        var text = Directory.EnumerateFiles(Temporary, "market.json", SearchOption.AllDirectories).Select(Read).FirstOrDefault(t => t.Length > 0);
        return text is null ? null : JsonNode.Parse(text)!["pid"]!.GetValue<int>();
    }

    /// <param name="signal">As kill(1) names it: <c>TERM</c>.</param>
    public async Task SendAsync(string signal)
    {
        // The shell's own kill: the program is not everywhere.
        using var kill = Process.Start("sh", ["-c", "kill -s \"$1\" \"$2\"", "kill", signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(limit.Token);
        kill.ExitCode.ShouldBe(0);
    }

    public async Task<int> EndAsync()
    {
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            lines.Add(line);
        await process.WaitForExitAsync(limit.Token);
        await PublishedJson.ShouldHoldAsync(arguments, Text, process.ExitCode != 0);
        lines.Add(await errors);
        return process.ExitCode;
    }

    /// <summary>No process, no disk and no file of the demo is left, at once or within the bound.</summary>
    public async Task ShouldLeaveNothingAsync(bool atOnce)
    {
        var end = DateTimeOffset.UtcNow + (atOnce ? TimeSpan.Zero : GoneLimit);
        List<string> left;
        while ((left = Leftovers()).Count > 0 && DateTimeOffset.UtcNow < end)
            await Task.Delay(100);
        left.ShouldBeEmpty(Text);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync().WaitAsync(GoneLimit);
        process.Dispose();
        limit.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private List<string> Leftovers() => [.. Directory.EnumerateFileSystemEntries(Temporary).Select(path => $"file {path}"), .. Left.Of(Root)];

    private static string Read(string path) => Left.Read(path).Replace('\0', ' ');
}
