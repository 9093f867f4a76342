namespace Lodger.Domain.Doctor.Rules;

/// <summary>Traffic that costs more than it seems.</summary>
internal sealed class BandwidthCosts : IRule
{
    /// <summary>Less than this is not worth a word.</summary>
    private const decimal Usd = 0.50m;

    public string Id => "VAST9";

    public string Sees => "What is to be moved costs a third of the job's total on this offer; or what was moved was charged more than the GPU.";

    public string? Does => "Ranks offers by expected total, bytes in and out included, and paces the copies of checkpoints by what they cost.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        if (facts.Moment == Moment.Preflight)
        {
            return facts.Priced is { } p && p.TransferUsd >= Usd && p.TransferUsd * 3 >= p.TotalUsd
                ? new(
                    Severity.Warning,
                    $"{Words.Usd(p.TransferUsd)} of {Words.Usd(p.TotalUsd)} is for bytes: {Words.Usd(p.InUsd)} in, {Words.Usd(p.MirrorUsd)} copies, {Words.Usd(p.OutUsd)} out (${p.Offer.DownloadUsdPerGb:0.000} and ${p.Offer.UploadUsdPerGb:0.000} a GB)",
                    "lodger plan job.yaml --explain   or  offers: inet_up_cost<0.01 inet_down_cost<0.01  in job.yaml")
                : null;
        }

        var traffic = facts.Charges is { } c ? c.UploadUsd + c.DownloadUsd : 0;
        return traffic >= Usd && traffic > facts.Charges!.GpuUsd
            ? new(
                Severity.Warning,
                $"{Words.Usd(facts.Charges.DownloadUsd)} in and {Words.Usd(facts.Charges.UploadUsd)} out so far, {Words.Usd(facts.Charges.GpuUsd)} for the GPU",
                $"lodger cost {facts.Spec.Name}   then fetch data once (data: in job.yaml), not once an epoch")
            : null;
    }
}
