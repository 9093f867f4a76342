using System.Globalization;
using System.Runtime.InteropServices;

namespace Lodger.Marketplace.Sandbox;

/// <summary>A file that was being written when everything around it stood still.</summary>
/// <param name="Path">Absolute, in the container.</param>
/// <param name="Bytes">How much of it there was.</param>
public sealed record CaughtWrite(string Path, long Bytes);

/// <summary>
/// Stops all processes of a sandbox (SIGSTOP) at a moment when one of them is in the middle of writing a file below a directory: it has the file open for
/// writing, or has closed one whose name ends in <c>.tmp</c> and not renamed it yet.
/// </summary>
internal sealed partial class WriteWatch(ProcessIdentity first)
{
    private const int Stop = 19;
    private const int Continue = 18;
    private const int AccessMode = 3;

    /// <summary>A sandbox that goes on beginning processes while it is stopped is given up for this time.</summary>
    private const int LooksMax = 50;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private List<int> processes = [];

    /// <summary>Null when nothing was written in time. What was stopped stays so: it is to be killed, or <see cref="Thaw"/>ed.</summary>
    /// <param name="directory">Absolute, in the container.</param>
    public async Task<CaughtWrite?> FreezeAsync(string directory, TimeSpan within, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(within);
        TaskCompletionSource<CaughtWrite> caught = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var root = await FindRootAsync(directory, bound.Token);
            using var watcher = new FileSystemWatcher(root + directory) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
            // At once, on the watcher's own thread: many a write is over within two milliseconds.
            watcher.Created += (_, e) => Look(e.FullPath, root, caught);
            watcher.Changed += (_, e) => Look(e.FullPath, root, caught);
            watcher.EnableRaisingEvents = true;
            while (true)
            {
                if (await Task.WhenAny(caught.Task, Task.Delay(Poll, bound.Token)) == caught.Task) return await caught.Task;
                bound.Token.ThrowIfCancellationRequested();
                lock (gate)
                {
                    if (!caught.Task.IsCompleted) processes = Descendants(first.Pid);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            lock (gate)
            {
                if (caught.Task.IsCompleted) return caught.Task.Result;
                caught.TrySetCanceled(CancellationToken.None);
                return null;
            }
        }
    }

    /// <summary>Runs on the watcher's thread, where nothing may escape: what was stopped would stay so for ever.</summary>
    private void Look(string path, string root, TaskCompletionSource<CaughtWrite> caught)
    {
        if (path.Contains("/.lodger/", StringComparison.Ordinal)) return;
        lock (gate)
        {
            if (caught.Task.IsCompleted) return;
            var stays = false;
            try
            {
                StopAll();
                var inside = path[root.Length..];
                var file = new FileInfo(path);
                stays = file.Exists && IsBeingWritten(inside) && caught.TrySetResult(new CaughtWrite(inside, file.Length));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It was renamed or removed by one that was still on its way to a stop.
            }
            finally
            {
                if (!stays) Thaw();
            }
        }
    }

    /// <summary>One that is just being begun is missed by a single look, and a stop takes effect a moment after it was sent.</summary>
    private void StopAll()
    {
        Signal(processes, Stop);
        for (var look = 0; look < LooksMax; look++)
        {
            var before = processes;
            processes = Descendants(first.Pid);
            Signal(processes, Stop);
            if (processes.SequenceEqual(before) && processes.All(Stands)) return;
        }
    }

    private bool IsBeingWritten(string path) => path.EndsWith(".tmp", StringComparison.Ordinal) || processes.Any(p => Writes(p, path));

    /// <summary>Lets them go on.</summary>
    public void Thaw() => Signal(processes, Continue);

    /// <summary>The container's root as we can reach it, once the directory is there.</summary>
    private async Task<string> FindRootAsync(string directory, CancellationToken cancellationToken)
    {
        while (true)
        {
            processes = Descendants(first.Pid);
            var roots = processes.Select(p => string.Create(CultureInfo.InvariantCulture, $"/proc/{p}/root"));
            // Of the oldest process in the container, which lives as long as it does. Those around it have the host's root, without our scripts.
            if (roots.FirstOrDefault(r => File.Exists(r + "/.lodger/boot")) is { } root && Directory.Exists(root + directory)) return root;
            await Task.Delay(Poll, cancellationToken);
        }
    }

    /// <summary>All processes below this one, parents first.</summary>
    private static List<int> Descendants(int ancestor)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0)
            .ToLookup(ParentOf);
        List<int> all = [];
        for (Queue<int> next = new([ancestor]); next.TryDequeue(out var parent);)
        {
            foreach (var child in children[parent])
            {
                all.Add(child);
                next.Enqueue(child);
            }
        }

        return all;
    }

    /// <summary>-1 for a process that is gone.</summary>
    private static int ParentOf(int pid) => Stat(pid) is [_, var parent, ..] ? int.Parse(parent, CultureInfo.InvariantCulture) : -1;

    /// <summary>Stopped, dead or gone.</summary>
    private static bool Stands(int pid) => Stat(pid) is not [not ("T" or "t" or "Z" or "X"), ..];

    /// <summary>State, parent and so on; empty for a process that is gone.</summary>
    private static string[] Stat(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            return stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool Writes(int pid, string path)
    {
        try
        {
            var process = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
            return Directory.EnumerateFileSystemEntries(process + "/fd").Any(fd =>
                new FileInfo(fd).LinkTarget is { } target && target.EndsWith(path, StringComparison.Ordinal) && IsForWriting($"{process}/fdinfo/{Path.GetFileName(fd)}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The line <c>flags:</c> holds what it was opened with, in octal.</summary>
    private static bool IsForWriting(string fdinfo) => File.ReadLines(fdinfo).FirstOrDefault(l => l.StartsWith("flags:", StringComparison.Ordinal)) is { } flags
        && (Convert.ToInt64(flags["flags:".Length..].Trim(), 8) & AccessMode) != 0;

    private static void Signal(IEnumerable<int> pids, int signal)
    {
        foreach (var pid in pids) _ = NativeKill(pid, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativeKill(int processId, int signal);
}
