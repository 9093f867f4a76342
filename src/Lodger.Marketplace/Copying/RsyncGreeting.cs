using System.Diagnostics;

namespace Lodger.Marketplace.Copying;

/// <summary>The line by which this machine's rsync daemon greets. It names the protocol version, so it must be the real one's.</summary>
internal static class RsyncGreeting
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Lock Turn = new();
    private static Task<string>? _own;

    /// <summary>Asked once; again only when that failed.</summary>
    public static Task<string> ReadAsync()
    {
        lock (Turn)
            return _own is null or { IsFaulted: true } ? _own = AskAsync() : _own;
    }

    private static async Task<string> AskAsync()
    {
        var start = new ProcessStartInfo("rsync", ["--server", "--daemon", "--config=/dev/null", "."])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        using var rsync = Process.Start(start) ?? throw new IOException("rsync could not be started");
        try
        {
            return await rsync.StandardOutput.ReadLineAsync().WaitAsync(Limit) ?? throw new IOException("rsync does not greet");
        }
        finally
        {
            rsync.Kill();
        }
    }
}
