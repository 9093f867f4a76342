using System.Diagnostics;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Profile;
using Lodger.Remote.Script;

namespace Lodger.Remote.Tests;

/// <summary>A directory that stands for a rented machine: the real scripts run in it, and all that they start can be killed as a preemption would.</summary>
internal sealed class ScriptBox : IDisposable
{
    public const string Rtx4090 = "NVIDIA GeForce RTX 4090, 24564, 3, 550.54.15";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly string mark = Guid.NewGuid().ToString("N");

    public ScriptBox(string shell = "dash", PlatformProfile? profile = null)
    {
        Root = Directory.CreateTempSubdirectory("lodger box ").FullName;
        DataDir = Path.Combine(Root, "workspace");
        Bin = Path.Combine(Root, "bin");
        Workdir = Path.Combine(DataDir, "job");
        foreach (var directory in new[] { DataDir, Bin, Workdir, Path.Combine(Root, "etc") })
        {
            Directory.CreateDirectory(directory);
        }

        Profile = profile ?? TestProfile.At(DataDir);
        Layout = BoxLayout.Of(Profile);
        Tool("sh", $"exec /bin/{shell} \"$@\"");
        NvidiaSmi(Rtx4090);
        Environment["PATH"] = $"{Bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        Environment["HOME"] = Root;
        Environment["LODGER_ROOT"] = Root;
        Environment["LODGER_TICK_S"] = "1";
        // By its name, so that a test may put another in its place.
        Environment["LODGER_PYTHON"] = "python3";
        Environment["LODGER_BACKOFF_S"] = "0";
        Environment["LODGER_SETTLE_S"] = "0";
        Environment["LODGER_LOOK_S"] = "120";
        Environment["LODGER_TEST_BOX"] = mark;
    }

    public string Root { get; }

    public string DataDir { get; }

    public string Bin { get; }

    public string Workdir { get; }

    public PlatformProfile Profile { get; init; }

    public BoxLayout Layout { get; }

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public Payload Payload(string run) => new()
    {
        Job = "test",
        Attempt = 1,
        Workdir = Workdir,
        Run = run,
        Results = ["results"],
        GpuCount = 1,
        GpuName = "RTX 4090",
        GpuMemoryMb = 24564,
    };

    /// <summary>A program of the image.</summary>
    public void Tool(string name, string body)
    {
        // Never open for writing in this process: a child of another test that was forked meanwhile would hold it so, and what is written to cannot be executed.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "cat >\"$1.new\" && chmod 700 \"$1.new\" && mv -f \"$1.new\" \"$1\"", "sh", Path.Combine(Bin, name)]) { UseShellExecute = false, RedirectStandardInput = true };
        using var writer = Process.Start(start)!;
        writer.StandardInput.Write($"#!/bin/dash\n{body}\n");
        writer.StandardInput.Close();
        writer.WaitForExit();
        writer.ExitCode.ShouldBe(0);
    }

    /// <summary>What the job does, as a shell command, while the image's Python hashes its files.</summary>
    public void WhileHashing(string command) => Tool("python3", $"case $* in *hexdigest*) {command} ;; esac\nexec /usr/bin/python3 \"$@\"");

    /// <summary>Makes the image one that has nothing but what Lodger's scripts need, and these programs.</summary>
    public void LeaveOnly(params string[] programs)
    {
        const string Needed = "awk base64 bash cat cp cut dash date df dirname env find getconf grep gzip head id mkdir mv nproc od paste printf pwd readlink rm sed setsid sha256sum sleep "
            + "sort stat sync tail timeout touch tr wc xargs";
        foreach (var name in Needed.Split(' ').Concat(programs))
        {
            var link = Path.Combine(Bin, name);
            var file = new[] { $"/usr/bin/{name}", $"/bin/{name}" }.FirstOrDefault(File.Exists);
            if (file is not null && !File.Exists(link))
            {
                File.CreateSymbolicLink(link, file);
            }
        }

        Environment["PATH"] = Bin;
    }

    /// <summary>Says when we spoke to the machine last, so that a test need not wait.</summary>
    public void SetContact(DateTime time)
    {
        Directory.CreateDirectory(Layout.StateDirectory);
        var contact = Path.Combine(Layout.StateDirectory, "contact");
        File.WriteAllText(contact, "");
        File.SetLastWriteTimeUtc(contact, time);
    }

    /// <summary>Waits for the supervising script to go round a few times.</summary>
    public async Task WaitForHeartbeats(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var last = State("heartbeat");
            await WaitUntil(() => State("heartbeat") != last, "the next heartbeat");
        }
    }

    /// <summary>Attaches GPUs; each line as the query prints it: name, MiB, utilization, driver.</summary>
    public void NvidiaSmi(params string[] lines) => Tool(
        "nvidia-smi",
        "case \"$*\" in\n"
        + $"  *name,memory.total,util*) printf '%s\\n' {string.Join(' ', lines.Select(ShellQuote.Word))} ;;\n"
        + $"  *name,memory.total*) printf '%s\\n' {string.Join(' ', lines.Select(line => ShellQuote.Word(string.Join(", ", line.Split(", ").Take(2)))))} ;;\n"
        + $"  *utilization.gpu*) printf '%s\\n' {string.Join(' ', lines.Select(line => line.Split(", ")[2]))} ;;\n"
        + "  *) echo '| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4     |' ;;\nesac");

    /// <summary>The driver's device, which a machine with a real GPU has.</summary>
    public void AttachGpuDevice()
    {
        Directory.CreateDirectory(Path.Combine(Root, "dev"));
        File.WriteAllText(Path.Combine(Root, "dev", "nvidiactl"), "");
    }

    /// <summary>Puts the payload where rsync would, and the marker last.</summary>
    public void Deliver(Payload payload)
    {
        foreach (var (name, content) in PayloadFiles.Of(payload, Profile).Value)
        {
            var path = Path.Combine(Layout.Root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content, new UTF8Encoding(false));
        }

        File.WriteAllText(Layout.ReadyMarker, $"{payload.Attempt}\n");
    }

    /// <summary>What the container does at its start.</summary>
    public void Boot()
    {
        var onstart = Path.Combine(Root, "onstart.sh");
        File.WriteAllText(onstart, Onstart.Build(Profile).Value);
        var (exit, output) = Shell($"sh {ShellQuote.Word(onstart)}");
        exit.ShouldBe(0, output);
    }

    /// <summary>Runs a command in the box's environment, as ssh would, and gives its output, both streams.</summary>
    public (int ExitCode, string Output) Shell(string command)
    {
        var start = new ProcessStartInfo(Path.Combine(Bin, "sh"), ["-c", $"exec 2>&1; {command}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = Root,
        };
        start.Environment.Clear();
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    public (int ExitCode, string Output) Lodge(string verb) => Shell($"sh {ShellQuote.Word(Layout.Script)} {verb}");

    public BoxReport Report()
    {
        var (exit, output) = Lodge("report");
        exit.ShouldBe(0, output);
        var report = BoxReportText.Parse(output);
        report.IsOk.ShouldBeTrue(output);
        return report.Value;
    }

    public string State(string name)
    {
        var path = Path.Combine(Layout.StateDirectory, name);
        return File.Exists(path) ? File.ReadAllText(path).TrimEnd('\n') : "";
    }

    public string InWorkdir(string name) => File.Exists(Path.Combine(Workdir, name)) ? File.ReadAllText(Path.Combine(Workdir, name)) : "";

    public string LodgeLog => File.Exists($"{Layout.Root}/lodge.log") ? File.ReadAllText($"{Layout.Root}/lodge.log") : "";

    public async Task WaitFor(BoxPhase phase) => await WaitUntil(() => State("phase") == phase.ToString(), $"phase {phase}");

    public async Task WaitUntil(Func<bool> condition, string what)
    {
        for (var begun = Stopwatch.GetTimestamp(); !condition();)
        {
            Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(
                Patience, $"still waiting for {what}; phase {State("phase")}, failure '{State("failure")}', log:\n{LodgeLog}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Living processes that were started in this box, by the mark in their environment.</summary>
    public IReadOnlyList<int> Processes()
    {
        var found = new List<int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid))
            {
                continue;
            }

            try
            {
                if (File.ReadAllText($"{directory}/environ").Contains(mark, StringComparison.Ordinal))
                {
                    found.Add(pid);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked.
            }
        }

        return found;
    }

    /// <summary>SIGKILL to everything at once, with no notice.</summary>
    public void KillEverything()
    {
        // One that is between two programs shows no environment for a moment.
        for (var empty = 0; empty < 2;)
        {
            var pids = string.Join(' ', Processes());
            if (pids.Length == 0)
            {
                empty++;
                continue;
            }

            empty = 0;
            // All stand still first: none may see another one's end.
            using var kill = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec 2>/dev/null; kill -s STOP {pids}; kill -s KILL {pids}"]) { UseShellExecute = false })!;
            kill.WaitForExit();
        }
    }

    public void Dispose()
    {
        KillEverything();
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // Whatever wrote meanwhile was between two programs at both looks.
            KillEverything();
            Directory.Delete(Root, recursive: true);
        }
    }
}
