using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A GPU that is paid for and cannot be used.</summary>
internal sealed class GpuNotThere : IRule
{
    public string Id => "gpu-missing";

    public Gotcha Own => Examination.Gotcha(
        Id, "The GPU is not attached", "nvidia-smi is missing or fails; training runs on the processor, or not at all.",
        "The container came up without its GPU, the driver lost the card, or the image has no tools for it.", "Give the rental back and take another host.");

    public string Sees => "nvidia-smi on the machine fails, is not there, or shows fewer GPUs than were rented; or the check before the command said so.";

    public string? Does => "Checks before the command starts, and tears a machine without its GPU down.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        if (facts.Moment == Moment.PostMortem)
        {
            return facts.Attempt?.Ended is { Reason: EndReason.Refused, Detail: { } said } && (said.StartsWith("nvidia-smi", StringComparison.Ordinal) || said.StartsWith("The machine shows ", StringComparison.Ordinal))
                ? new(Severity.Error, said, Words.Elsewhere(facts))
                : null;
        }

        if (facts.Probe is not { } probe || facts.Rental is not { Status: RentalStatus.Running, GpuCount: > 0 } rental)
            return null;
        var evidence = probe switch
        {
            { GpuComplaint: { } complaint } => $"nvidia-smi on {rental.Id} fails: {complaint}",
            { HasNvidiaSmi: false } => $"there is no nvidia-smi on {rental.Id}",
            { Gpus.Count: var seen } when seen < rental.GpuCount => $"nvidia-smi on {rental.Id} shows {seen} GPU(s), {rental.GpuCount} are paid for",
            _ => null,
        };
        return evidence is null ? null : new(Severity.Error, evidence, Words.Down(facts));
    }
}
