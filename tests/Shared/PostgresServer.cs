using System.Collections.Concurrent;
using System.Diagnostics;

namespace Lodger.Tests.Shared;

/// <summary>A real PostgreSQL on loopback, in a directory of its own; it refuses root, so as root it runs as <c>nobody</c>.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Nobody = "65534";
    private const int LinesKept = 20;
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    private readonly string root;
    private readonly ConcurrentQueue<string> complaints = [];
    private Process? server;

    private PostgresServer(string root, int port)
    {
        this.root = root;
        Port = port;
    }

    public int Port { get; }

    private string Data => Path.Combine(root, "data");

    /// <summary>Of a database; makes it when it does not exist.</summary>
    public async Task<string> AddressAsync(string database)
    {
        await RunAsync("createdb", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "lodger", database);
        return $"postgres://lodger@127.0.0.1:{Port}/{database}";
    }

    public static async Task<PostgresServer> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("lodger-pg-").FullName;
        var stage = new PostgresServer(directory, FreePort.Next());
        if (Environment.UserName == "root")
            await RunToEndAsync(new ProcessStartInfo("chown", [$"{Nobody}:{Nobody}", directory]));
        await stage.RunAsync("initdb", "-D", stage.Data, "-U", "lodger", "-A", "trust", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C");
        await stage.StartAgainAsync();
        return stage;
    }

    public async Task StartAgainAsync()
    {
        var start = Command("postgres", "-D", Data, "-h", "127.0.0.1", "-p", $"{Port}", "-k", root, "-c", "autovacuum=off");
        server = Process.Start(start)!;
        server.OutputDataReceived += static (_, _) => { };
        server.ErrorDataReceived += (_, line) =>
        {
            complaints.Enqueue(line.Data ?? "");
            while (complaints.Count > LinesKept)
                complaints.TryDequeue(out var _);
        };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        var end = DateTimeOffset.UtcNow + StartLimit;
        while (!await IsReadyAsync())
        {
            if (server.HasExited || DateTimeOffset.UtcNow > end)
                throw new InvalidOperationException($"PostgreSQL did not start: {string.Join('\n', complaints)}");
            await Task.Delay(50);
        }
    }

    /// <summary>As a crash: connections are cut, and it recovers at its next start.</summary>
    public async Task StopAsync()
    {
        if (server is not { HasExited: false } running)
            return;
        // The postmaster takes its children with it.
        await RunAsync("pg_ctl", "stop", "-D", Data, "-m", "immediate", "-w", "-t", "60");
        await running.WaitForExitAsync().WaitAsync(StartLimit);
        running.Dispose();
        server = null;
    }

    /// <summary>Neither answers nor ends: as a machine that a network lost.</summary>
    public Task PauseAsync() => SignalAllAsync("STOP");

    public Task GoOnAsync() => SignalAllAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        if (server is { HasExited: false })
            await GoOnAsync();
        await StopAsync();
        Directory.Delete(root, recursive: true);
    }

    /// <summary>The postmaster and the processes that it made for connections.</summary>
    private async Task SignalAllAsync(string signal)
    {
        var children = File.ReadAllText($"/proc/{server!.Id}/task/{server.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await RunToEndAsync(new ProcessStartInfo("kill", [$"-{signal}", $"{server.Id}", .. children]), mayFail: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        using var process = Process.Start(Command("pg_isready", "-q", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "lodger", "-d", "postgres"))!;
        await process.WaitForExitAsync().WaitAsync(StartLimit);
        return process.ExitCode == 0;
    }

    private Task RunAsync(string program, params string[] arguments) => RunToEndAsync(Command(program, arguments));

    private static async Task RunToEndAsync(ProcessStartInfo start, bool mayFail = false)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).WaitAsync(StartLimit);
        await process.WaitForExitAsync().WaitAsync(StartLimit);
        if (process.ExitCode != 0 && !mayFail)
            throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)}: {string.Concat(said)}");
    }

    private ProcessStartInfo Command(string program, params string[] arguments)
    {
        string[] command = [Find(program), .. arguments];
        if (Environment.UserName == "root")
            command = ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", "--", .. command];
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root };
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    private static string Find(string program)
    {
        var versions = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        return versions.OrderDescending(StringComparer.Ordinal).Select(v => Path.Combine(v, "bin", program)).FirstOrDefault(File.Exists) ?? program;
    }
}
