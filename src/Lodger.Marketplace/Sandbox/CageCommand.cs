using System.Globalization;

namespace Lodger.Marketplace.Sandbox;

/// <summary>
/// The command lines that build a sandbox. They hold paths and numbers only; what is the tenant's own goes over stdin.
/// </summary>
/// <remarks>
/// A chain, each replacing or guarding the next:
/// <code>
/// setpriv --pdeathsig KILL       dies with the thread that started it, that is with the marketplace
///   setsid unshare|nsenter       own session (Ctrl-C in a terminal is not for the tenant); private mounts; outer pid namespace
///     cage.sh                    its first process: killing it kills everything inside, however it was detached
///       unshare -> bwrap         the outer namespace's own /proc
///         tini -> sshd, onstart  inner pid namespace: what the tenant sees
/// </code>
/// </remarks>
internal static class CageCommand
{
    /// <summary>What root in a container ordinarily may do; in particular no mounts, no raw devices, no foreign network set-up.</summary>
    private static readonly string[] RootCapabilities =
    [
        "CAP_SETUID", "CAP_SETGID", "CAP_SYS_CHROOT", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_AUDIT_WRITE",
        "CAP_FSETID", "CAP_NET_BIND_SERVICE",
    ];

    /// <summary>A sandbox with mounts of its own; others may have the same disk mounted.</summary>
    public static IReadOnlyList<string> Fresh(Machine machine, Room room, IReadOnlyList<string> guestCommand) =>
    [
        .. Guard(machine),
        machine["unshare"], .. machine.IsRoot ? (string[])[] : ["--user", "--map-current-user"],
        "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--",
        .. Cage(room, mount: true),
        .. OwnProc(machine),
        .. Bubblewrap(machine, room),
        .. guestCommand,
    ];

    /// <summary>A second sandbox on the disk of a running one; it dies with that one.</summary>
    public static IReadOnlyList<string> Joined(Machine machine, Room room, ProcessIdentity running, IReadOnlyList<string> guestCommand) =>
    [
        .. Guard(machine),
        machine["nsenter"], "--target", running.Pid.ToString(CultureInfo.InvariantCulture),
        .. machine.IsRoot ? (string[])[] : ["--user", "--preserve-credentials"],
        "--mount", "--pid", "--",
        machine["unshare"], .. machine.IsRoot ? (string[])[] : ["--user", "--map-current-user"],
        "--pid", "--fork", "--kill-child", "--",
        .. Cage(room, mount: false),
        .. OwnProc(machine),
        .. Bubblewrap(machine, room),
        .. guestCommand,
    ];

    /// <summary>The smallest sandbox of the kind we build, to see whether this machine allows it.</summary>
    public static IReadOnlyList<string> Probe(Machine machine) =>
    [
        machine["bwrap"], .. machine.IsRoot ? (string[])[] : ["--unshare-user"],
        "--unshare-pid", "--unshare-uts", "--unshare-ipc", "--hostname", "probe", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
        "--as-pid-1", .. machine.IsRoot ? (string[])["true"] : ["unshare", "--map-root-user", "sh", "-c", "test \"$(id -u)\" = 0"],
    ];

    private static string[] Guard(Machine machine) => [machine["setpriv"], "--pdeathsig", "KILL", machine["setsid"]];

    private static IReadOnlyList<string> Cage(Room room, bool mount) =>
    [
        "/bin/sh", "-c", GuestFiles.CageScript, "cage.sh", room.StreamsApart ? "apart" : "joined",
        .. mount ? room.Images.SelectMany(disk => (string[])["mount", disk.Image, disk.Mountpoint]) : [],
        .. room.Disk is { } root ? room.Volumes.SelectMany(volume => (string[])["straight", root.Root, volume.Path]) : [],
        "--",
    ];

    /// <summary>
    /// Bubblewrap looks its child up in <c>/proc</c> by the number that it has in the pid namespace, so it needs that namespace's own; <c>cage.sh</c> keeps the
    /// machine's, where it and a second sandbox that joins it read who they are. Only who owns a pid namespace may mount its <c>/proc</c>: an ordinary user needs one more.
    /// </summary>
    private static string[] OwnProc(Machine machine) =>
    [
        machine["unshare"], .. machine.IsRoot ? (string[])[] : ["--user", "--map-current-user", "--pid", "--fork", "--kill-child"],
        "--mount", "--propagation", "private", "--mount-proc", "--",
    ];

    private static IReadOnlyList<string> Bubblewrap(Machine machine, Room room) =>
    [
        machine["bwrap"],
        // Every mount lies directly in the root, or inside a read-only mount: bubblewrap follows symbolic links on the way to a place, and
        // the tenant can turn any directory of his into a link, except one that something is mounted on. Volumes may lie deeper: cage.sh looks at their way.
        .. room.Disk is { } disk ? (string[])["--bind", disk.Root, "/"] : ["--tmpfs", "/", "--dir", "/tmp"],
        .. Machine.ProgramMounts(),
        "--proc", "/proc", "--ro-bind-try", "/proc/sys", "/proc/sys", "--dev", "/dev", "--ro-bind-try", "/sys", "/sys",
        .. room.Disk is not null && Directory.Exists("/sys/fs/cgroup") && Directory.Exists(Path.Combine(room.Guest, GuestFiles.Cgroup))
            ? (string[])["--ro-bind", Path.Combine(room.Guest, GuestFiles.Cgroup), "/sys/fs/cgroup"]
            : [],
        "--ro-bind", room.Guest, "/.lodger",
        // A driver's own tool would report the host's GPUs.
        .. File.Exists("/usr/bin/nvidia-smi") && room.Disk is not null
            ? (string[])["--ro-bind", Path.Combine(room.Guest, "bin", "nvidia-smi"), "/usr/bin/nvidia-smi"]
            : [],
        .. room.Volumes.SelectMany(volume => (string[])["--bind", InstanceDisk.Of(volume).Root, volume.Path]),
        .. room.Binds.SelectMany(bind => (string[])[bind.Writable ? "--bind" : "--ro-bind", bind.From, bind.To]),
        "--unshare-pid", "--unshare-uts", "--unshare-ipc", "--die-with-parent", "--new-session",
        "--hostname", room.HostName,
        .. machine.IsRoot
            ? (string[])["--cap-drop", "ALL", .. RootCapabilities.SelectMany(name => (string[])["--cap-add", name])]
            : ["--unshare-user"],
        "--clearenv", "--setenv", "HOME", "/root", "--setenv", "LANG", "C.UTF-8",
        "--setenv", "PATH", "/.lodger/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "--chdir", "/",
        .. room.HasInit ? (string[])["--as-pid-1"] : [],
    ];
}
