using System.Globalization;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A GPU's name alone does not say what is rented.</summary>
internal sealed class NameOfSeveralCards : IRule
{
    public string Id => "VAST14";

    public string Sees => "Offers of one GPU name have different memory and the job asks for none; or the offer, or nvidia-smi on the machine, shows less than was asked for or promised.";

    public string? Does => "Compares what nvidia-smi shows with what the offer promised before the command starts, and gives a rental back that differs.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts) => facts.Moment switch
    {
        Moment.Preflight => Before(facts),
        Moment.Watch => facts.Offer is { } offer && facts.Probe is { Gpus: { Count: > 0 } gpus } && gpus.FirstOrDefault(g => g.MemoryMb < offer.GpuMemoryMb * 0.9) is { } less
            ? new(Severity.Error, $"nvidia-smi shows {less.Name} with {less.MemoryMb} MiB, offer {offer.Id} promised {offer.GpuName} with {offer.GpuMemoryMb} MiB", Words.Down(facts))
            : null,
        _ => Differs(facts) is { } said ? new(Severity.Error, said, $"Write into job.yaml:  gpu: {{name: {facts.Offer?.GpuName}, memory: {facts.Offer?.GpuMemoryMb / 1000}GB}}") : null,
    };

    private static string? Differs(Facts facts) =>
        facts.Attempt?.GivenUp is { Id: "rental-differs" } given ? given.Message
        : facts.Attempt?.Ended is { Detail: { } detail } && detail.StartsWith("A GPU here ", StringComparison.Ordinal) ? detail
        : null;

    private static Sighting? Before(Facts facts)
    {
        if (facts.Spec.Gpu.MinMemoryGb is { } wanted)
        {
            return facts.Offer is { } chosen && chosen.GpuMemoryMb < wanted * 1000
                ? new(Severity.Error, $"offer {chosen.Id} has {chosen.GpuName} with {chosen.GpuMemoryMb} MiB, {wanted} GB are asked for", string.Create(CultureInfo.InvariantCulture, $"lodger offers 'gpu_ram>={wanted}'"))
                : null;
        }

        if (facts.Offer is not { } offer)
            return null;
        var sizes = facts.Offers.Where(o => o.GpuName == offer.GpuName).Select(o => (int)Math.Round(o.GpuMemoryMb / 1024d)).Distinct().Order().ToList();
        return sizes.Count > 1 && sizes[^1] >= sizes[0] * 1.2
            ? new(
                Severity.Warning,
                $"{offer.GpuName} is on offer with {string.Join(" and ", sizes)} GB; offer {offer.Id} has {Math.Round(offer.GpuMemoryMb / 1024d):0}",
                $"Write into job.yaml:  gpu: {{name: {offer.GpuName}, memory: {sizes[^1]}GB}}   if it needs the larger")
            : null;
    }
}
