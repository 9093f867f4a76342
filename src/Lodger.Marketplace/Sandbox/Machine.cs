using System.Diagnostics;

namespace Lodger.Marketplace.Sandbox;

/// <summary>What this machine gives to build sandboxes from: looked up once, by <see cref="Inspect"/>.</summary>
internal sealed record Machine
{
    /// <summary>Tool to the Debian package it comes in.</summary>
    private static readonly (string Tool, string Package)[] Needed =
    [
        ("bwrap", "bubblewrap"), ("sshd", "openssh-server"), ("ssh-keygen", "openssh-client"), ("tini", "tini"), ("tmux", "tmux"),
        ("rsync", "rsync"), ("bash", "bash"), ("unshare", "util-linux"), ("nsenter", "util-linux"), ("setpriv", "util-linux"),
        ("setsid", "util-linux"), ("flock", "util-linux"), ("timeout", "coreutils"), ("mount", "mount"), ("mkfs.ext4", "e2fsprogs"),
    ];

    private readonly Dictionary<string, string> _paths;

    private Machine(bool isRoot, bool penalizesSources, Dictionary<string, string> paths)
    {
        IsRoot = isRoot;
        PenalizesSources = penalizesSources;
        _paths = paths;
    }

    /// <summary>Root builds sandboxes with its own rights; anybody else through user namespaces.</summary>
    public bool IsRoot { get; }

    /// <summary>This sshd knows PerSourcePenalties (OpenSSH 9.8 and later).</summary>
    public bool PenalizesSources { get; }

    /// <summary>Path of a tool; its bare name when it is not there, so that starting it fails with that name.</summary>
    public string this[string tool] => _paths.GetValueOrDefault(tool, tool);

    /// <summary>Tools that are not there, each with its package. Disk images are made by root alone.</summary>
    public IEnumerable<(string Tool, string Package)> MissingTools =>
        Needed.Where(need => !_paths.ContainsKey(need.Tool) && (IsRoot || need.Tool is not ("mount" or "mkfs.ext4")));

    /// <summary>Looks for the tools and at the rights of this process.</summary>
    /// <param name="hidden">Tools to overlook, to see what a machine without them is told.</param>
    public static Machine Inspect(Func<string, bool>? hidden = null)
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            // The administrator's tools are there for everybody, but not on everybody's PATH. The sandbox has /usr and nothing else.
            .Concat(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
            .Where(folder => folder.StartsWith("/usr/", StringComparison.Ordinal) || folder is "/sbin" or "/bin")
            .Distinct(StringComparer.Ordinal)
            .ToList();
        foreach (var (tool, _) in Needed.Where(need => hidden?.Invoke(need.Tool) != true))
        {
            if (folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists) is { } path)
                paths[tool] = path;
        }
        return new Machine(
            Environment.IsPrivilegedProcess,
            paths.TryGetValue("sshd", out var sshd) && SshdVersion(sshd) >= new Version(9, 8),
            paths);
    }

    /// <summary>How the sandbox sees the host's programs: <c>/usr</c>, <c>/bin</c>, <c>/lib</c> and so on, read-only. All as mounts, also where
    /// this distribution has symbolic links, because a link would lie on the disk and be the tenant's to change.</summary>
    public static IEnumerable<string> ProgramMounts() =>
        ((string[])["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"])
            .Where(Directory.Exists)
            .SelectMany(path => (string[])["--ro-bind", path, path]);

    private static Version SshdVersion(string sshd)
    {
        // "OpenSSH_9.2p1 Debian-2" or, from older ones as part of their usage text, "OpenSSH_9.2, OpenSSL 3.0".
        var start = new ProcessStartInfo(sshd, "-V") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start);
        if (process is null)
            return new Version(0, 0);
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill();
            return new Version(0, 0);
        }
        var text = error.Result;
        var at = text.IndexOf("OpenSSH_", StringComparison.Ordinal);
        var digits = at < 0 ? "" : new string([.. text[(at + 8)..].TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        return Version.TryParse(digits, out var version) ? version : new Version(0, 0);
    }
}
