using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lodger.Marketplace.Sandbox;

/// <summary>Writes what the sandbox sees read-only as <c>/.lodger</c>: its scripts, the GPUs it has, how its ssh server is set up.</summary>
internal static class GuestFiles
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>What stands in for <c>/sys/fs/cgroup</c>, as version 2: the machine's own is not the container's.</summary>
    public const string Cgroup = "cgroup";

    private static readonly string[] Scripts =
    [
        "receive", "prepare", "boot", "serve", "add-keys", "run", "shell", "login",
        "rsync-daemon", "rsync-place", "rsync-fetch", "rsync-pipe", "cloud-copy", "fill", "notebook.py",
    ];

    /// <summary>The script that runs before the sandbox, on this machine.</summary>
    public static string CageScript { get; } = Read("cage.sh");

    public static void WriteScripts(string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, "bin"), Executable);
        Directory.CreateDirectory(Path.Combine(directory, "host-etc"), Executable);
        File.SetUnixFileMode(directory, Executable);
        foreach (var script in Scripts)
            Write(Path.Combine(directory, script), Read(script));
        Write(Path.Combine(directory, "bin", "nvidia-smi"), Read("nvidia-smi"));
        WritePython(Path.Combine(directory, "bin", "python"));
        // Written at a start; whoever only works on the disk leaves those of an instance that runs alone.
        if (!File.Exists(Path.Combine(directory, "gpus")))
            Write(Path.Combine(directory, "gpus"), "");
        if (!Directory.Exists(Path.Combine(directory, Cgroup)))
            WriteSymptoms(directory, new Symptoms());
        Write(Path.Combine(directory, "resolv.conf"), File.Exists("/etc/resolv.conf") ? File.ReadAllText("/etc/resolv.conf") : "");
    }

    /// <summary>What a host's ssh server runs.</summary>
    public static void WriteRelay(string directory) => Write(Path.Combine(directory, "relay"), Read("relay"));

    /// <summary>Every image with Python has it under both names; Debian, whose programs a sandbox borrows, has only <c>python3</c>.</summary>
    private static void WritePython(string path)
    {
        if (File.Exists("/usr/bin/python3") && !File.Exists("/usr/bin/python") && !File.Exists("/usr/local/bin/python"))
            Write(path, "#!/bin/sh\nexec python3 \"$@\"\n");
    }

    /// <summary>One line a GPU: index|name|MiB|driver|cuda|uuid. An empty file makes nvidia-smi fail as the real one does without a GPU.</summary>
    public static void WriteGpus(string directory, IReadOnlyList<GpuFacts> gpus)
    {
        var lines = gpus.Select((gpu, index) => string.Create(
            CultureInfo.InvariantCulture,
            $"{index}|{Plain(DeviceName(gpu.Name.Replace('_', ' ')))}|{gpu.MemoryMb}|{Plain(gpu.DriverVersion)}|{Plain(gpu.CudaMax)}|{Uuid(gpu)}\n"));
        Write(Path.Combine(directory, "gpus"), string.Concat(lines));
    }

    /// <summary>Writes what the container sees of its machine, for <c>nvidia-smi</c>, <c>date</c> and the cgroup.</summary>
    public static void WriteSymptoms(string directory, Symptoms symptoms)
    {
        var cgroup = Directory.CreateDirectory(Path.Combine(directory, Cgroup), Executable).FullName;
        Write(Path.Combine(directory, "gpu-load"), string.Create(CultureInfo.InvariantCulture, $"{symptoms.GpuMemoryUsedMb} {symptoms.GpuBusyPercent}\n"));
        Write(Path.Combine(cgroup, "memory.max"), (symptoms.MemoryLimitBytes?.ToString(CultureInfo.InvariantCulture) ?? "max") + "\n");
        Write(Path.Combine(cgroup, "memory.events"), string.Create(CultureInfo.InvariantCulture, $"low 0\nhigh 0\nmax 0\noom {symptoms.OomKills}\noom_kill {symptoms.OomKills}\n"));
        if (symptoms.MemoryUsedBytes is { } used)
            Write(Path.Combine(cgroup, "memory.stat"), string.Create(CultureInfo.InvariantCulture, $"anon {used}\n"));
        else
            File.Delete(Path.Combine(cgroup, "memory.stat"));
        var date = Path.Combine(directory, "bin", "date");
        if (symptoms.ClockAheadSeconds == 0)
            File.Delete(date);
        else
            Write(date, Read("date").Replace("AHEAD", symptoms.ClockAheadSeconds.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    /// <summary>Writes what rsync's daemon may do on a disk: everything, below the sandbox's root and nowhere else.</summary>
    /// <param name="directory">The disk's guest directory.</param>
    /// <param name="instanceId">The copy's client names the module by the bare number or as <c>C.number</c>.</param>
    /// <param name="isRoot">Only root can change root and owners.</param>
    public static void WriteRsyncDaemonConfig(string directory, long instanceId, bool isRoot) =>
        Write(Path.Combine(directory, "rsyncd.conf"), string.Create(CultureInfo.InvariantCulture, $"""
            use chroot = {(isRoot ? "yes\nuid = 0\ngid = 0" : "no")}
            munge symlinks = no
            numeric ids = yes
            list = no
            read only = no
            log file = /dev/null
            pre-xfer exec = /bin/bash /.lodger/rsync-place
            path = /
            [{instanceId}]
            [C.{instanceId}]

            """));

    /// <summary>Line of an ssh server's configuration. On this machine's own loopback nobody keeps what he hears for a quantum computer, and that key exchange takes two to three times the processor time of this one.</summary>
    internal const string QuickKeyExchange = "KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256";

    /// <summary>Writes how the next start's ssh server listens and greets.</summary>
    /// <param name="directory">The instance's guest directory.</param>
    /// <param name="port">Loopback port to listen on.</param>
    /// <param name="greeting">Ends the banner, so that it can be told from any other ssh server's.</param>
    /// <param name="penalizesSources">OpenSSH 9.8 and later lock out an address after failures; here everybody has the same one.</param>
    public static void WriteSshdConfig(string directory, int port, string greeting, bool penalizesSources) =>
        Write(Path.Combine(directory, "sshd_config"), string.Create(CultureInfo.InvariantCulture, $"""
            ListenAddress 127.0.0.1
            Port {port}
            VersionAddendum {greeting}
            HostKey /etc/ssh/ssh_host_ed25519_key
            AuthorizedKeysFile /root/.ssh/authorized_keys
            PidFile none
            UsePAM no
            StrictModes no
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            AcceptEnv LANG LC_*
            UseDNS no
            {QuickKeyExchange}
            PrintMotd no
            MaxStartups 100:30:300
            MaxSessions 100
            Subsystem sftp internal-sftp
            {(penalizesSources ? "PerSourcePenalties no" : "")}

            """));

    /// <summary>The market says "RTX 4090", the driver "NVIDIA GeForce RTX 4090".</summary>
    private static string DeviceName(string marketName) =>
        marketName.StartsWith("NVIDIA", StringComparison.Ordinal) ? marketName
        : marketName.StartsWith("RTX ", StringComparison.Ordinal) && !marketName.Contains('A', StringComparison.Ordinal)
            || marketName.StartsWith("GTX ", StringComparison.Ordinal) ? "NVIDIA GeForce " + marketName
        : "NVIDIA " + marketName;

    private static string Plain(string value) => value.Replace('|', ' ').ReplaceLineEndings(" ");

    private static string Uuid(GpuFacts gpu)
    {
        // The same GPU has the same UUID at every start, and on no other machine's id.
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"gpu {gpu.Id} {gpu.Name}")));
        return "GPU-" + new Guid(hash.AsSpan(0, 16));
    }

    /// <summary>Writes a file that everybody may read and run.</summary>
    internal static void Write(string path, string content)
    {
        // A new file each time: a sandbox that still runs keeps reading the old one whole.
        var fresh = path + ".new";
        File.WriteAllText(fresh, content);
        File.SetUnixFileMode(fresh, Executable);
        File.Move(fresh, path, overwrite: true);
    }

    private static string Read(string name)
    {
        using var stream = typeof(GuestFiles).Assembly.GetManifestResourceStream("guest/" + name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
