namespace Lodger.Domain.Tests.Simulation;

/// <summary>The disk that stays on its machine: what a job with a volume makes lies here, whichever rental has it.</summary>
internal sealed class SimVolume(DateTimeOffset made)
{
    /// <summary>Counts every change of the result files; 0: there are none.</summary>
    public int FilesVersion { get; private set; }

    public DateTimeOffset FilesChangedAt { get; private set; } = made;

    public void Write(DateTimeOffset now)
    {
        FilesVersion++;
        FilesChangedAt = now;
    }
}
