using System.Diagnostics;
using System.Globalization;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>A file system of a few megabytes in a mount of its own, reached through the process that holds it: a disk that is really full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly Process holder;
    private readonly string filler;

    private SmallDisk(Process holder, string directory)
    {
        this.holder = holder;
        Directory = directory;
        filler = Path.Combine(directory, "filler");
    }

    public string Directory { get; }

    public static async Task<SmallDisk> StartAsync(long bytes)
    {
        var start = new ProcessStartInfo("bwrap", ["--dev-bind", "/", "/", "--die-with-parent", "--size", bytes.ToString(CultureInfo.InvariantCulture), "--tmpfs", "/mnt", "--", "sleep", "7200"]) { UseShellExecute = false };
        var bwrap = Process.Start(start)!;
        var children = $"/proc/{bwrap.Id}/task/{bwrap.Id}/children";
        for (var i = 0; i < 600; i++)
        {
            if (File.Exists(children) && File.ReadAllText(children).Trim() is { Length: > 0 } child && File.Exists($"/proc/{child}/cmdline") && File.ReadAllText($"/proc/{child}/cmdline").StartsWith("sleep", StringComparison.Ordinal))
                return new SmallDisk(bwrap, $"/proc/{child}/root/mnt");
            await Task.Delay(50);
        }

        throw new InvalidOperationException("bwrap made no small disk.");
    }

    /// <summary>Leaves no room.</summary>
    public void Fill()
    {
        try
        {
            using var file = File.Create(filler);
            for (var block = new byte[65536]; ;)
                file.Write(block);
        }
        catch (IOException)
        {
            // That is the point.
        }
    }

    public void MakeRoom() => File.Delete(filler);

    public async ValueTask DisposeAsync()
    {
        holder.Kill(entireProcessTree: true);
        await holder.WaitForExitAsync();
        holder.Dispose();
    }
}
