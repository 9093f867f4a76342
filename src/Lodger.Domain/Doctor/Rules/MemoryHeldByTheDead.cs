using Lodger.Domain.Box;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>GPU memory that nobody who lives can be using.</summary>
internal sealed class MemoryHeldByTheDead : IRule
{
    /// <summary>A driver keeps a few hundred MiB for itself.</summary>
    private const int Mb = 1500;

    public string Id => "zombie-vram";

    public Gotcha Own => Examination.Gotcha(
        Id, "GPU memory is held though nothing runs", "CUDA out of memory at the first batch, on a card that should be empty.",
        "Probably a process that was killed left its memory behind, or one outside the container uses the card.", "Restart the container; when it stays, take another host.");

    public string Sees => "nvidia-smi shows more than 1500 MiB in use while no process of the job lives.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch];

    public Sighting? Look(Facts facts) =>
        facts.Probe is { Report.Phase: not (BoxPhase.Running or BoxPhase.SettingUp), Processes: null or 0 } probe && probe.Gpus.FirstOrDefault(g => g.MemoryUsedMb > Mb) is { } held
            ? new(Severity.Warning, $"{held.Name}: {held.MemoryUsedMb} of {held.MemoryMb} MiB in use, and no process of the job lives", $"lodger exec {facts.Spec.Name} -- nvidia-smi")
            : null;
}
