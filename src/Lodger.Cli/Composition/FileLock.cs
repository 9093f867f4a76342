using Lodger.Domain.Problems;

namespace Lodger.Cli.Composition;

/// <summary>An exclusive lock on a file, gone with the process that holds it.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Null when somebody else holds it.</summary>
    public static FileStream? Try(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static async Task<Outcome<FileStream>> TakeAsync(string path, TimeSpan bound, TimeProvider time, CancellationToken cancellationToken)
    {
        var from = time.GetTimestamp();
        while (true)
        {
            if (Try(path) is { } held)
                return held;
            if (time.GetElapsedTime(from) > bound)
                return new Problem("lock-held", $"Another process has held {path} for more than {bound.TotalSeconds:0} s.", "Try again; if it stays so, end the process that holds it.", ExitCode.ServerUnreachable, MayRetry: true);
            await Task.Delay(Poll, time, cancellationToken);
        }
    }
}
