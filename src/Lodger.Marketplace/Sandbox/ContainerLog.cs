using System.Text;

namespace Lodger.Marketplace.Sandbox;

/// <summary>The container's log: appended to across starts, bounded, kept outside the tenant's disk.</summary>
internal static class ContainerLog
{
    /// <summary>The newest part may grow to this before it becomes the older part; so at most twice as much is kept.</summary>
    private const long PartBytesMax = 4L << 20;

    /// <summary>Copies what the sandbox writes to the log until it has no writer left. Never stops reading: a full pipe would stall the tenant.</summary>
    public static async Task PumpAsync(Stream source, string path)
    {
        var buffer = new byte[16 * 1024];
        FileStream? log = null;
        try
        {
            int count;
            while ((count = await ReadAsync(source, buffer)) > 0)
            {
                try
                {
                    log ??= Append(path);
                    await log.WriteAsync(buffer.AsMemory(0, count));
                    await log.FlushAsync();
                    if (log.Length > PartBytesMax)
                    {
                        await log.DisposeAsync();
                        log = null;
                        File.Move(path, Older(path), overwrite: true);
                    }
                }
                catch (IOException)
                {
                    // The host's own disk is full, or the log was deleted: it loses lines, the instance goes on.
                }
            }
        }
        finally
        {
            if (log is not null)
                await log.DisposeAsync();
        }
    }

    /// <summary>The last lines, oldest first; empty when nothing was logged.</summary>
    public static async Task<string> TailAsync(string path, int lines, CancellationToken cancellationToken)
    {
        if (lines <= 0)
            return "";
        var text = await ReadTextAsync(Older(path), cancellationToken) + await ReadTextAsync(path, cancellationToken);
        var start = text.Length;
        if (start > 0 && text[start - 1] == '\n')
            start--;
        for (; lines > 0 && start >= 0; lines--)
            start = start == 0 ? -1 : text.LastIndexOf('\n', start - 1);
        return text[(start + 1)..];
    }

    private static string Older(string path) => path + ".1";

    private static FileStream Append(string path) =>
        new(path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });

    private static async Task<int> ReadAsync(Stream source, byte[] buffer)
    {
        try
        {
            return await source.ReadAsync(buffer);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file, Encoding.UTF8);
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (FileNotFoundException)
        {
            return "";
        }
        catch (DirectoryNotFoundException)
        {
            return "";
        }
    }
}
