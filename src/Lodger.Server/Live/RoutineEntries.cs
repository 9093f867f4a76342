using Lodger.Domain.Jobs;

namespace Lodger.Server.Live;

/// <summary>
/// Which entries of all journals one listener is told who watches all jobs. What every job writes again and again while all is well is told as far as a fixed rate allows, and then left out:
/// ten thousand jobs write thousands of such lines a minute, and nobody reads them there. Whoever wants all of them reads a job's own stream, or one without rows.
/// </summary>
internal sealed class RoutineEntries(TimeProvider time)
{
    /// <summary>18 KB a minute.</summary>
    public const int BytesPerSecond = 300;

    private readonly ByteAllowance allowance = new(time, BytesPerSecond);

    public bool MaySend(JobEvent happened, int bytes)
    {
        if (happened is not (CadenceTold or MirrorPaced or MeterRead or CheckpointMirrored or PruneIntended or DiskPruned))
            return true;
        if (!allowance.IsLeft)
            return false;
        allowance.Spend(bytes);
        return true;
    }
}
