using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
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

    public string Sees => "nvidia-smi shows more than 1500 MiB in use while no process of the job lives; afterwards only when the command ended for want of the GPU's memory.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        if (facts.Probe is not { Processes: null or 0 } probe || probe.Gpus.FirstOrDefault(g => g.MemoryUsedMb > Mb) is not { } held)
            return null;
        var evidence = $"{held.Name}: {held.MemoryUsedMb} of {held.MemoryMb} MiB in use, and no process of the job lives";
        if (facts.Moment == Moment.PostMortem)
        {
            return facts.Attempt?.Ended is { Reason: EndReason.Exited, ExitCode: not 0 and not null } && LogLine.Last(facts.LogTail, "CUDA out of memory", "OutOfMemoryError", "CUDA error: out of memory") is { } said
                ? new(Severity.Error, $"{evidence}; the command ended with: {said}", Words.Elsewhere(facts))
                : null;
        }

        return probe.Report is { Phase: not (BoxPhase.Running or BoxPhase.SettingUp) } ? new(Severity.Warning, evidence, $"lodger exec {facts.Spec.Name} -- nvidia-smi") : null;
    }
}
