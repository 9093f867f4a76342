namespace Lodger.Artifacts.Verification;

/// <summary>Counts bytes and files from many threads and tells of it sparingly.</summary>
internal sealed class ProgressMeter(IProgress<VerifyProgress>? progress, long bytesTotal, int filesTotal)
{
    // A report a 16 MiB read: tens a second at most on one machine, and none for the many small files in between
    private const long ReportEveryBytes = 16 * 1024 * 1024;

    private long _bytesDone;
    private long _bytesTold;
    private int _filesDone;

    internal void HashedMore(long bytes)
    {
        var done = Interlocked.Add(ref _bytesDone, bytes);
        var told = Volatile.Read(ref _bytesTold);
        if (done - told >= ReportEveryBytes && Interlocked.CompareExchange(ref _bytesTold, done, told) == told)
        {
            Tell();
        }
    }

    internal void FileDone()
    {
        if (Interlocked.Increment(ref _filesDone) == filesTotal)
        {
            Tell();
        }
    }

    private void Tell() => progress?.Report(new VerifyProgress(Volatile.Read(ref _bytesDone), bytesTotal, Volatile.Read(ref _filesDone), filesTotal));
}
