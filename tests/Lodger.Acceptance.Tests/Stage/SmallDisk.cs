using System.Diagnostics;
using System.Globalization;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>A file system of its own with room for little, in mounts that a process holds and that others join: a disk that is really full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly Process holder;
    private readonly string inside;

    private SmallDisk(Process holder, string inside, string directory)
    {
        this.holder = holder;
        this.inside = inside;
        Directory = directory;
    }

    /// <summary>As programs that joined see it.</summary>
    public string Directory { get; }

    /// <summary>What a program is started with to join.</summary>
    public IReadOnlyList<string> Join => Environment.IsPrivilegedProcess
        ? ["nsenter", "--mount", "--target", inside, "--"]
        : ["nsenter", "--user", "--preserve-credentials", "--mount", "--target", inside, "--"];

    private string Filler => FromOutside(Path.Combine(Directory, "filler"));

    /// <param name="directory">Exists.</param>
    public static async Task<SmallDisk> StartAsync(string directory, long bytes)
    {
        // It ends when its input does. Not with its parent: that would be the thread that started it, and threads come and go.
        var start = new ProcessStartInfo("bwrap", ["--dev-bind", "/", "/", "--size", bytes.ToString(CultureInfo.InvariantCulture), "--tmpfs", directory, "--", "cat"]) { UseShellExecute = false, RedirectStandardInput = true };
        var bwrap = Process.Start(start)!;
        var children = $"/proc/{bwrap.Id}/task/{bwrap.Id}/children";
        for (var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(3); DateTimeOffset.UtcNow < end;)
        {
            if (Left.Read(children).Trim() is { Length: > 0 } child && Left.Read($"/proc/{child}/cmdline").StartsWith("cat", StringComparison.Ordinal))
                return new SmallDisk(bwrap, child, directory);
            await Task.Delay(50);
        }

        throw new InvalidOperationException("bwrap made no small disk.");
    }

    /// <summary>The same file, for a program that did not join.</summary>
    public string FromOutside(string path) => $"/proc/{inside}/root{path}";

    /// <summary>Leaves no room.</summary>
    public void Fill()
    {
        try
        {
            using var file = File.Create(Filler);
            for (var block = new byte[65536]; ;)
                file.Write(block);
        }
        catch (IOException)
        {
            // That is the point.
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        holder.Kill(entireProcessTree: true);
        await holder.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        holder.Dispose();
    }
}
