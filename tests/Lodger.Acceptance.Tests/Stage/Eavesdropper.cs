using System.Collections.Concurrent;
using System.Text;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>Another program of this machine that looks for a text wherever it could leak: command lines, environments of processes outside the sandboxes, files.</summary>
internal sealed class Eavesdropper : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    /// <summary>Larger files are the disks of instances, which are looked at from within.</summary>
    private const long DiskImage = 64L << 20;

    private readonly CancellationTokenSource stop = new();
    private readonly byte[][] texts;
    private readonly Task listening;

    /// <param name="texts">Never in the name of a file or an argument of the test itself.</param>
    public Eavesdropper(params string[] texts)
    {
        this.texts = [.. texts.Select(Encoding.UTF8.GetBytes)];
        listening = Task.Run(ListenAsync);
    }

    /// <summary>Where the text was seen in a process: command line, or environment of one outside the sandboxes.</summary>
    public ConcurrentDictionary<string, string> Processes { get; } = new(StringComparer.Ordinal);

    /// <summary>Programs that were seen to run outside the sandboxes as children of this one; shows that something was looked at.</summary>
    public ConcurrentDictionary<string, bool> Programs { get; } = new(StringComparer.Ordinal);

    /// <summary>Files below a directory that hold the text, relative; links are not followed.</summary>
    public IReadOnlyList<string> Files(string directory)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return
        [
            .. new DirectoryInfo(directory).EnumerateFiles("*", all)
                .Where(f => IsRead(f) && Holds(Read(f.FullName)))
                .Select(f => Path.GetRelativePath(directory, f.FullName)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await listening;
        stop.Dispose();
    }

    private async Task ListenAsync()
    {
        var ours = Link("/proc/self/ns/mnt");
        while (!stop.IsCancellationRequested)
        {
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
            {
                var commandLine = Read(Path.Combine(process, "cmdline"));
                if (Holds(commandLine))
                    Processes[Words(commandLine)] = "command line";
                if (Path.GetFileName(process) == Environment.ProcessId.ToString() || Link(Path.Combine(process, "ns", "mnt")) != ours)
                    continue;
                if (Read(Path.Combine(process, "stat")) is { Length: > 0 } stat && ParentOf(stat) == Environment.ProcessId)
                    Programs[Words(commandLine).Split(' ')[0]] = true;
                if (Holds(Read(Path.Combine(process, "environ"))))
                    Processes[Words(commandLine)] = "environment";
            }

            await Task.Delay(Every);
        }
    }

    private static bool IsRead(FileInfo file)
    {
        try
        {
            return file is { LinkTarget: null, Length: > 0 and < DiskImage } && (file.UnixFileMode & UnixFileMode.UserRead) != UnixFileMode.None;
        }
        catch (IOException)
        {
            // It went between the listing and the look.
            return false;
        }
    }

    private bool Holds(byte[] content) => texts.Any(t => content.AsSpan().IndexOf(t) >= 0);

    private static int ParentOf(byte[] stat)
    {
        var text = Encoding.UTF8.GetString(stat);
        return int.TryParse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[1], out var parent) ? parent : 0;
    }

    private static string Words(byte[] commandLine) => Encoding.UTF8.GetString(commandLine).Replace('\0', ' ').Trim();

    private static string? Link(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static byte[] Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            file.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended or went between the listing and the look.
            return [];
        }
    }
}
